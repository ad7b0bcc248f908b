"""How fast the bus is on this machine: `python -m tests.bench.bench_bus [REDIS_SERVER]`."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shared.bus import keys
from shared.bus.connect import connect
from shared.bus.keep import Keep
from shared.bus.redis_transport import RedisTransport
from shared.bus.server import EmbeddedServer
from shared.bus.transport import Budget, Commit, Header, Outcome, Output, Publication, Published

MESSAGE = b"m" * 3000
PICTURE = b"p" * 40_000
BUDGET = Budget(window=1 << 30, retention_ms=1_000, retention_bytes=32 << 20)


@dataclass(frozen=True)
class Rate:
    """`count` things in `seconds`."""

    what: str
    count: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.what:44} {self.count / self.seconds:10,.0f} /s {self.seconds / self.count * 1e6:8.1f} us"
        )


def measure(what: str, count: int, work: Callable[[], None]) -> Rate:
    started = time.perf_counter()
    work()
    return Rate(what, count, time.perf_counter() - started)


def fill(bus: RedisTransport, count: int) -> None:
    """Put `count` messages of 3 kB before the pose stage."""
    position, output = bus.load("detector", 0), Output(Header("a", 1, 0, 0), MESSAGE)
    entries = bus.read("detector", {0: position.cursor}, count=1, block_ms=0).entries[0]
    commit = Commit(
        "detector", 0, position.cursor, entries[-1].id, position.entries_read + 1, outputs=[output] * count
    )
    if bus.commit(commit) is not Outcome.DONE:
        raise RuntimeError("the bench's own commit is refused")


def take(bus: RedisTransport, batch: int) -> None:
    """Read and commit everything before the pose stage, `batch` messages at a time, with a checkpoint."""
    position = bus.load("pose", 0)
    cursor, entries_read = position.cursor, position.entries_read
    while entries := bus.read("pose", {0: cursor}, count=batch, block_ms=0).entries.get(0):
        outputs = [Output(entry.header, entry.data) for entry in entries if entry.header is not None]
        entries_read += len(entries)
        commit = Commit(
            "pose", 0, cursor, entries[-1].id, entries_read, outputs=outputs, states={"a": MESSAGE[:500]}
        )
        if bus.commit(commit) is not Outcome.DONE:
            raise RuntimeError("the bench's own commit is refused")
        cursor = commit.cursor


def publish(bus: RedisTransport, count: int) -> None:
    source = bus.begin("a")
    for seq in range(source.seq + 1, source.seq + 1 + count):
        publication = Publication(Header("a", source.run, seq, seq), MESSAGE[:200], PICTURE, b"%d" % seq)
        if bus.publish(publication, BUDGET) is not Published.DONE:
            raise RuntimeError("the bench's own message is refused")


def fetch(bus: RedisTransport, frame_ids: list[str]) -> None:
    for start in range(0, len(frame_ids), 8):
        bus.fetch(0, frame_ids[start : start + 8])


def commit_only(bus: RedisTransport, count: int) -> None:
    """The commit alone, without a read, one message each."""
    position = bus.load("pose", 0)
    cursor, number = position.cursor, position.entries_read
    waiting = bus.read("pose", {0: cursor}, count=count, block_ms=0).entries[0]
    for entry in waiting:
        number += 1
        output = Output(Header("a", 1, 0, 0), entry.data)
        bus.commit(Commit("pose", 0, cursor, entry.id, number, outputs=[output]))
        cursor = entry.id


def look(bus: RedisTransport, count: int) -> None:
    for _ in range(count):
        bus.overview()


def run(binary: Path | None) -> list[Rate]:
    with EmbeddedServer(512, binary=binary) as server, connect(server.url) as client:
        bus = RedisTransport(client, 1, keep=Keep(frames_ms=1_000))
        rates = [measure("publish, 40 kB pictures", 500, lambda: publish(bus, 500))]
        entries = bus.read("detector", {0: "0-0"}, count=500, block_ms=0).entries[0]
        ids = [entry.id for entry in entries]
        rates.append(measure("fetch, 40 kB pictures, 8 at once", len(ids), lambda: fetch(bus, ids)))
        for what, batch, count in (("one by one", 1, 3000), ("in batches of 32", 32, 20_000)):
            for start in range(0, count, 1000):
                fill(bus, min(1000, count - start))
            rates.append(measure(f"read and commit 3 kB {what}", count, partial(take, bus, batch)))
            client.delete(keys.stream(0, "poses"))
        fill(bus, 2000)
        rates.append(measure("commit 3 kB one by one", 2000, lambda: commit_only(bus, 2000)))
        rates.append(measure("overview", 200, lambda: look(bus, 200)))
        return rates


if __name__ == "__main__":
    for rate in run(Path(sys.argv[1]) if sys.argv[1:] else None):
        sys.stdout.write(f"{rate}\n")
