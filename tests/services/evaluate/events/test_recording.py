import os
from pathlib import Path

import msgpack
import msgspec
import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.events.recording import (
    Header,
    path_of,
    read_header,
    read_recording,
    record_of,
    stripped,
    write_recording,
)
from services.evaluate.events.spool import Spool, collected
from shared.messages import Frame, Trace, encode
from tests.services.evaluate.events.made import FALLS, film_of
from tests.services.figures import PRONE, falling

ORIGIN = Header(
    clip=FALLS, sha256="0" * 64, chain={"pose.model": '"x"'}, code="c", software="s", frames=0, crc32=0
)


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return film_of(FALLS, falling(PRONE), duration_s=2.0)


def test_a_recording_gives_back_every_frame_to_the_bit(tmp_path: Path, frames: list[Frame]) -> None:
    path = path_of(tmp_path, FALLS)
    write_recording(path, ORIGIN, frames[::-1])
    header, read = read_recording(path)
    assert read == tuple(frames)
    assert header == read_header(path) == msgspec.structs.replace(ORIGIN, frames=20, crc32=header.crc32)
    assert [each.name for each in path.parent.iterdir()] == ["fall.mp4.ktr"]


def test_what_differs_from_run_to_run_is_not_recorded(frames: list[Frame]) -> None:
    traced = msgspec.structs.replace(frames[0], trace=(Trace("pose", 1, 2),), frame_id="17-0")
    assert stripped(traced) == frames[0]


def test_any_messagepack_library_reads_it(tmp_path: Path, frames: list[Frame]) -> None:
    path = path_of(tmp_path, FALLS)
    write_recording(path, ORIGIN, frames)
    with path.open("rb") as file:
        header, *rest = (msgpack.unpackb(content) for content in msgpack.Unpacker(file))
    assert (header["format"], header["version"], header["clip"]) == ("kinestream tracks", 1, FALLS)
    assert [each["seq"] for each in rest] == list(range(20))


@pytest.mark.parametrize("damage", ["cut", "flipped", "more", "end cut"])
def test_a_damaged_recording_is_refused(tmp_path: Path, frames: list[Frame], damage: str) -> None:
    path = path_of(tmp_path, FALLS)
    write_recording(path, ORIGIN, frames)
    whole = path.read_bytes()
    place = len(whole) // 2
    path.write_bytes(
        {
            "cut": whole[:place],
            "flipped": whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
            "more": whole + record_of(encode(frames[0])),
            "end cut": whole[: -len(record_of(encode(frames[-1])))],
        }[damage]
    )
    with pytest.raises(EvaluationError, match="is damaged: remove it and record the clip again"):
        read_recording(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no recorded tracks"),
        (b"what is this", "holds no recorded tracks"),
        (record_of(msgspec.msgpack.encode(["kinestream recording", 1])), "holds no recorded tracks"),
        (
            record_of(msgspec.msgpack.encode(msgspec.structs.replace(ORIGIN, version=9))),
            "has version 9, this program reads 1",
        ),
        (
            record_of(msgspec.msgpack.encode(msgspec.structs.replace(ORIGIN, format="other"))),
            "holds no recorded tracks",
        ),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.ktr"
    path.write_bytes(content)
    with pytest.raises(EvaluationError, match=says):
        read_recording(path)
    with pytest.raises(EvaluationError, match="record it with --record"):
        read_recording(tmp_path / "absent.ktr")


def test_a_recording_that_cannot_be_written_leaves_nothing(tmp_path: Path, frames: list[Frame]) -> None:
    (tmp_path / "first").write_bytes(b"a file where a folder should be")
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_recording(path_of(tmp_path, FALLS), ORIGIN, frames)
    assert [each.name for each in tmp_path.iterdir()] == ["first"]


def test_frames_that_several_workers_kept_come_together_once_each(
    tmp_path: Path, frames: list[Frame]
) -> None:
    spool = Spool(tmp_path)
    for frame in frames[:12]:
        spool.keep(frame)
    kept = next(iter(tmp_path.iterdir()))
    camera = frames[0].camera
    # another process took over three frames before the first one's last, and died within a record
    records = b"".join(record_of(encode(frame)) for frame in frames[9:])
    kept.with_name(f"{camera}.{os.getpid() + 1}.frames").write_bytes(records + record_of(b"x" * 50)[:20])
    other = msgspec.structs.replace(frames[3], camera=f"{camera}.b")
    spool.keep(other)
    assert collected(tmp_path, camera) == tuple(frames)
    assert collected(tmp_path, f"{camera}.b") == (other,)
    assert collected(tmp_path, "nobody") == ()


def test_frames_of_an_older_run_do_not_count(tmp_path: Path, frames: list[Frame]) -> None:
    spool = Spool(tmp_path)
    for frame in (*frames[:3], *(msgspec.structs.replace(each, run=9) for each in frames[3:6])):
        spool.keep(frame)
    assert [frame.seq for frame in collected(tmp_path, frames[0].camera)] == [3, 4, 5]
