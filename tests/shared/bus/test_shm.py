"""Rings of raw pictures: bounds, take-overs, torn and lost pictures, clean-up, folders of no use."""

import fcntl
import gc
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from shared.bus.frames import REFERENCE, FrameWriter, Image, PictureError
from shared.bus.rings import Reference
from shared.bus.shm import ShmFrames
from shared.bus.shm_folder import ABANDONED_S, FrameStoreError, RingFolder, base_folder, run_folder
from shared.bus.stores import open_frames
from shared.settings import Frames
from tests.conftest import Clock
from tests.shared.bus import ringwriter

WINDOW = 8
ROOM = 64_000_000
PATIENCE_S = 20.0


def flat(level: int, height: int = 48, width: int = 64) -> Image:
    """A picture of one grey level."""
    return np.full((height, width, 3), level, np.uint8)


def level(image: Image) -> int:
    """The grey level of a picture that has one; fails on a torn one."""
    found = int(image.flat[0])
    assert (image == found).all()
    return found


def shm(folder: Path, room: int = ROOM) -> ShmFrames:
    return ShmFrames(RingFolder(folder), room)


def rings(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.ring"))


def is_raw(body: bytes) -> bool:
    return body.startswith(REFERENCE)


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        os.sched_yield()


@contextmanager
def writing(
    folder: Path, *, height: int = 48
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], bytes]]]:
    """A process that writes pictures one after the other; and what reads the body it wrote last."""
    argv = (sys.executable, "-m", ringwriter.__name__, str(folder), str(height))
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        questions, answers = process.stdin, process.stdout

        def body() -> bytes:
            questions.write(b"\n")
            return bytes.fromhex(answers.readline().decode().strip())

        try:
            yield process, body
        finally:
            process.kill()


# Bounds


def test_fewer_slots_than_the_window_make_the_window_smaller(tmp_path: Path) -> None:
    frames = shm(tmp_path, room=10 * 12_288)  # a picture takes 9,216 bytes: three pages
    writer = frames.writer("hall", 48)
    body = writer.put(flat(1), 90, 0)
    assert is_raw(body)
    assert 4 <= writer.window < 10
    assert sum(each.size_bytes for each in frames.held()) <= 10 * 12_288


def test_a_window_as_large_as_the_ring_allows_never_loses_a_picture(tmp_path: Path) -> None:
    frames = shm(tmp_path, room=10 * 12_288)
    writer = frames.writer("hall", 48)
    in_flight: list[tuple[int, bytes]] = []
    for seq in range(60):
        in_flight.append((seq, writer.put(flat(seq), 90, seq)))
        in_flight = in_flight[-writer.window :]
        assert [level(frames.get(body).bgr()) for _, body in in_flight] == [n for n, _ in in_flight]


