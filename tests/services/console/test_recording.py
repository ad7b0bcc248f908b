"""Recording a camera that runs, and playing the recording."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from services.console.errors import BadInputError, FailedError
from services.console.interrupts import Interrupts
from services.console.recording import Order, Recorded, record
from services.ingest.sources import Captured, open_source
from shared.bus.connect import connect
from shared.bus.frames import FrameStore, Image, RedisFrames
from shared.bus.redis_transport import RedisTransport
from shared.bus.server import EmbeddedServer
from shared.bus.stores import open_frames
from shared.bus.transport import Header, Publication
from shared.messages import End, encode
from shared.settings import Camera, Frames
from tests.servers.waiting import until
from tests.shared.worker.toys import BUDGET, frame

MANY = 1_000_000_000


@pytest.fixture
def bus(shared_servers: Callable[[str], EmbeddedServer]) -> Iterator[RedisTransport]:
    with connect(shared_servers("valkey").url) as client:
        client.flushall()
        yield RedisTransport(client, 4, pinned={"hall": 3})


def picture(number: int) -> Image:
    return np.full((16, 24, 3), number % 200, np.uint8)


@contextmanager
def playing(bus: RedisTransport, store: FrameStore, *, frames: int = 10_000) -> Iterator[None]:
    """A camera that sends 100 pictures a second, each a tenth of media time after the one before."""
    stop, source = threading.Event(), bus.begin("hall")
    writer = store.writer("hall", BUDGET.window)

    def play() -> None:
        for seq in range(source.seq + 1, source.seq + 1 + frames):
            message = frame("hall", seq, run=source.run)
            body = writer.put(picture(seq), 95, seq)
            bus.publish(
                Publication(Header("hall", source.run, seq, message.pts_us), encode(message), body, b""),
                BUDGET,
            )
            if stop.wait(0.01):
                return
        last = source.seq + 1 + frames
        end = End(camera="hall", run=source.run, seq=last, pts_us=last * 100_000)
        bus.publish(
            Publication(Header("hall", source.run, last, end.pts_us), encode(end), b"", b"", True), BUDGET
        )

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        writer.close()


def recorded(bus: RedisTransport, order: Order, frames: Frames | None = None) -> Recorded:
    with Interrupts() as interrupts:
        return record(bus, frames or Frames(), order, interrupts, lambda *_: None)


def replayed(path: Path) -> list[Captured]:
    with closing(open_source(Camera(name="again", source=f"replay://{path}"), None)) as reader:
        return list(reader)


@pytest.mark.parametrize("store", ["redis", "shm"])
def test_a_recording_plays_what_the_stages_got(bus: RedisTransport, store: str, tmp_path: Path) -> None:
    frames = Frames.model_validate({"store": store, "shm_dir": tmp_path})
    path = tmp_path / "hall.ksr"
    with playing(bus, open_frames(frames)):
        done = recorded(bus, Order("hall", path, 2.0, MANY), Frames(shm_dir=tmp_path))
    assert (done.reason, done.pictures + done.lost >= 21) == ("all of it", True)
    taken = replayed(path)
    assert len(taken) == done.pictures
    assert taken[0].pts_us == 0
    steps = {b.pts_us - a.pts_us for a, b in pairwise(taken)}
    assert all(step % 100_000 == 0 for step in steps)
    for captured, later in pairwise(taken):
        grew = (int(later.image[0, 0, 0]) - int(captured.image[0, 0, 0])) % 200
        assert abs(grew - (later.pts_us - captured.pts_us) // 100_000) <= 2  # JPEG is nearly exact


def test_the_end_of_the_camera_ends_the_recording(bus: RedisTransport, tmp_path: Path) -> None:
    with playing(bus, RedisFrames(), frames=30):
        done = recorded(bus, Order("hall", tmp_path / "a.ksr", 60.0, MANY))
    assert done.reason == "the camera has ended: end of stream"


def test_a_recording_stays_below_its_largest_size(bus: RedisTransport, tmp_path: Path) -> None:
    with playing(bus, RedisFrames()):
        done = recorded(bus, Order("hall", tmp_path / "a.ksr", 60.0, 5_000))
    assert done.reason == "the file has its largest size"
    assert (tmp_path / "a.ksr").stat().st_size == done.size_bytes <= 5_000


def test_ctrl_c_leaves_a_whole_recording(bus: RedisTransport, tmp_path: Path) -> None:
    with playing(bus, RedisFrames()):
        interrupts = Interrupts()

        def enough(seconds: float, _: int) -> None:
            interrupts.count = int(seconds > 0.5)

        done = record(bus, Frames(), Order("hall", tmp_path / "a.ksr", 60.0, MANY), interrupts, enough)
    assert done.reason == "interrupted"
    assert len(replayed(tmp_path / "a.ksr")) == done.pictures


def test_what_cannot_be_recorded_is_said_and_leaves_no_file(bus: RedisTransport, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no camera is called attic: none has begun yet"):
        recorded(bus, Order("attic", tmp_path / "a.ksr", 1.0, MANY))
    with playing(bus, RedisFrames(), frames=0):
        until(lambda: bus.source("hall").ended, "the end")
        with pytest.raises(FailedError, match="the camera hall has ended"):
            recorded(bus, Order("hall", tmp_path / "a.ksr", 1.0, MANY))
    assert not (tmp_path / "a.ksr").exists()


def test_a_file_that_exists_is_left_alone(bus: RedisTransport, tmp_path: Path) -> None:
    (tmp_path / "a.ksr").touch()
    with playing(bus, RedisFrames()), pytest.raises(BadInputError, match="exists already"):
        recorded(bus, Order("hall", tmp_path / "a.ksr", 1.0, MANY))
