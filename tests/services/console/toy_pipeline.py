"""All workers of a pipeline in one process, with toy stages: every third frame of a camera updates a fall.

`python -m tests.services.console.toy_pipeline`, with KINESTREAM_CONFIG as for a worker, and TOY_FAULT:
`dies` kills the process once in the middle, `poison` makes one frame a dead letter, `endless` never ends.
"""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from shared.bus.connect import open_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.relay import Relay
from shared.bus.topology import CHAIN
from shared.messages import End, Event, EventKind, Frame, Message, Phase, event_id
from shared.metrics import StageMetrics
from shared.settings import load
from shared.worker import Done, Stage, Work
from shared.worker.loop import Options, Worker
from shared.worker.stage import PassThrough
from tests.shared.worker.toys import frame, publish

FRAMES = 12


class Count(msgspec.Struct):
    frames: int = 0


class Falls(Stage[Count]):
    """The last stage."""

    name = "actions"
    state_type = Count

    def __init__(self, fault: str, folder: Path) -> None:
        self._fault = fault
        self._died = folder / "died"

    def fresh(self) -> Count:
        return Count()

    def wants_picture(self, message: Frame) -> bool:
        return False

    def process(self, works: Sequence[Work[Count]]) -> list[Done[Count]]:
        return [self._one(work) for work in works]

    def finish(self, state: Count) -> tuple[Message, ...]:
        return ()

    def _one(self, work: Work[Count]) -> Done[Count]:
        number = work.state.frames = work.state.frames + 1
        if work.message.pts_us == 400_000 and self._fault == "poison":
            raise RuntimeError("this frame is bad")
        if number == 7 and self._fault == "dies" and not self._died.exists():
            self._died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        update = number // 3 - 1
        events = (_fall(work.message, update),) if number % 3 == 0 else ()
        return Done(events, work.state)


def _fall(message: Frame, update: int) -> Event:
    return Event(
        camera=message.camera,
        run=message.run,
        seq=message.seq,
        pts_us=message.pts_us,
        id=event_id(message.camera, message.run, 1, EventKind.FALL, 0),
        update=update,
        kind=EventKind.FALL,
        phase=Phase.CONFIRMED if update else Phase.SUSPECTED,
        track=1,
        started_pts_us=0,
        raised_pts_us=500_000 if update else None,
        captured_us=message.captured_us,
        confidence=0.9,
    )


class All:
    """Owns every partition."""

    def __init__(self, partitions: int) -> None:
        self._partitions = frozenset(range(partitions))

    def tick(self) -> frozenset[int]:
        return self._partitions

    def beat(self) -> None:
        pass

    def release_all(self) -> None:
        pass


def _ingest(bus: RedisTransport, camera: str, fault: str) -> None:
    """Store what the camera's run still lacks."""
    source = bus.source(camera)
    if source.ended:
        return
    first = int(source.position or source.seq + 1)
    for seq in range(source.seq + 1, first + FRAMES):
        publish(bus, frame(camera, seq, run=source.run))
    if fault != "endless":
        publish(bus, End(camera=camera, run=source.run, seq=first + FRAMES, pts_us=9_000_000))


def main() -> int:
    config = Path(os.environ["KINESTREAM_CONFIG"])
    fault = os.environ.get("TOY_FAULT", "")
    settings = load(config)
    bus = open_bus(settings.bus)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    for camera in settings.cameras:
        _ingest(bus, camera.name, fault)
    stages: list[Stage[Any]] = [PassThrough(link.stage) for link in CHAIN[:-1]]
    stages.append(Falls(fault, config.parent))
    options = Options(batch=2, wait_ms=1, prefetch=False)
    workers = [Worker(s, bus, All(bus.partitions), options, StageMetrics(s.name)) for s in stages]
    relay = Relay(bus)
    while not stop.is_set():
        for worker in workers:
            worker.step()
        relay.step(1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
