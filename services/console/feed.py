"""Follows `ks:events` and `ks:venue`: every event of this run once, in order, as it happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

import msgspec

from shared.bus.topology import VENUE_CHANNEL
from shared.bus.transport import ConsoleTransport
from shared.messages import Event, Places

_PAGE = 256
_decoder = msgspec.json.Decoder(Event)
_places_decoder = msgspec.json.Decoder(Places)


@dataclass(frozen=True)
class Received:
    """An event and its JSON, one line."""

    event: Event
    line: str


class EventFeed:
    """Reads on from a position of its own, so that a lost connection loses and doubles nothing.

    `after` is an entry id from before the runs began. Events of other cameras and runs are passed over.
    """

    def __init__(self, bus: ConsoleTransport, runs: Mapping[str, int], after: str) -> None:
        self._bus = bus
        self._runs = runs
        self._after = after

    def poll(self, block_ms: int) -> list[Received]:
        """What is new, at most one page; waits up to `block_ms` for the first (0: not at all).

        Raises:
            TransportError: the server did not answer; ask again later.
        """
        received = []
        for entry_id, data in self._bus.events(self._after, count=_PAGE, block_ms=block_ms):
            event = _decoder.decode(data)
            if self._runs.get(event.camera) == event.run:
                received.append(Received(event, data.decode()))
            self._after = entry_id
        return received

    def drain(self) -> list[Received]:
        """All that is there already."""
        received = self.poll(0)
        while more := self.poll(0):
            received += more
        return received


class PlacesFeed:
    """Follows `ks:venue` in the same way."""

    def __init__(self, bus: ConsoleTransport, runs: Mapping[str, int], after: str) -> None:
        self._bus = bus
        self._runs = runs
        self._after = after

    def drain(self) -> list[Places]:
        """All that is there already; raises as `EventFeed.poll` does."""
        found: list[Places] = []
        while entries := self._bus.events(self._after, count=_PAGE, block_ms=0, channel=VENUE_CHANNEL):
            places = (_places_decoder.decode(data) for _, data in entries)
            found += [each for each in places if self._runs.get(each.camera) == each.run]
            self._after = entries[-1][0]
        return found


class JsonLines:
    """Writes JSON lines, each flushed; no file: nowhere."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file

    @property
    def wanted(self) -> bool:
        """Whether anybody reads them."""
        return self._file is not None

    def write(self, line: str) -> None:
        if self._file is not None:
            self._file.write(line + "\n")
            self._file.flush()