def test_pictures_too_large_for_the_bound_go_as_jpeg(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frames = shm(tmp_path, room=30_000)
    writer = frames.writer("hall", 48)
    bodies = [writer.put(flat(100), 90, seq) for seq in range(100)]
    assert not any(map(is_raw, bodies))
    assert writer.window == 48
    assert level(frames.get(bodies[0]).bgr()) == 100
    assert [record.getMessage() for record in caplog.records] == [
        "camera hall: 4 pictures of 0.0092 MB do not fit into frames.shm_mb 0.03: raise it; its pictures go"
        " through the server as JPEG"
    ]


def test_a_change_of_size_keeps_what_is_in_flight_and_then_frees_it(tmp_path: Path) -> None:
    frames = shm(tmp_path)
    writer = frames.writer("hall", WINDOW)
    bodies = [writer.put(flat(seq), 90, seq) for seq in range(WINDOW)]
    for seq in range(WINDOW, 2 * WINDOW):
        bodies.append(writer.put(flat(seq, 96, 128), 90, seq))
        assert [level(frames.get(body).bgr()) for body in bodies[-WINDOW:]] == [
            *range(seq + 1 - WINDOW, seq + 1)
        ]
    assert len(rings(tmp_path)) == 2
    for seq in range(2 * WINDOW, 3 * WINDOW):
        writer.put(flat(seq, 96, 128), 90, seq)
    assert len(rings(tmp_path)) == 1
    with pytest.raises(PictureError, match="no longer kept"):
        shm(tmp_path).get(bodies[0]).bgr()


def test_sizes_that_change_with_every_picture_stay_within_the_bound(tmp_path: Path) -> None:
    room = 2_000_000
    frames = shm(tmp_path, room=room)
    writer = frames.writer("hall", WINDOW)
    in_flight: list[tuple[int, bytes]] = []
    for seq in range(120):
        side = 48 + 2 * seq
        in_flight = [*in_flight, (seq, writer.put(flat(seq, side, side), 90, seq))][-WINDOW:]
        assert [level(frames.get(body).bgr()) for _, body in in_flight] == [n for n, _ in in_flight]
        assert sum(each.size_bytes for each in frames.held()) <= room


# Take-overs


def test_a_writer_killed_at_work_is_followed_in_its_own_ring(tmp_path: Path) -> None:
    with writing(tmp_path) as (process, body):
        bodies = [body() for _ in range(ringwriter.WINDOW)]
        process.kill()
        process.wait()
    frames = shm(tmp_path)
    before = rings(tmp_path)
    after = frames.writer("hall", ringwriter.WINDOW)
    body_after = after.put(flat(77), 90, 1_000_003)
    assert rings(tmp_path) == before
    assert level(frames.get(body_after).bgr()) == 77
    readable = [one for one in bodies if _level_or_none(frames, one) is not None]
    assert all(_level_or_none(frames, one) == ringwriter.level_of(_number(one)) for one in readable)


def _number(body: bytes) -> int:
    """Which message of the writing process this is: its markers count the rounds."""
    reference = Reference.unpack(body)
    return (reference.marker // 2 - 1) * ringwriter.SLOTS + reference.slot


def _level_or_none(frames: ShmFrames, body: bytes) -> int | None:
    try:
        return level(frames.get(body).bgr())
    except PictureError:
        return None


def test_a_picture_half_written_at_death_is_never_shown(tmp_path: Path) -> None:
    folder = RingFolder(tmp_path)
    frames = ShmFrames(folder, ROOM)
    writer = frames.writer("hall", WINDOW)
    old = writer.put(flat(1), 90, 0)
    writer.close()
    name = rings(tmp_path)[0]
    died = _marker_address(name, 0)
    with name.open(
        "r+b"
    ) as file:  # as a writer leaves it that dies in the middle of the next round's picture
        file.seek(died)
        file.write((3).to_bytes(8, "little"))
    with pytest.raises(PictureError, match="no longer kept"):
        frames.get(old).bgr()
    heir = frames.writer("hall", WINDOW)
    slots = WINDOW + 2
    new = heir.put(flat(2), 90, slots)
    assert level(frames.get(new).bgr()) == 2
    assert Reference.unpack(new).slot == 0
    with pytest.raises(PictureError, match="no longer kept"):
        frames.get(old).bgr()


def _marker_address(ring: Path, slot: int) -> int:
    assert ring.read_bytes()[:8] == b"KSRING01"
    return 4096 + 8 * slot


def test_two_that_write_one_camera_never_share_a_ring(tmp_path: Path) -> None:
    frames = shm(tmp_path)
    paused, heir = frames.writer("hall", WINDOW), frames.writer("hall", WINDOW)
    bodies = [paused.put(flat(1), 90, 0), heir.put(flat(2), 90, 1), paused.put(flat(3), 90, 1)]
    assert [level(frames.get(body).bgr()) for body in bodies] == [1, 2, 3]
    assert len(rings(tmp_path)) == 2
    for seq in range(2, 3 * WINDOW):
        heir.put(flat(4), 90, seq)
    assert len(rings(tmp_path)) == 2, "a ring whose writer lives was removed"
    paused.close()
    for seq in range(3 * WINDOW, 5 * WINDOW):
        heir.put(flat(4), 90, seq)
    assert len(rings(tmp_path)) == 1


def test_a_message_number_that_goes_back_does_no_harm(tmp_path: Path) -> None:
    frames = shm(tmp_path)
    writer = frames.writer("hall", WINDOW)
    bodies = {seq: writer.put(flat(seq), 90, seq) for seq in range(50)}
    for seq in range(40, 60):
        bodies[seq] = writer.put(flat(seq + 100), 90, seq)
    assert [level(frames.get(bodies[seq]).bgr()) for seq in range(52, 60)] == list(range(152, 160))
    for seq in range(40):
        with pytest.raises(PictureError, match="no longer kept"):
            frames.get(bodies[seq]).bgr()


# Readers beside a writer


@pytest.mark.parametrize("reduce", [1, 2])
def test_a_reader_that_is_overtaken_sees_the_promised_picture_or_none(tmp_path: Path, reduce: int) -> None:
    frames = shm(tmp_path)
    seen = gone = 0
    with writing(tmp_path, height=480) as (_, body):
        deadline = time.monotonic() + PATIENCE_S
        while (seen < 100 or gone < 20) and time.monotonic() < deadline:
            promised = body()
            try:
                found = level(frames.get(promised).bgr(reduce))
            except PictureError as error:
                assert "no longer kept" in str(error)  # noqa: PT017 - how often is counted
                gone += 1
            else:
                assert found == ringwriter.level_of(_number(promised))
                seen += 1
    assert seen >= 100


def test_a_picture_overwritten_during_the_copy_is_refused(tmp_path: Path) -> None:
    frames = shm(tmp_path)
    writer = frames.writer("hall", 2)
    stop = threading.Event()
    body = writer.put(flat(0, 720, 1280), 90, 0)

    def overwrite() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            writer.put(flat(number % 200, 720, 1280), 90, 4 * number)

    thread = threading.Thread(target=overwrite)
    thread.start()
    try:
        for _ in range(200):
            found = _level_or_none(frames, body)
            assert found in (0, None)
    finally:
        stop.set()
        thread.join()
    assert _level_or_none(frames, body) is None


# References


@pytest.mark.parametrize(
    "name",
    [
        "../hall.0123456789abcdef.ring",
        "a/b.0123456789abcdef.ring",
        "hall.0123456789abcdef.ring\x00",
        "hall.0123456789abcdef.ring/..",
        "lock",
        "hall.ring",
        "hall.0123456789ABCDEF.ring",
        "h" * 65 + ".0123456789abcdef.ring",
        "\u0661.0123456789abcdef.ring",
        "",
    ],
)
def test_a_reference_names_nothing_outside_the_folder(tmp_path: Path, name: str) -> None:
    body = Reference("hall.0123456789abcdef.ring", 0, 2, 48, 64).pack()
    forged = body[: -len("hall.0123456789abcdef.ring")] + name.encode()
    with pytest.raises(PictureError, match="not a reference"):
        shm(tmp_path).get(forged).bgr()


@pytest.mark.parametrize(
    ("slot", "marker", "height", "width", "says"),
    [
        (WINDOW + 2, 2, 48, 64, "points out of it"),
        (2**32 - 1, 2, 48, 64, "points out of it"),
        (0, 2, 65_535, 65_535, "points out of it"),
        (0, 2, 0, 64, "not a reference"),
        (0, 3, 48, 64, "not a reference"),
        (0, 4, 48, 64, "no longer kept"),
        (1, 2, 48, 64, "no longer kept"),
    ],
)
def test_a_reference_reaches_nothing_but_whole_pictures(
    tmp_path: Path, slot: int, marker: int, height: int, width: int, says: str
) -> None:
    frames = shm(tmp_path)
    true = Reference.unpack(frames.writer("hall", WINDOW).put(flat(1), 90, 0))
    forged = Reference(true.ring, slot, marker, height, width)
    with pytest.raises(PictureError, match=says):
        frames.get(forged.pack()).bgr()


def test_a_link_in_place_of_a_ring_is_not_followed(tmp_path: Path) -> None:
    frames = shm(tmp_path)
    body = frames.writer("hall", WINDOW).put(flat(1), 90, 0)
    ring = rings(tmp_path)[0]
    ring.rename(tmp_path / "elsewhere")
    ring.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PictureError, match="no longer kept"):
        shm(tmp_path).get(body).bgr()


@pytest.mark.parametrize("content", [b"", b"KSRING01", b"x" * 5000, b"KSRING01" + b"\xff" * 16])
def test_a_file_that_is_no_ring_is_neither_read_nor_gone_on_with(tmp_path: Path, content: bytes) -> None:
    frames = shm(tmp_path)
    body = Reference("hall.0123456789abcdef.ring", 0, 2, 48, 64).pack()
    forged = RingFolder(tmp_path).path / "hall.0123456789abcdef.ring"
    forged.write_bytes(content)
    with pytest.raises(PictureError, match="no longer kept"):
        frames.get(body).bgr()
    assert level(frames.get(frames.writer("hall", WINDOW).put(flat(9), 90, 0)).bgr()) == 9


# The folder


def test_folder_and_rings_are_for_their_user_alone(tmp_path: Path) -> None:
    shm(tmp_path).writer("hall", WINDOW).put(flat(1), 90, 0)
    ring = rings(tmp_path)[0]
    assert ring.stat().st_mode & 0o777 == 0o600
    assert ring.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"kinestream-{os.getuid()}").mkdir(mode=0o755)
    with pytest.raises(FrameStoreError, match="open to other users"):
        RingFolder(tmp_path)


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / f"kinestream-{os.getuid()}").symlink_to(tmp_path / "real")
    with pytest.raises(FrameStoreError, match="cannot use"):
        RingFolder(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FrameStoreError, match=r"frames\.shm_dir: there is no folder"):
        base_folder(tmp_path / "none")


