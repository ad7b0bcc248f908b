"""The published documents describe what is really sent."""

import jsonschema
import msgspec
import pytest

from shared.messages import Event, EventKind, Phase
from shared.schema import FLAT_FIELDS, asyncapi, event_schema

EVENT = Event(
    camera="hall",
    run=1,
    seq=5,
    pts_us=4_000_000,
    id="hall-1-2-fall-2000000",
    update=1,
    kind=EventKind.FALL,
    phase=Phase.CONFIRMED,
    track=2,
    started_pts_us=2_000_000,
    raised_pts_us=4_000_000,
    captured_us=1,
    confidence=0.9,
    evidence={"drop": 0.8},
)


def test_an_event_as_json_fits_the_schema() -> None:
    jsonschema.validate(msgspec.json.decode(msgspec.json.encode(EVENT)), event_schema())


@pytest.mark.parametrize("kind", EventKind)
def test_events_of_every_kind_fit_the_schema_and_the_asyncapi_document(kind: EventKind) -> None:
    plain = msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(EVENT, kind=kind, zone="bed")))
    jsonschema.validate(plain, event_schema())
    message = asyncapi()["channels"]["events"]["messages"]["event"]
    jsonschema.validate(plain, message["payload"]["properties"]["json"]["contentSchema"])


def test_the_schema_refuses_an_event_of_no_known_kind() -> None:
    plain = msgspec.json.decode(msgspec.json.encode(EVENT)) | {"kind": "dance"}
    assert not jsonschema.Draft202012Validator(event_schema()).is_valid(plain)


def test_the_asyncapi_document_names_the_stream_and_every_field() -> None:
    document = asyncapi()
    channel = document["channels"]["events"]
    assert channel["address"] == "ks:events"
    assert set(channel["messages"]["event"]["payload"]["properties"]) == set(FLAT_FIELDS)
