"""Merges a stream of the partitions into the one that subscribers read: events into `ks:events`, places into
`ks:venue`.

The rule again: a partition's relay cursor lies beside the subscribers' stream and moves, by compare-and-set,
only together with the entries that it stands for. So any number of relays may run; what
one has forwarded, no other does.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from shared.bus.topology import EVENT_CHANNEL, VENUE_CHANNEL, Channel
from shared.bus.transport import Entry, TransportError
from shared.messages import Event, decode, decode_places

_BATCH = 64

_log = logging.getLogger(__name__)
_json = msgspec.json.Encoder()


@dataclass(frozen=True)
class Forward:
    """A relay's step in one partition; each entry as its flat fields, one of them `json`."""

    partition: int
    expected: str
    cursor: str
    events: Sequence[Mapping[str, bytes]]
    channel: Channel = EVENT_CHANNEL


class EventTransport(Protocol):
    """What the relay needs."""

    def relay_cursors(self, channel: Channel = EVENT_CHANNEL) -> Mapping[int, str]:
        """How far each partition's stream is forwarded."""

    def read_events(
        self, cursors: Mapping[int, str], *, count: int, block_ms: int, channel: Channel = EVENT_CHANNEL
    ) -> Mapping[int, Sequence[Entry]]:
        """Up to `count` entries after each partition's cursor; waits up to `block_ms` for the first."""

    def relay(self, forward: Forward) -> bool:
        """Take the step; False where another relay has taken it, or what was read is no longer there."""


def flat_fields(event: Event) -> dict[str, bytes]:
    """What a subscriber can filter on without unpacking, and the whole event as JSON."""
    plain = {
        "id": event.id,
        "update": event.update,
        "kind": event.kind,
        "phase": event.phase,
        "camera": event.camera,
        "track": "" if event.track is None else event.track,
        "zone": event.zone or "",
        "pts_us": event.pts_us,
        "confidence": event.confidence,
    }
    return {name: str(value).encode() for name, value in plain.items()} | {"json": _json.encode(event)}


def event_fields(data: bytes) -> Mapping[str, bytes] | None:
    """The fields of a packed event; None for what the last stage passes on that is no event.

    Raises:
        ValueError: nobody of ours wrote these bytes.
    """
    message = decode(data)
    return flat_fields(message) if isinstance(message, Event) else None


def place_fields(data: bytes) -> Mapping[str, bytes] | None:
    """The same of the places of a venue's people.

    Raises:
        ValueError: nobody of ours wrote these bytes.
    """
    places = decode_places(data)
    plain = {"venue": places.venue, "at_us": places.at_us, "people": len(places.people)}
    return {name: str(value).encode() for name, value in plain.items()} | {"json": _json.encode(places)}


Fields = Callable[[bytes], Mapping[str, bytes] | None]
_FIELDS: Mapping[Channel, Fields] = {EVENT_CHANNEL: event_fields, VENUE_CHANNEL: place_fields}


class Relay:
    """Call `step` for ever."""

    def __init__(self, transport: EventTransport, channel: Channel = EVENT_CHANNEL) -> None:
        self._transport = transport
        self._channel = channel
        self._cursors: dict[int, str] | None = None

    def step(self, block_ms: int) -> int:
        """Forward what waits, waiting up to `block_ms` for it; the number of entries forwarded.

        Raises:
            TransportError: nothing is lost; the next step begins from the stored cursors.
        """
        try:
            return self._step(block_ms)
        except TransportError:
            self._cursors = None
            raise

    def _step(self, block_ms: int) -> int:
        if self._cursors is None:
            self._cursors = dict(self._transport.relay_cursors(self._channel))
        found = self._transport.read_events(
            self._cursors, count=_BATCH, block_ms=block_ms, channel=self._channel
        )
        # Nothing new may also mean that the server went back behind our cursors: look again where we stand.
        forwarded, overtaken = 0, not found
        for partition, entries in found.items():
            events = [fields for entry in entries if (fields := self._fields(entry)) is not None]
            cursor = entries[-1].id
            step = Forward(partition, self._cursors[partition], cursor, events, self._channel)
            if self._transport.relay(step):
                self._cursors[partition] = cursor
                forwarded += len(events)
            else:
                overtaken = True
        if overtaken:
            self._cursors = None
        return forwarded

    def _fields(self, entry: Entry) -> Mapping[str, bytes] | None:
        try:
            return _FIELDS[self._channel](entry.data)
        except ValueError as error:
            _log.warning("entry %s of %s is skipped: %s", entry.id, self._channel.reads, error)
            return None
