"""The seam between workers and the server. `RedisTransport` and `MemoryTransport` pass one contract suite.

A transport holds the one rule: what a caller commits takes effect whole or not at all, and only if the
position it started
from is still the stored one. Nothing here retries a commit; a caller whose commit was refused, or who lost
the reply, drops what it knows, loads the position and goes on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from shared.bus.topology import EVENT_CHANNEL, Channel
from shared.errors import UserError

START = "0-0"


class BusError(Exception):
    """What went wrong between a worker and the server."""


class TransportError(BusError):
    """The server did not answer or could not be reached: back off, reconnect, load the position again."""


class ServerRefusedError(BusError, UserError):
    """The server answers but cannot serve us (too old, wrong partition count, wrong password): a person
    must act.
    """


@dataclass(frozen=True)
class Header:
    """The plain stream fields of an entry, kept beside the packed message so that a broken message still
    has a place.
    """

    camera: str
    run: int
    seq: int
    pts_us: int


@dataclass(frozen=True)
class Entry:
    """One stream entry as read. `header` is None for bytes that nobody of ours wrote."""

    id: str
    header: Header | None
    data: bytes
    picture: bytes | None = None  # only in the frames stream


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
class Output:
    """An entry for the stage's output stream."""

    header: Header
    data: bytes


@dataclass(frozen=True)
class DeadLetter:
    """A message that a stage could not process. `error` is one line; `payload` the bytes as read."""

    stage: str
    entry_id: str
    header: Header | None
    error: str
    traceback: str
    payload: bytes


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


@dataclass(frozen=True)
class Source:
    """What the bus knows of a camera's source. `position` is the source's own (a media time, a frame
    index); `report` the last that ingest said of the camera (see shared/camera.py).
    """

    run: int = 0
    seq: int = -1
    position: bytes = b""
    ended: bool = True
    finished_seq: int = -1
    report: bytes = b""


@dataclass(frozen=True)
class Budget:
    """Limits of one camera's frames on the bus."""

    window: int  # messages in flight
    retention_ms: int  # finished frames are kept so long ...
    retention_bytes: int  # ... unless the partition's frames pass this


@dataclass(frozen=True)
class Publication:
    """One message of a source: it is stored only if the camera still stands at (`run`, `header.seq` - 1).

    `counts` are added to the partition's statistics with it (see shared/statistics.py). `events` go to the
    partition's events, and `report` replaces the camera's (None: leaves it).
    """

    header: Header
    data: bytes
    picture: bytes
    position: bytes
    ends: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    report: bytes | None = None
    events: Sequence[Output] = ()


class Published(Enum):
    DONE = "done"
    STALE = "stale"  # another ingest worker moved the source, or the server was rolled back
    WINDOW = "window"  # too many of the camera's messages in flight
    MEMORY = "memory"  # the server is near its memory limit
    BYTES = "bytes"  # the frames kept for stages that have not finished fill the partition's budget


@dataclass(frozen=True)
class Announcement:
    """Events about a camera that no picture brings, and the standing that they follow from.

    Taken only where the stored standing is still `expected` (b"": none is stored).
    """

    camera: str
    expected: bytes
    standing: bytes
    events: Sequence[Output] = ()


@dataclass(frozen=True)
class Watch:
    """What whoever watches over the chain needs to know, at one moment of the server's clock.

    `holders` names the worker that holds a stage's lease of a partition ("ingest" among the stages);
    `waiting_since_ms` since when the oldest message that a stage has not read yet lies before it. Both are
    keyed by (stage, partition), and absent where there is none. `standings` are the monitor's own, by camera.
    """

    now_ms: int
    sources: Mapping[str, Source]
    counts: Mapping[str, int]
    drops: Mapping[tuple[str, str], int]
    holders: Mapping[tuple[str, int], str]
    waiting_since_ms: Mapping[tuple[str, int], int]
    standings: Mapping[str, bytes]


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


class SourceTransport(Protocol):
    """What ingest and whoever starts sources need."""

    partitions: int

    def assign(self, camera: str) -> int:
        """The camera's partition."""

    def begin(self, camera: str, after: int | None = None) -> Source:
        """A new start of the source: next run, no position.

        With `after`, only where the source stands at that run; else it is left, and returned, as it is.
        """

    def source(self, camera: str) -> Source:
        """Where the source stands; `run` 0 where it never began."""

    def publish(self, publication: Publication, budget: Budget) -> Published:
        """Store one message, or say why not. Keeps the frames of the partition within the budget."""

    def dropped(self, camera: str, reason: str, count: int = 1) -> None:
        """Count frames that were never published."""

    def report(self, announcement: Announcement) -> bool:
        """Replace the camera's report and tell events, without a picture; False where another has."""


class WatchTransport(Protocol):
    """What the monitor needs."""

    partitions: int

    def assign(self, camera: str) -> int:
        """The camera's partition."""

    def watch(self) -> Watch:
        """Look at the whole chain."""

    def announce(self, announcement: Announcement) -> bool:
        """Replace the monitor's standing of a camera and tell events; False where another monitor has."""


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