@pytest.mark.parametrize(("store", "raw"), [("auto", False), ("redis", False), ("shm", True)])
def test_the_configuration_chooses_the_store(tmp_path: Path, store: str, raw: bool) -> None:
    frames = open_frames(Frames.model_validate({"store": store, "shm_dir": tmp_path}))
    assert is_raw(frames.writer("hall", WINDOW).put(flat(1), 90, 0)) is raw


def test_the_ring_of_a_camera_long_gone_is_removed_unless_it_is_written(tmp_path: Path) -> None:
    frames = shm(tmp_path)
    gone, kept, fresh = (frames.writer(name, WINDOW) for name in ("gone", "kept", "fresh"))
    for writer in (gone, kept, fresh):
        writer.put(flat(1), 90, 0)
    for ring in rings(tmp_path):
        if "fresh" not in ring.name:
            before_s = time.time() - ABANDONED_S - 60
            os.utime(ring, (before_s, before_s))
    gone.close()
    fresh.close()
    frames.writer("hall", WINDOW).put(flat(1), 90, 0)
    assert [ring.name.partition(".")[0] for ring in rings(tmp_path)] == ["fresh", "hall", "kept"]


def test_a_run_removes_its_folder_and_those_of_dead_runs_but_not_of_living_ones(tmp_path: Path) -> None:
    with run_folder(tmp_path) as living:
        shm(living).writer("hall", WINDOW).put(flat(1), 90, 0)
        dead = living.parent / "run-dead"
        (dead / "kinestream-0").mkdir(parents=True, mode=0o700)
        (dead / "kinestream-0" / "hall.0123456789abcdef.ring").write_bytes(b"left behind")
        used = living.parent / "run-used"
        used.mkdir(mode=0o700)
        with (used / "hall.0123456789abcdef.ring").open("wb") as ring:
            fcntl.flock(ring, fcntl.LOCK_EX)
            with run_folder(tmp_path) as other:
                assert sorted(living.parent.glob("run-*")) == sorted([living, other, used])
        assert len(rings(living)) == 1
    with run_folder(tmp_path) as last:
        assert list(last.parent.glob("run-*")) == [last]
    assert list(last.parent.glob("run-*")) == []


