"""One contract for the frame stores: what was put is what is got, by reference or as JPEG."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from shared.bus.frames import FrameStore, Image, PictureError, RedisFrames, encode_jpeg
from shared.bus.shm import ShmFrames
from shared.bus.shm_folder import RingFolder

QUALITY = 95
WINDOW = 8
SIZES = [(48, 64), (45, 61), (1, 1), (17, 640), (720, 1280)]  # height, width

StoreFactory = Callable[[], FrameStore]


@pytest.fixture(params=["redis", "shm"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> StoreFactory:
    """Makes stores as processes of one host would, each for itself."""

    def make() -> FrameStore:
        if request.param == "redis":
            return RedisFrames()
        return ShmFrames(RingFolder(tmp_path), camera_bytes=64_000_000)

    return make


@pytest.fixture
def reader(store: StoreFactory) -> FrameStore:
    return store()


def smooth(height: int, width: int, seed: int = 0) -> Image:
    """A picture that survives JPEG: soft patches, (H, W, 3) BGR."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (2, 3, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def far(one: Image, other: Image) -> float:
    """Mean difference in grey levels."""
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_comes_back_as_it_was_put(
    store: StoreFactory, reader: FrameStore, size: tuple[int, int]
) -> None:
    image = smooth(*size)
    body = store().writer("hall", WINDOW).put(image, QUALITY, 0)
    got = reader.get(body).bgr()
    assert got.shape == image.shape
    assert far(got, image) < 2


@pytest.mark.parametrize("reduce", [2, 4, 8])
@pytest.mark.parametrize("size", SIZES)
def test_a_reduced_look_shows_what_a_reduced_jpeg_does(
    store: StoreFactory, reader: FrameStore, size: tuple[int, int], reduce: int
) -> None:
    image = smooth(*size)
    got = reader.get(store().writer("hall", WINDOW).put(image, QUALITY, 0)).bgr(reduce)
    jpeg = RedisFrames().get(encode_jpeg(image, QUALITY)).bgr(reduce)
    assert got.shape == jpeg.shape
    assert far(got, jpeg) < 2


def test_a_part_of_a_larger_picture_is_put_without_the_rest(store: StoreFactory, reader: FrameStore) -> None:
    part = smooth(60, 80)[10:58, 8:72]
    assert far(reader.get(store().writer("hall", WINDOW).put(part, QUALITY, 0)).bgr(), part) < 2


def test_every_message_of_a_full_window_finds_its_own_picture(
    store: StoreFactory, reader: FrameStore
) -> None:
    writer = store().writer("hall", WINDOW)
    bodies: list[bytes] = []
    for seq in range(5 * WINDOW):
        bodies.append(writer.put(smooth(48, 64, seq), QUALITY, seq))
        assert writer.window == WINDOW
        in_flight = range(max(0, seq + 1 - WINDOW), seq + 1)
        assert all(far(reader.get(bodies[n]).bgr(), smooth(48, 64, n)) < 2 for n in in_flight)


def test_a_picture_that_was_never_published_takes_nobodys_place(
    store: StoreFactory, reader: FrameStore
) -> None:
    writer = store().writer("hall", WINDOW)
    bodies = [writer.put(smooth(48, 64, seq), QUALITY, seq) for seq in range(WINDOW)]
    last = [writer.put(smooth(48, 64, 100 + again), QUALITY, WINDOW) for again in range(3 * WINDOW)][-1]
    assert all(far(reader.get(body).bgr(), smooth(48, 64, seq)) < 2 for seq, body in enumerate(bodies))
    assert far(reader.get(last).bgr(), smooth(48, 64, 100 + 3 * WINDOW - 1)) < 2


def test_cameras_do_not_see_each_others_pictures(store: StoreFactory, reader: FrameStore) -> None:
    writers = {name: store().writer(name, WINDOW) for name in ("hall", "hall.2", "..", "-")}
    bodies = {
        name: writer.put(smooth(48, 64, seed), QUALITY, 3)
        for seed, (name, writer) in enumerate(writers.items())
    }
    for seed, name in enumerate(writers):
        assert far(reader.get(bodies[name]).bgr(), smooth(48, 64, seed)) < 2


def test_a_writer_goes_on_where_another_one_closed(store: StoreFactory, reader: FrameStore) -> None:
    first = store().writer("hall", WINDOW)
    bodies = [first.put(smooth(48, 64, seq), QUALITY, seq) for seq in range(WINDOW)]
    first.close()
    second = store().writer("hall", WINDOW)
    bodies.append(second.put(smooth(48, 64, WINDOW), QUALITY, WINDOW))
    for seq in range(1, WINDOW + 1):
        assert far(reader.get(bodies[seq]).bgr(), smooth(48, 64, seq)) < 2


def test_a_jpeg_is_read_by_every_store(reader: FrameStore) -> None:
    image = smooth(48, 64)
    assert far(reader.get(encode_jpeg(image, QUALITY)).bgr(), image) < 2


def test_a_look_counts_its_time_once(store: StoreFactory, reader: FrameStore) -> None:
    picture = reader.get(store().writer("hall", WINDOW).put(smooth(720, 1280), QUALITY, 0))
    first = picture.bgr()
    spent_ns = picture.spent_ns
    assert spent_ns > 0
    assert picture.bgr() is first
    assert picture.spent_ns == spent_ns


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00", b"\xff\xd8\xff\xe0 cut off", b"KSR", b"KSR1", b"KSR1" + bytes(17), b"KSR1" + bytes(300)],
)
def test_bytes_that_are_no_picture_say_so(reader: FrameStore, body: bytes) -> None:
    with pytest.raises(PictureError):
        reader.get(body).bgr()


def test_a_worker_without_shared_memory_says_what_it_would_need(tmp_path: Path) -> None:
    body = ShmFrames(RingFolder(tmp_path), 64_000_000).writer("hall", WINDOW).put(smooth(48, 64), QUALITY, 0)
    with pytest.raises(PictureError, match="same `frames` section"):
        RedisFrames().get(body).bgr()


def test_what_is_kept_outside_the_server_is_counted_by_camera(store: StoreFactory) -> None:
    frames = store()
    for name in ("bedroom", "hall"):
        frames.writer(name, WINDOW).put(smooth(48, 64), QUALITY, 0)
    held = sorted((each.camera, each.slots) for each in frames.held())
    assert held in ([], [("bedroom", WINDOW + 2), ("hall", WINDOW + 2)])
