"""Follows `ks:events`: every event of this run once, in order, as it happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

import msgspec

from shared.bus.transport import ConsoleTransport
from shared.messages import Event

_PAGE = 256
_decoder = msgspec.json.Decoder(Event)


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


class JsonLines:
    """Writes events as JSON lines, each flushed; no file: nowhere."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file

    def write(self, received: Received) -> None:
        if self._file is not None:
            self._file.write(received.line + "\n")
            self._file.flush()
