"""A stage's worker and the bus: what it reads, where it stands, and its steps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from shared.bus.transport.entries import DeadLetter, Entry, Output

START = "0-0"


@dataclass(frozen=True)
class Batch:
    """What one read returned: entries by partition, each in stream order, and the server's clock."""

    now_ms: int
    entries: Mapping[int, Sequence[Entry]]


@dataclass(frozen=True)
class Position:
    """Where a stage stands in a partition, and the checkpoints of the partition's cameras at that point.

    `deaths` counts earlier owners that stood at this very cursor and neither moved it nor released it.
    """

    cursor: str = START
    entries_read: int = 0
    states: Mapping[str, bytes] = field(default_factory=dict)
    deaths: int = 0


@dataclass(frozen=True)
class Finished:
    """Written by the last stage: how far a camera's messages have come through the whole chain."""

    camera: str
    run: int
    seq: int
    frame_id: str


@dataclass(frozen=True)
class Commit:
    """A stage's step from `expected` to `cursor` with everything that follows from it.

    `entries_read` counts on by the batch, which must be all that follows `expected` up to `cursor`.
    `states` maps a camera (or a venue) to its new checkpoint, or to None to forget it. `counts` are added to
    the partition's statistics (field name to increment); they move with the cursor, so they are exact.
    """

    stage: str
    partition: int
    expected: str
    cursor: str
    entries_read: int
    outputs: Sequence[Output] = ()
    states: Mapping[str, bytes | None] = field(default_factory=dict)
    dead: Sequence[DeadLetter] = ()
    finished: Sequence[Finished] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


class Outcome(Enum):
    DONE = 1
    STALE = 0  # somebody else moved the cursor, or the step leads back
    ROLLED_BACK = -1  # what follows the position is not, or no longer, what we read


class StageTransport(Protocol):
    """What a stage's worker needs."""

    partitions: int

    def now_ms(self) -> int:
        """The server's clock."""

    def enroll(self, stage: str, partition: int) -> None:
        """Let the input of a stage beside the chain be kept for it from now on; `load` does so, too."""

    def load(self, stage: str, partition: int) -> Position:
        """Position and checkpoints in one atomic read; counts one more owner at this cursor (see
        `Position.deaths`).
        """

    def cursors(self, stage: str, partitions: Iterable[int]) -> Mapping[int, str]:
        """Where the stage stands in each of the partitions; counts nobody."""

    def read(self, stage: str, cursors: Mapping[int, str], *, count: int, block_ms: int) -> Batch:
        """Up to `count` entries after each partition's cursor; waits up to `block_ms` for the first.
        Changes nothing.
        """

    def commit(self, commit: Commit) -> Outcome:
        """Take the step, or say why not."""

    def fetch(self, partition: int, frame_ids: Sequence[str]) -> list[bytes | None]:
        """Frame bodies by entry id, in that order; None for one that is no longer kept."""

    def tried(self, stage: str, partition: int, entry_id: str) -> int:
        """Note that this one entry is about to be processed alone; how often that was noted before."""


class LeaseTransport(Protocol):
    """Who works on what. Leases only spare double work; correctness never rests on them."""

    partitions: int

    def enlist(self, stage: str, worker: str, ttl_ms: int) -> list[str]:
        """Say that this worker lives; the names of all that do, sorted."""

    def dismiss(self, stage: str, worker: str) -> None:
        """This worker leaves."""

    def roll(self, stage: str) -> list[str]:
        """The stage's live workers, sorted."""

    def acquire(self, stage: str, partition: int, worker: str, ttl_ms: int) -> bool:
        """Take or renew the lease; False where another holds it."""

    def release(self, stage: str, partition: int, worker: str) -> None:
        """Give the lease back, if it is ours; this ends our ownership in good order (no death is counted)."""
