"""What the in-memory transport holds: streams with server-like ids, and everything else of a partition."""

import threading
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.bus.keep import DEFAULT_KEEP, Keep
from shared.bus.topology import CHANNELS, Channel, partition_of
from shared.bus.transport import START, DeadLetter, Entry, Header, Source

_FULL = 0.8  # of the memory limit: from here on the pipeline drains

Id = tuple[int, int]


def parse_id(text: str) -> Id:
    """The two numbers of an entry id; the second may be left out, as with the server."""
    ms, _, seq = text.partition("-")
    return int(ms), int(seq or 0)


def format_id(entry_id: Id) -> str:
    return f"{entry_id[0]}-{entry_id[1]}"


@dataclass(frozen=True)
class Record:
    """A stream entry. `offset` is the sum of bytes published before it (frames only)."""

    header: Header | None
    data: bytes
    picture: bytes | None = None
    offset: int = 0
    letter: DeadLetter | None = None

    @property
    def size(self) -> int:
        return len(self.data) + len(self.picture or b"")


@dataclass
class Stream:
    """An append-only list of records by id, cut at its old end only."""

    ids: list[Id] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    added: int = 0
    bytes: int = 0
    last: Id = (0, 0)

    def add(self, now_ms: int, record: Record) -> Id:
        self.last = max((now_ms, 0), (self.last[0], self.last[1] + 1))
        self.ids.append(self.last)
        self.records.append(record)
        self.added += 1
        self.bytes += record.size
        return self.last

    def after(self, entry_id: Id, count: int) -> list[tuple[Id, Record]]:
        first = bisect_right(self.ids, entry_id)
        return list(zip(self.ids[first : first + count], self.records[first : first + count], strict=True))

    def find(self, entry_id: Id) -> Record | None:
        at = bisect_left(self.ids, entry_id)
        return self.records[at] if at < len(self.ids) and self.ids[at] == entry_id else None

    def keep_from(self, entry_id: Id) -> None:
        """Drop everything before `entry_id`."""
        cut = bisect_left(self.ids, entry_id)
        self.bytes -= sum(record.size for record in self.records[:cut])
        del self.ids[:cut], self.records[:cut]

    def remove(self, entry_id: Id) -> bool:
        at = bisect_left(self.ids, entry_id)
        if at == len(self.ids) or self.ids[at] != entry_id:
            return False
        self.bytes -= self.records[at].size
        del self.ids[at], self.records[at]
        return True


@dataclass
class Place:
    """Where a stage stands in a partition."""

    cursor: str = START
    entries_read: int = 0
    owners: int = 0  # that loaded or reached this cursor and neither moved nor released it
    states: dict[str, bytes] = field(default_factory=dict)
    tried: Counter[str] = field(default_factory=Counter)
    enrolled: bool = False  # beside the chain: the input is kept for it


@dataclass
class Lease:
    worker: str
    until_ms: int


@dataclass
class Partition:
    """Everything of one partition."""

    streams: dict[str, Stream] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    standings: dict[str, bytes] = field(default_factory=dict)
    dead: Stream = field(default_factory=Stream)
    counts: Counter[str] = field(default_factory=Counter)
    drops: Counter[tuple[str, str]] = field(default_factory=Counter)
    finished: Id | None = None
    published_bytes: int = 0

    def stream(self, name: str) -> Stream:
        return self.streams.setdefault(name, Stream())

    def place(self, stage: str) -> Place:
        return self.places.setdefault(stage, Place())

    @property
    def bytes(self) -> int:
        return self.dead.bytes + sum(stream.bytes for stream in self.streams.values())

    def trim_finished(self, frames: Stream, edge_ms: int) -> None:
        """Drop frames that are finished and older than `edge_ms`."""
        if self.finished is not None:
            behind = (self.finished[0], self.finished[1] + 1)
            frames.keep_from(min((edge_ms, 0), behind))


class MemoryBase:
    """The partitions, the lock, and what several protocols need.

    Args:
        partitions: how many the cameras are spread over.
        clock_ms: the server's clock.
        keep: what trimming leaves.
        pinned: cameras whose configuration names their partition.
        memory_limit: bytes that all streams together may hold; 0 for none. At 80 % publishing is refused.
    """

    def __init__(
        self,
        partitions: int,
        clock_ms: Callable[[], int],
        *,
        keep: Keep = DEFAULT_KEEP,
        pinned: Mapping[str, int] | None = None,
        memory_limit: int = 0,
    ) -> None:
        self.partitions = partitions
        self._clock_ms = clock_ms
        self._keep = keep
        self._pinned = dict(pinned or {})
        self._memory_limit = memory_limit
        self._partitions = [Partition() for _ in range(partitions)]
        self._workers: dict[str, dict[str, int]] = {}
        self._relayed: dict[Channel, Stream] = {channel: Stream() for channel in CHANNELS}
        self._relay_cursors: dict[tuple[Channel, int], str] = {}
        self._changed = threading.Condition()

    def now_ms(self) -> int:
        return self._clock_ms()

    def assign(self, camera: str) -> int:
        """The camera's partition."""
        pinned = self._pinned.get(camera)
        return partition_of(camera, self.partitions) if pinned is None else pinned % self.partitions

    def roll(self, stage: str) -> list[str]:
        with self._changed:
            now = self._clock_ms()
            return sorted(name for name, until in self._workers.get(stage, {}).items() if until > now)

    def _wait(
        self, cursors: Mapping[int, str], name: str, count: int, block_ms: int
    ) -> dict[int, list[Entry]]:
        deadline = time.monotonic() + block_ms / 1000
        with self._changed:
            while True:
                found = {p: self._after(p, name, cursor, count) for p, cursor in cursors.items()}
                found = {p: entries for p, entries in found.items() if entries}
                left = deadline - time.monotonic()
                if found or left <= 0:
                    return found
                self._changed.wait(left)

    def _after(self, partition: int, name: str, cursor: str, count: int) -> list[Entry]:
        stream = self._partitions[partition].stream(name)
        return [
            Entry(format_id(entry_id), record.header, record.data, record.picture)
            for entry_id, record in stream.after(parse_id(cursor), count)
        ]

    def _expire(self, stream: Stream, name: str, now_ms: int) -> None:
        """Drop what is too old, or too much, of an output that is kept by age."""
        kept = self._keep.kept(name)
        if kept is None:
            return
        age_ms, most = kept
        stream.keep_from((now_ms - age_ms, 0))
        if most and len(stream.ids) > most:
            stream.keep_from(stream.ids[-most])

    def _memory_used(self) -> int:
        relayed = sum(stream.bytes for stream in self._relayed.values())
        return relayed + sum(partition.bytes for partition in self._partitions)

    def _memory_full(self) -> bool:
        return self._memory_limit > 0 and self._memory_used() >= _FULL * self._memory_limit