def test_a_run_that_is_killed_leaves_what_the_next_one_removes(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time\n"
        "from shared.bus.shm_folder import run_folder\n"
        "with run_folder(pathlib.Path(sys.argv[1])) as folder:\n"
        "    print(folder, flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen((sys.executable, "-c", program, str(tmp_path)), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().decode().strip())
        os.kill(process.pid, signal.SIGKILL)
    assert left.is_dir()
    with run_folder(tmp_path):
        assert not left.exists()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB in memory."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)), check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(("umount", "--lazy", str(folder)), check=True)


def test_a_full_folder_costs_speed_and_no_picture(small: Path, caplog: pytest.LogCaptureFixture) -> None:
    frames = shm(small)
    fill = small / "fill"
    fill.write_bytes(bytes(960_000))
    writer: FrameWriter = frames.writer("hall", WINDOW)
    bodies = [writer.put(flat(seq), 90, seq) for seq in range(WINDOW)]
    assert not any(map(is_raw, bodies))
    assert [level(frames.get(body).bgr()) for body in bodies] == list(range(WINDOW))
    assert len(caplog.records) == 1
    assert "MB are free; enlarge it (Docker gives 64 MB" in caplog.text
    fill.unlink()
    bodies = [writer.put(flat(seq), 90, seq) for seq in range(WINDOW, 3 * WINDOW)]
    assert is_raw(bodies[-1]), "raw again once there is room"
    assert rings(small)[0].stat().st_blocks * 512 >= 10 * 12_288, "room is taken, not promised"


def test_a_ring_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    frames = shm(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        body = frames.writer("hall", WINDOW).put(flat(1), 90, 0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not is_raw(body)
    assert rings(tmp_path) == []


def test_a_ring_that_somebody_removes_is_missed_for_a_second_only(tmp_path: Path, clock: Clock) -> None:
    frames = ShmFrames(RingFolder(tmp_path), ROOM, clock.now_s)
    writer = frames.writer("hall", WINDOW)
    writer.put(flat(1), 90, 0)
    rings(tmp_path)[0].unlink()
    clock.advance(1000)
    bodies = [writer.put(flat(seq), 90, seq) for seq in range(1, WINDOW)]
    assert [is_raw(body) for body in bodies] == [False, *[True] * (WINDOW - 2)]
    assert [level(shm(tmp_path).get(body).bgr()) for body in bodies] == list(range(1, WINDOW))


def test_a_folder_that_somebody_removes_costs_speed_and_no_picture(tmp_path: Path, clock: Clock) -> None:
    frames = ShmFrames(RingFolder(tmp_path), ROOM, clock.now_s)
    writer = frames.writer("hall", WINDOW)
    writer.put(flat(1), 90, 0)
    shutil.rmtree(tmp_path / f"kinestream-{os.getuid()}")
    clock.advance(1000)
    bodies = [writer.put(flat(seq), 90, seq) for seq in range(1, 4 * WINDOW)]
    assert not any(map(is_raw, bodies))
    assert [level(frames.get(body).bgr()) for body in bodies] == list(range(1, 4 * WINDOW))


# Memory


def test_a_reader_lets_go_of_rings_that_were_removed(tmp_path: Path, clock: Clock) -> None:
    frames = ShmFrames(RingFolder(tmp_path), ROOM, clock.now_s)
    writer = frames.writer("hall", WINDOW)
    for seq in range(200):
        frames.get(writer.put(flat(1, 48 + seq, 48 + seq), 90, seq)).bgr()
        clock.advance(1000)
    clock.advance(20_000)
    frames.get(writer.put(flat(1, 300, 300), 90, 200)).bgr()
    gc.collect()
    mapped = [line for line in Path("/proc/self/maps").read_text().splitlines() if str(tmp_path) in line]
    assert not [line for line in mapped if "(deleted)" in line]
