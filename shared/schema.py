"""The interface to the world as documents, made from the structs: JSON Schema and AsyncAPI."""

from typing import Any

import msgspec

from shared.bus.topology import EVENT_CHANNEL
from shared.messages import SCHEMA_VERSION, Event, Message, Places

FLAT_FIELDS = ("id", "update", "kind", "phase", "camera", "track", "zone", "pts_us", "confidence", "json")


def event_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the `json` field of an entry of the events stream."""
    return _schema(Event)


def places_schema() -> dict[str, Any]:
    """The same of an entry of a venue's stream."""
    return _schema(Places)


def _schema(kind: type[Message]) -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0 document of what subscribers read.

    Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0
    """
    properties: dict[str, Any] = {name: {"type": "string"} for name in FLAT_FIELDS}
    properties["json"] = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": event_schema(),
    }
    message = {
        "name": "event",
        "title": "One update of one incident",
        "payload": {"type": "object", "properties": properties},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Kinestream events",
            "version": str(SCHEMA_VERSION),
            "description": "Human-motion events of all cameras: in order per camera, each once.",
        },
        "defaultContentType": "application/octet-stream",
        "channels": {
            "events": {
                "address": EVENT_CHANNEL.key,
                "description": "A Redis stream: XREAD BLOCK 0 STREAMS ks:events $",
                "messages": {"event": message},
            }
        },
        "operations": {
            "publishEvents": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "messages": [{"$ref": "#/channels/events/messages/event"}],
            }
        },
    }
