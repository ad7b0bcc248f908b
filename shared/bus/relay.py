"""Merges the partitions' events into `ks:events`, the one stream that subscribers read.

The rule again: a partition's relay cursor lies beside `ks:events` and moves, by compare-and-set, only
together with the events that it stands for. So any number of relays may run; what
one has forwarded, no other does.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from shared.bus.transport import Entry, TransportError
from shared.messages import Event, decode

_BATCH = 64

_log = logging.getLogger(__name__)
_json = msgspec.json.Encoder()


@dataclass(frozen=True)
class Forward:
    """A relay's step in one partition; each event as the flat fields of its entry, one of them `json`."""

    partition: int
    expected: str
    cursor: str
    events: Sequence[Mapping[str, bytes]]


class EventTransport(Protocol):
    """What the relay needs."""

    def relay_cursors(self) -> Mapping[int, str]:
        """How far each partition's events are forwarded."""

    def read_events(
        self, cursors: Mapping[int, str], *, count: int, block_ms: int
    ) -> Mapping[int, Sequence[Entry]]:
        """Up to `count` entries after each partition's cursor; waits up to `block_ms` for the first."""

    def relay(self, forward: Forward) -> bool:
        """Take the step; False where another relay has taken it, or the events read are no longer there."""


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


def _event_of(entry: Entry) -> Event | None:
    """The event in an entry; None for what the last stage passes on that is no event."""
    try:
        message = decode(entry.data)
    except ValueError as error:
        _log.warning("entry %s of the events stream is skipped: %s", entry.id, error)
        return None
    return message if isinstance(message, Event) else None


class Relay:
    """Call `step` for ever."""

    def __init__(self, transport: EventTransport) -> None:
        self._transport = transport
        self._cursors: dict[int, str] | None = None

    def step(self, block_ms: int) -> int:
        """Forward what waits, waiting up to `block_ms` for it; the number of events forwarded.

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
            self._cursors = dict(self._transport.relay_cursors())
        found = self._transport.read_events(self._cursors, count=_BATCH, block_ms=block_ms)
        # Nothing new may also mean that the server went back behind our cursors: look again where we stand.
        forwarded, overtaken = 0, not found
        for partition, entries in found.items():
            events = [event for entry in entries if (event := _event_of(entry)) is not None]
            cursor = entries[-1].id
            step = Forward(partition, self._cursors[partition], cursor, [flat_fields(e) for e in events])
            if self._transport.relay(step):
                self._cursors[partition] = cursor
                forwarded += len(events)
            else:
                overtaken = True
        if overtaken:
            self._cursors = None
        return forwarded
