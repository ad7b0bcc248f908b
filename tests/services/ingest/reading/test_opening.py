"""How sources are opened: their kind, their whole address, what FFmpeg may do, and what decodes."""

import itertools
import logging
import tempfile
import time
from contextlib import closing
from pathlib import Path

import av
import pytest

from services.ingest.reading.address import Kind, is_live, is_network, kind_of
from services.ingest.reading.capture import Captured, SourceError
from services.ingest.reading.decoding import Decoder
from services.ingest.reading.hardware import hardware
from services.ingest.reading.network import LiveReader
from services.ingest.reading.opening import Opening, longest_silence_s, opening_of
from services.ingest.reading.sources import check, open_source
from tests.services.ingest.clips import KINDS, make
from tests.services.ingest.readers import camera


@pytest.mark.parametrize(
    ("source", "kind", "live"),
    [
        ("a.mp4", Kind.FILE, False),
        ("file:///a.mp4", Kind.FILE, False),
        ("/", Kind.FOLDER, False),
        ("synth://walk", Kind.SCENE, False),
        ("replay://r", Kind.REPLAY, False),
        ("/dev/video0", Kind.DEVICE, True),
        ("/dev/v4l/by-id/usb-cam", Kind.DEVICE, True),
        ("rtsp://cam", Kind.NETWORK, True),
        ("HTTP://cam/a.mp4", Kind.NETWORK, True),
    ],
)
def test_a_source_says_what_it_is(source: str, kind: Kind, live: bool) -> None:
    assert kind_of(source) is kind
    assert is_live(source) is live
    assert is_network(source) is (kind is Kind.NETWORK)


def test_what_is_given_comes_last_but_never_opens_the_disk_to_the_network() -> None:
    given = {"rtsp_transport": "http", "protocol_whitelist": "file,tcp"}
    opening = opening_of(camera("rtsp://u:secret@cam/1", ffmpeg=given, transport="udp", read_timeout_s=2))
    assert opening.options["rtsp_transport"] == "http"
    assert opening.options["max_delay"]
    assert "file" not in opening.options["protocol_whitelist"]
    assert (opening.open_timeout_s, opening.read_timeout_s) == (10, 2)
    assert "secret" not in repr(opening)
    assert "file" not in opening_of(camera("http://cam/list.m3u8")).options["protocol_whitelist"]


def test_a_segment_may_take_its_time() -> None:
    segments = camera("http://cam/list.m3u8?token=1", read_timeout_s=2)
    assert opening_of(segments).read_timeout_s == 12
    assert longest_silence_s(segments) >= 12 + 10


def test_a_device_is_read_as_it_is_plugged_in() -> None:
    """FFmpeg's own test pictures stand for a device: they come through the same library."""
    source = camera("/dev/video0", fps=5)
    with pytest.raises(
        SourceError, match=r"cannot open /dev/video0: .*; plug the camera in, or name another"
    ):
        check(source)
    pictures = Opening("testsrc=size=320x240:rate=10:duration=2", source.source, "lavfi", {}, 5.0, 5.0)
    reader = LiveReader(source, None, Decoder(pictures))
    got: list[Captured] = []
    with pytest.raises(SourceError, match="/dev/video0 stopped sending"):
        got.extend(captured for captured in reader)
    assert [captured.pts_us for captured in got] == [index * 200_000 for index in range(10)]
    assert got[0].image.shape == (240, 320, 3)
    assert reader.stream.startswith(
        "wrapped_avframe, 320x240, 10.0 pictures/s, software, media time by stamps"
    )
    reader.close()


def test_a_device_says_when_a_picture_was_taken() -> None:
    stamped = "testsrc=size=320x240:rate=10,settb=AVTB,setpts=RTCTIME"
    opening = Opening(stamped, "/dev/video0", "lavfi", {}, 5.0, 5.0, wall_stamped=True)
    with closing(LiveReader(camera("/dev/video0"), None, Decoder(opening))) as reader:
        began_us = time.time_ns() // 1000 - 1_000_000
        taken = [captured.captured_us or 0 for captured in itertools.islice(reader, 5)]
        assert reader.stream.endswith("capture time by camera")
    assert all(began_us < at_us <= time.time_ns() // 1000 for at_us in taken)
    assert taken == sorted(taken)


def test_pictures_beyond_measure_are_refused() -> None:
    with pytest.raises(SourceError, match="has pictures of 9000x8000 pixels: at most 67108864 are taken"):
        Decoder(Opening("nullsrc=size=9000x8000", "/dev/video0", "lavfi", {}, 5.0, 5.0))


def test_a_film_in_shared_memory_is_no_device() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        check(camera(make(Path(folder), KINDS[0], 2)))


def test_what_is_no_camera_is_said_to_be_none() -> None:
    with pytest.raises(SourceError, match=r"cannot open /dev/null: .*; is it a camera"):
        check(camera("/dev/null"))


@pytest.mark.parametrize("kind", ["auto", "cuda", "vaapi", "qsv", "videotoolbox"])
def test_hardware_that_is_not_there_is_said_once_and_software_decodes(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    if hardware(kind).accelerator is not None:
        pytest.skip(f"this machine decodes by {kind}")
    film = make(tmp_path, KINDS[0], 5)
    with caplog.at_level(logging.WARNING):
        reader = open_source(camera(film, hwaccel=kind), None)
        assert len(list(reader)) == 5
    reader.close()
    (line,) = [record.getMessage() for record in caplog.records]
    said = f"software, for {'decoding hardware' if kind == 'auto' else kind} is not there ("
    assert line.startswith(f"{film}: decoded in {said}")
    assert said in reader.stream


def test_software_that_was_asked_for_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    reader = open_source(camera(make(tmp_path, KINDS[0], 3)), None)
    assert len(list(reader)) == 3
    assert reader.stream == "mpeg4, 96x64, 25 pictures/s, software, media time by stamps"
    assert not caplog.records
    reader.close()


def test_a_place_of_another_kind_of_source_is_refused(tmp_path: Path) -> None:
    film = camera(make(tmp_path, KINDS[0], 3))
    position = next(iter(open_source(camera("synth://walk?size=160x120"), None))).position
    with pytest.raises(SourceError, match="place is one of another source: begin a new run"):
        open_source(film, position)


def test_ffmpeg_says_nothing_itself() -> None:
    assert av.logging.get_level() is None
