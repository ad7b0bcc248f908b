"""People's commands and the bus: all that is counted, the dead letters, what subscribers read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.bus.topology import EVENT_CHANNEL, Channel
from shared.bus.transport.entries import DeadLetter
from shared.bus.transport.sources import Source


@dataclass(frozen=True)
class Overview:
    """The whole bus at one moment, for `run`, `status` and dashboards.

    `counts` are the exact sums of every commit's counts (see shared/statistics.py); `drops` is keyed by
    (camera, reason); `lags` by stage: entries that wait; `workers` by stage: names of the live ones. Stages
    beside the chain are in both only where they have ever worked.
    """

    sources: Mapping[str, Source]
    counts: Mapping[str, int]
    drops: Mapping[tuple[str, str], int]
    dead: int
    lags: Mapping[str, int]
    workers: Mapping[str, Sequence[str]]
    memory_used: int  # bytes
    memory_limit: int  # bytes; 0 where the server has none


@dataclass(frozen=True)
class Backlog:
    """Messages that wait for a stage beside the chain, and those it stood too far behind to read, in all."""

    waiting: int
    dropped: int


@dataclass(frozen=True)
class Letter:
    """A stored dead letter and where it lies."""

    partition: int
    id: str
    letter: DeadLetter


class ConsoleTransport(Protocol):
    """What people's commands need."""

    def overview(self) -> Overview:
        """Read everything that is counted."""

    def letters(self) -> list[Letter]:
        """All dead letters, oldest first."""

    def drop_letter(self, partition: int, letter_id: str) -> bool:
        """Forget one; False where there is none."""

    def events(
        self, after: str, *, count: int, block_ms: int, channel: Channel = EVENT_CHANNEL
    ) -> list[tuple[str, bytes]]:
        """Entries of `ks:events`, or of another channel, after an entry id ("$": from now on): (id, JSON)."""
