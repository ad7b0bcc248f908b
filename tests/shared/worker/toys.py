"""A stage that remembers everything it saw, and the messages to feed it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from shared.bus.frames import encode_jpeg
from shared.bus.topology import partition_of
from shared.bus.transport import Budget, Header, Publication, Published, SourceTransport, StageTransport
from shared.messages import End, Frame, Message, Person, decode, encode
from shared.metrics import StageMetrics
from shared.worker import Done, Stage, Work
from shared.worker.loop import Options, Worker

PARTITIONS = 2
BUDGET = Budget(window=10_000, retention_ms=0, retention_bytes=1 << 30)
PICTURE = encode_jpeg(np.zeros((8, 8, 3), np.uint8), 50)


class Seen(msgspec.Struct):
    pts_us: list[int]  # no default: nobody else's state can be read as this one


class Diary(Stage[Seen]):
    """Writes how many frames of the camera came before; `hook` may raise on the way."""

    state_type = Seen

    def __init__(self, name: str = "detector", hook: Callable[[Frame], None] | None = None) -> None:
        self.name = name
        self.batches: list[int] = []
        self._hook = hook

    def fresh(self) -> Seen:
        return Seen([])

    def wants_picture(self, message: Frame) -> bool:
        return False

    def process(self, works: Sequence[Work[Seen]]) -> list[Done[Seen]]:
        self.batches.append(len(works))
        return [self._one(work) for work in works]

    def _one(self, work: Work[Seen]) -> Done[Seen]:
        person = Person((0, 0, 1, 1), score=float(len(work.state.pts_us)))
        work.state.pts_us.append(work.message.pts_us)
        if self._hook is not None:
            self._hook(work.message)
        return Done((msgspec.structs.replace(work.message, persons=(person,)),), work.state)

    def finish(self, state: Seen) -> tuple[Message, ...]:
        return ()


def frame(camera: str, seq: int, *, run: int = 1, live: bool = False) -> Frame:
    return Frame(
        camera=camera,
        run=run,
        seq=seq,
        pts_us=seq * 100_000,
        live=live,
        captured_us=1,
        width_px=8,
        height_px=8,
    )


def publish(bus: SourceTransport, message: Message, *, data: bytes | None = None) -> None:
    """Store a message as ingest would; `data` replaces its bytes."""
    header = Header(message.camera, message.run, message.seq, message.pts_us)
    ends = isinstance(message, End)
    publication = Publication(
        header, encode(message) if data is None else data, b"" if ends else PICTURE, b"", ends
    )
    outcome = bus.publish(publication, BUDGET)
    assert outcome is Published.DONE, outcome


def feed(bus: SourceTransport, camera: str, count: int, *, live: bool = False) -> None:
    """Begin a source and store `count` frames and the end of it."""
    source = bus.begin(camera)
    for seq in range(source.seq + 1, source.seq + 1 + count):
        publish(bus, frame(camera, seq, run=source.run, live=live))
    last = source.seq + 1 + count
    publish(bus, End(camera=camera, run=source.run, seq=last, pts_us=last * 100_000))


class Everything:
    """Owns all partitions, always."""

    def tick(self) -> frozenset[int]:
        return frozenset(range(PARTITIONS))

    def beat(self) -> None:
        pass


def worker(bus: StageTransport, stage: Diary, **options: Any) -> Worker[Seen]:
    chosen = replace(Options(batch=4, wait_ms=1, prefetch=False), **options)
    return Worker(stage, bus, Everything(), chosen, StageMetrics(stage.name))


def drain(*workers: Worker[Seen]) -> None:
    for _ in range(30):
        for one in workers:
            one.step()


def written(bus: StageTransport, camera: str, reader: str = "pose") -> list[Message]:
    """What stands in the stream that `reader` reads."""
    partition = partition_of(camera, PARTITIONS)
    batch = bus.read(reader, {partition: "0-0"}, count=1000, block_ms=0)
    messages: list[Message] = [decode(entry.data) for entry in batch.entries.get(partition, ())]
    return [message for message in messages if message.camera == camera]


def remembered(bus: StageTransport, camera: str) -> list[float]:
    """How many earlier frames the stage knew of at each frame."""
    return [m.persons[0].score for m in written(bus, camera) if isinstance(m, Frame)]
