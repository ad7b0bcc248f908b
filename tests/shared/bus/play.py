"""What the bus tests say over and over: publish, take a stage's step, wait for a condition."""

import threading
import time
from collections.abc import Callable, Mapping

from shared.bus.topology import LAST
from shared.bus.transport import (
    Budget,
    Commit,
    DeadLetter,
    Entry,
    Finished,
    Header,
    Outcome,
    Output,
    Publication,
    Published,
)
from tests.conftest import Transport

ROOMY = Budget(window=10_000, retention_ms=3_600_000, retention_bytes=1 << 40)


def publication(
    camera: str, run: int, seq: int, *, picture: bytes = b"picture", ends: bool = False
) -> Publication:
    header = Header(camera, run, seq, seq * 1000)
    return Publication(header, b"%s %d" % (camera.encode(), seq), picture, b"at %d" % seq, ends)


def feed(
    transport: Transport, camera: str, count: int, *, budget: Budget = ROOMY, picture: bytes = b"picture"
) -> None:
    """Begin a run and publish `count` messages, all of which must be stored."""
    source = transport.begin(camera)
    for seq in range(source.seq + 1, source.seq + 1 + count):
        assert (
            transport.publish(publication(camera, source.run, seq, picture=picture), budget) is Published.DONE
        )


def read(transport: Transport, stage: str, partition: int, cursor: str, count: int = 100) -> list[Entry]:
    return list(
        transport.read(stage, {partition: cursor}, count=count, block_ms=0).entries.get(partition, ())
    )


def step(
    transport: Transport,
    stage: str,
    partition: int,
    *,
    count: int = 100,
    states: Mapping[str, bytes | None] | None = None,
    dead: tuple[DeadLetter, ...] = (),
) -> Outcome | None:
    """Load, read and commit every entry as it came; None where nothing waits."""
    position = transport.load(stage, partition)
    entries = read(transport, stage, partition, position.cursor, count)
    if not entries:
        return None
    headers = [entry.header for entry in entries if entry.header is not None]
    return transport.commit(
        Commit(
            stage,
            partition,
            position.cursor,
            entries[-1].id,
            position.entries_read + len(entries),
            outputs=[Output(e.header, frame_id_of(stage, e)) for e in entries if e.header is not None],
            states=states or {},
            dead=dead,
            finished=[
                Finished(e.header.camera, e.header.run, e.header.seq, e.data.decode())
                for e in entries
                if stage == LAST.stage and e.header is not None
            ],
            counts={f"{stage}:frames": len(headers)},
        )
    )


def frame_id_of(stage: str, entry: Entry) -> bytes:
    """The tests' messages are frame ids: the first stage names them, the others pass them on."""
    return entry.id.encode() if stage == "detector" else entry.data


def drain(transport: Transport, partition: int, stages: tuple[str, ...] = ()) -> None:
    """Take every message through `stages`, or through all."""
    for stage in stages or ("detector", "pose", "segmentation", "tracker", "actions"):
        while step(transport, stage, partition) is not None:
            pass


def eventually(condition: Callable[[], bool], deadline_s: float = 10.0) -> None:
    """Poll until the condition holds.

    Raises:
        AssertionError: it does not in time.
    """
    pause = threading.Event()
    deadline = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < deadline, "the condition does not come true"
        pause.wait(0.01)


def let_age(transport: Transport) -> None:
    """Wait until the server's clock has left the millisecond of everything published so far."""
    now_ms = transport.now_ms()
    eventually(lambda: transport.now_ms() > now_ms)
