"""Recordings: what was written is read, whatever became of the writer and the file."""

import io
import time
from pathlib import Path

import msgpack
import numpy as np
import pytest

from services.ingest.reading.capture import SourceError
from services.ingest.reading.recording import MOST_JPEG_BYTES, Recorder, Recording
from services.ingest.reading.sources import check, open_source
from shared.bus.frames import Jpeg, encode_jpeg
from tests.services.ingest.clips import pictures
from tests.services.ingest.readers import camera, watch

COUNT = 12
JPEGS = [encode_jpeg(image, 90) for image in pictures(COUNT)]
START_US = 7_000_000


def record(path: Path, count: int = COUNT) -> list[int]:
    """Write a recording; the size of the file after the header, and after each picture."""
    sizes = []
    with Recorder(path, "room", 1, 10**9) as recorder:
        sizes.append(recorder.size_bytes)
        for index in range(count):
            assert recorder.write(START_US + index * 66_667, index or None, JPEGS[index])
            sizes.append(recorder.size_bytes)
    assert path.stat().st_size == sizes[-1]
    return sizes


def replayed(path: Path, **given: object) -> list[tuple[int, bytes | None]]:
    reader = open_source(camera(f"replay://{path}", **given), None)
    try:
        return [(captured.pts_us, captured.jpeg) for captured in reader]
    finally:
        reader.close()


def test_a_replay_hands_out_the_very_bytes_and_the_picture_that_they_are(tmp_path: Path) -> None:
    record(tmp_path / "r")
    assert replayed(tmp_path / "r") == [(index * 66_667, JPEGS[index]) for index in range(COUNT)]
    reader = open_source(camera(f"replay://{tmp_path / 'r'}"), None)
    for captured in reader:
        assert captured.jpeg is not None
        np.testing.assert_array_equal(captured.image, Jpeg(captured.jpeg).bgr())
    reader.close()


@pytest.mark.parametrize("given", [{}, {"fps": 6}, {"start_s": 0.3}, {"max_frames": 5}])
def test_a_reader_that_takes_over_anywhere_goes_on_with_the_next_picture(
    tmp_path: Path, given: dict[str, object]
) -> None:
    record(tmp_path / "r")
    replay = camera(f"replay://{tmp_path / 'r'}", **given)
    whole = watch(replay)
    assert whole
    for index, before in enumerate(whole):
        assert watch(replay, before.position) == whole[index + 1 :]


def test_a_file_that_was_cut_anywhere_is_read_up_to_its_last_whole_picture(tmp_path: Path) -> None:
    sizes = record(tmp_path / "r", 3)
    data = (tmp_path / "r").read_bytes()
    near = {end + offset for end in sizes[1:] for offset in range(-9, 10)}
    for size in sorted({size for size in near if size <= sizes[3]} | set(range(sizes[1], sizes[3], 371))):
        (tmp_path / "r").write_bytes(data[:size])
        recording = Recording(tmp_path / "r")
        whole = sum(end <= size for end in sizes[1:])
        assert len(list(recording.frames(recording.start))) == whole
        assert recording.cut is (size not in sizes)
        recording.close()


def test_zeros_behind_the_last_picture_are_a_cut_too(tmp_path: Path) -> None:
    record(tmp_path / "r")
    with (tmp_path / "r").open("ab") as file:
        file.write(bytes(1000))
    reader = open_source(camera(f"replay://{tmp_path / 'r'}"), None)
    assert len(list(reader)) == COUNT
    assert reader.end_reason == "the recording breaks off: read up to its last whole picture"
    assert reader.corrupt == 0
    reader.close()


def test_a_picture_that_is_not_what_was_written_is_counted_and_left_out(tmp_path: Path) -> None:
    sizes = record(tmp_path / "r")
    data = bytearray((tmp_path / "r").read_bytes())
    data[sizes[5] - 100] ^= 1
    (tmp_path / "r").write_bytes(data)
    reader = open_source(camera(f"replay://{tmp_path / 'r'}"), None)
    assert [captured.jpeg for captured in reader] == JPEGS[:4] + JPEGS[5:]
    assert reader.corrupt == 1
    assert reader.end_reason == "end of recording"
    reader.close()


def test_any_messagepack_library_reads_it(tmp_path: Path) -> None:
    record(tmp_path / "r", 2)
    header, *frames = [
        msgpack.unpackb(content)
        for content in msgpack.Unpacker(io.BytesIO((tmp_path / "r").read_bytes()), max_bin_len=10**6)
    ]
    assert header == ["kinestream recording", 1, "room", 1]
    assert [(frame[0], frame[1], frame[3]) for frame in frames] == [
        (START_US, None, JPEGS[0]),
        (START_US + 66_667, 1, JPEGS[1]),
    ]


def test_a_recording_never_grows_beyond_its_limit(tmp_path: Path) -> None:
    limit = 5 * len(JPEGS[0])
    with Recorder(tmp_path / "r", "room", 1, limit) as recorder:
        written = [recorder.write(index, None, jpeg) for index, jpeg in enumerate(JPEGS)]
    assert not all(written)
    assert (tmp_path / "r").stat().st_size <= limit
    assert len(replayed(tmp_path / "r")) == sum(written)


def test_what_is_recorded_must_go_on_in_time_and_have_a_size(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r", "room", 1, 10**9) as recorder:
        recorder.write(5, None, JPEGS[0])
        for pts_us, jpeg in ((5, JPEGS[1]), (4, JPEGS[1]), (6, b""), (6, bytes(MOST_JPEG_BYTES + 1))):
            with pytest.raises(ValueError, match=r"media time|bytes"):
                recorder.write(pts_us, None, jpeg)
    assert len(replayed(tmp_path / "r")) == 1


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(b"mine")
    with pytest.raises(SourceError, match="exists already: name another file"):
        Recorder(tmp_path / "r", "room", 1, 10**9)
    assert (tmp_path / "r").read_bytes() == b"mine"


def test_a_recording_is_for_its_owner_alone(tmp_path: Path) -> None:
    record(tmp_path / "r", 1)
    assert (tmp_path / "r").stat().st_mode & 0o077 == 0


HUGE = b"\xc6\xff\xff\xff\xff" + bytes(100)


@pytest.mark.parametrize("content", [b"", b"no recording", HUGE, msgpack.packb(msgpack.packb(["other", 1]))])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(SourceError, match="is not a recording of Kinestream"):
        check(camera(f"replay://{tmp_path / 'r'}"))


def test_a_recording_of_another_version_or_without_pictures_is_refused(tmp_path: Path) -> None:
    newer = msgpack.packb(["kinestream recording", 2, "room", 1])
    (tmp_path / "r").write_bytes(b"\xc6" + len(newer).to_bytes(4, "big") + newer)
    with pytest.raises(SourceError, match="that this version reads"):
        check(camera(f"replay://{tmp_path / 'r'}"))
    record(tmp_path / "empty", 0)
    with pytest.raises(SourceError, match="holds no pictures"):
        check(camera(f"replay://{tmp_path / 'empty'}"))
    with pytest.raises(SourceError, match="No such file"):
        check(camera(f"replay://{tmp_path / 'none'}"))


def test_what_is_still_written_can_be_read(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r", "room", time.time_ns() // 1000, 10**9) as recorder:
        recorder.write(1, None, JPEGS[0])
        assert replayed(tmp_path / "r") == [(0, JPEGS[0])]
