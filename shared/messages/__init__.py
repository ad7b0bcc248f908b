"""What travels on the bus: frozen msgspec structs, MessagePack maps on the wire, readable by any client.

A frame message grows on its way from ingest to the rules. Two clocks never mix: `pts_us` is media time, which
every rule, filter and tracker runs on; `captured_us` is wall time, for latency and alerts.
Unknown fields are ignored (an older worker may read a newer message); sizes and shapes are checked on decode.
"""

from shared.messages.array import Array
from shared.messages.event import MAX_SAMPLES, Curves, Event, EventKind, Phase, event_id
from shared.messages.frame import MAX_PERSONS, End, Frame, Tombstone
from shared.messages.message import SCHEMA_VERSION, CameraName, Count, Message, Trace
from shared.messages.person import MAX_EMBEDDING, Box, Limb, Mask, PartMap, Person, TrackState
from shared.messages.places import Farewell, Placed, Places
from shared.messages.wire import MAX_MESSAGE_BYTES, AnyMessage, decode, decode_places, encode

__all__ = [
    "MAX_EMBEDDING",
    "MAX_MESSAGE_BYTES",
    "MAX_PERSONS",
    "MAX_SAMPLES",
    "SCHEMA_VERSION",
    "AnyMessage",
    "Array",
    "Box",
    "CameraName",
    "Count",
    "Curves",
    "End",
    "Event",
    "EventKind",
    "Farewell",
    "Frame",
    "Limb",
    "Mask",
    "Message",
    "PartMap",
    "Person",
    "Phase",
    "Placed",
    "Places",
    "Tombstone",
    "Trace",
    "TrackState",
    "decode",
    "decode_places",
    "encode",
    "event_id",
]
