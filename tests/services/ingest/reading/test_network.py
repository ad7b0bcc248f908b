"""Live cameras against real servers: what they send, what goes wrong on the way, and what is made of it."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from services.ingest.reading.capture import Captured, SourceError, SourceReader
from services.ingest.reading.network import LiveReader
from services.ingest.reading.sources import check, open_source
from shared.settings import Camera
from shared.settings.source import with_credentials
from tests.servers import rtsp
from tests.servers.counting import number
from tests.servers.hls import serving_hls
from tests.servers.mjpeg import MjpegServer
from tests.servers.rtsp import SECRET, RtspServer
from tests.servers.waiting import until
from tests.services.ingest.readers import camera


@pytest.fixture
def rtsp_camera() -> Iterator[RtspServer]:
    rtsp.require()
    with RtspServer(user="user", password=SECRET) as server:
        yield server


def numbered(reader: SourceReader, count: int) -> list[int]:
    """The numbers that pictures carry; media time is seen to grow."""
    got = list(itertools.islice(reader, count))
    assert min(np.diff([captured.pts_us for captured in got])) > 0
    return [found for captured in got if (found := number(captured.image)) is not None]


def read_until(reader: SourceReader, words: str, most: int = 400) -> Captured:
    """The first picture after which the reader says so of its stream."""
    for captured in itertools.islice(reader, most):
        if words in reader.stream:
            return captured
    raise AssertionError(f"{words!r} is not in {reader.stream!r}")


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_an_rtsp_camera_is_read_picture_by_picture(rtsp_camera: RtspServer, transport: str) -> None:
    with closing(open_source(camera(rtsp_camera.url(), transport=transport), None)) as reader:
        got = numbered(reader, 20)
        assert np.diff(got).tolist() == [1] * 19
        assert reader.stream.startswith("h264, 320x240, 1")
        assert reader.corrupt == 0
        assert reader.live


def numbered_at_last(source: Camera, count: int) -> list[int]:
    """As ingest does it: a connection that breaks, as TLS may on a busy machine, is made again."""
    for _ in range(2):
        with suppress(SourceError), closing(open_source(source, None)) as reader:
            return numbered(reader, count)
    with closing(open_source(source, None)) as reader:
        return numbered(reader, count)


def test_an_encrypted_rtsp_camera_is_read(tmp_path: Path) -> None:
    rtsp.require()
    with RtspServer(tls=tmp_path) as server:
        assert server.url().startswith("rtsps://")
        assert np.diff(numbered_at_last(camera(server.url()), 10)).tolist() == [1] * 9
        known = {"tls_verify": "1", "ca_file": str(tmp_path / "certificate.pem")}
        check(camera(server.url(), ffmpeg=known))
        with pytest.raises(SourceError, match="cannot reach rtsps://"):
            check(camera(server.url(), ffmpeg={"tls_verify": "1"}))


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_a_password_may_hold_whatever_is_special_in_an_address(auth: Literal["basic", "digest"]) -> None:
    rtsp.require()
    secret = "p@ss:w/rd?#%41&"
    with RtspServer(user="user", password=secret, auth=auth) as server:
        address = f"rtsp://127.0.0.1:{server.port}/camera"
        check(camera(with_credentials(address, "user", secret)))
        with pytest.raises(SourceError, match="401 Unauthorized") as caught:
            check(camera(with_credentials(address, "user", "another")))
        assert "another" not in str(caught.value)


def test_the_cameras_clock_says_when_a_picture_was_taken(rtsp_camera: RtspServer) -> None:
    with closing(open_source(camera(rtsp_camera.url()), None)) as reader:
        captured = read_until(reader, "capture time by camera")
    assert captured.captured_us is not None
    assert 0 <= time.time_ns() // 1000 - captured.captured_us < 5_000_000


def test_a_rate_is_kept_to(rtsp_camera: RtspServer) -> None:
    with closing(open_source(camera(rtsp_camera.url(), fps=5), None)) as reader:
        assert set(np.diff(numbered(reader, 8)[1:])) <= {2, 3, 4}


def test_another_size_goes_on_and_a_crop_that_fits_no_more_does_not(rtsp_camera: RtspServer) -> None:
    with closing(open_source(camera(rtsp_camera.url()), None)) as reader:
        numbered(reader, 3)
        rtsp_camera.change(width=640, height=480)
        captured = read_until(reader, "640x480")
        assert captured.image.shape == (480, 640, 3)
    cut = camera(rtsp_camera.url(), crop=(300, 200, 640, 480))
    with closing(open_source(cut, None)) as reader:
        pictures = iter(reader)
        next(pictures)
        rtsp_camera.change(width=320, height=240)
        with pytest.raises(SourceError, match="does not lie inside the picture of 320x240 pixels"):
            exhaust(pictures)


def exhaust(pictures: Iterator[Captured]) -> None:
    for _ in itertools.islice(pictures, 400):
        pass


def test_damaged_pictures_are_counted_and_left_out(rtsp_camera: RtspServer) -> None:
    with closing(open_source(camera(rtsp_camera.url()), None)) as reader:
        pictures = iter(reader)
        next(pictures)
        rtsp_camera.corrupt(4)
        until(lambda: next(pictures) and reader.corrupt, "a picture that is damaged")
        next(pictures)


def test_a_camera_that_hangs_up_or_falls_silent_is_lost(rtsp_camera: RtspServer) -> None:
    source = camera(rtsp_camera.url(), read_timeout_s=3)
    for harm, said in (
        (rtsp_camera.disconnect, r"^rtsp://\*\*\*@127.* stopped sending$"),
        (lambda: rtsp_camera.send(False), r"^lost rtsp://\*\*\*@127.*: nothing came for 3 s$"),
    ):
        with closing(open_source(source, None)) as reader:
            pictures = iter(reader)
            next(pictures)
            harm()
            with pytest.raises(SourceError, match=said):
                exhaust(pictures)


def test_media_time_goes_on_by_the_wall_over_a_restart(rtsp_camera: RtspServer) -> None:
    with closing(open_source(camera(rtsp_camera.url(), read_timeout_s=5), None)) as reader:
        before = list(itertools.islice(reader, 3))[-1]
        rtsp_camera.kill()
        with pytest.raises(SourceError):
            exhaust(iter(reader))
    lost_s = time.monotonic()
    rtsp_camera.start()
    with closing(open_source(camera(rtsp_camera.url()), before.position)) as reader:
        after = next(iter(reader))
        away_us = (time.monotonic() - lost_s) * 1e6
        assert reader.pts_us == after.pts_us
    assert after.pts_us - before.pts_us >= 0.9 * away_us


def test_closing_from_another_thread_ends_a_wait(rtsp_camera: RtspServer) -> None:
    reader = open_source(camera(rtsp_camera.url(), read_timeout_s=5), None)
    pictures = iter(reader)
    next(pictures)
    rtsp_camera.send(False)
    failures: list[str] = []

    def read() -> None:
        try:
            exhaust(pictures)
        except SourceError as error:
            failures.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    reader.close()
    thread.join(30.0)  # the read time-out, if it waits already
    assert not thread.is_alive()
    assert failures == [f"rtsp://***@127.0.0.1:{rtsp_camera.port}/camera was closed"]
    with pytest.raises(SourceError, match="was closed"):
        next(iter(reader))


def test_pictures_over_http_are_timed_by_their_arrival() -> None:
    with MjpegServer(lengths=False) as server, closing(open_source(camera(server.url), None)) as reader:
        assert np.diff(numbered(reader, 12)).tolist() == [1] * 11
        assert reader.stream.startswith("mjpeg, 320x240, ")
        assert reader.stream.endswith("media time by arrival, capture time by arrival")
        server.change((640, 480))
        assert read_until(reader, "640x480").image.shape == (480, 640, 3)


def test_segments_that_grow_are_read_as_they_come(tmp_path: Path) -> None:
    with serving_hls(tmp_path) as server, closing(open_source(camera(server.url), None)) as reader:
        assert isinstance(reader, LiveReader)
        got = numbered(reader, 40)  # more than two segments
        assert np.diff(got).tolist() == [1] * 39
        assert server.publisher.number - got[-1] < 60
