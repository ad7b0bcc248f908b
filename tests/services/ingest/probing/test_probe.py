"""What a look at a source tells, against real files and servers."""

import socket
from pathlib import Path

import numpy as np
import pytest

from services.ingest.probing.probe import Probe, probe
from services.ingest.probing.reach import reach
from shared.bus.frames import encode_jpeg
from shared.settings import Camera
from tests.servers.rtsp import SECRET, RtspServer, require
from tests.services.ingest.clips import FPS, HEIGHT_PX, KINDS, WIDTH_PX, make
from tests.services.ingest.mjpeg import MjpegCamera

LOOK_S = 1.2


def looked(source: str, seconds: float = LOOK_S, **given: object) -> Probe:
    camera = Camera.model_validate({"name": "hall", "source": source, "open_timeout_s": 3, **given})
    return probe(camera, seconds, lambda *_: None)


def trouble(found: Probe) -> str:
    assert found.trouble is not None
    assert found.stream is None
    return found.trouble.kind


def test_a_film_is_measured_by_its_own_time(tmp_path: Path) -> None:
    found = looked(str(make(tmp_path, KINDS[0])))
    assert found.works
    stream = found.stream
    assert stream is not None
    assert (stream.codec, stream.width_px, stream.height_px) == ("mpeg4", WIDTH_PX, HEIGHT_PX)
    assert stream.measured_fps == pytest.approx(FPS)
    assert stream.nominal_fps == pytest.approx(FPS)
    assert stream.key_interval_s == pytest.approx(10 / FPS, abs=2 / FPS)
    assert stream.b_frames
    assert stream.bit_rate_kbps
    assert not stream.live
    assert found.picture is not None


@pytest.mark.parametrize("kind", ["folder", "scene"])
def test_what_is_not_decoded_is_looked_at_as_well(kind: str, tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.jpg").write_bytes(encode_jpeg(np.full((48, 64, 3), 90, np.uint8), 90))
    found = looked(str(tmp_path) if kind == "folder" else "synth://walk")
    assert found.stream is not None
    assert found.stream.pictures > 1
    assert found.stream.codec is None
    assert found.stream.height_px == (48 if kind == "folder" else 480)


def test_a_camera_that_sends_jpegs_is_measured_by_arrival() -> None:
    with MjpegCamera(fps=20.0) as camera:
        found = looked(camera.url, 2.5)
    assert found.stream is not None
    assert (found.stream.codec, found.stream.live, found.transport) == ("mjpeg", True, None)
    assert found.stream.measured_fps is not None
    assert found.stream.measured_fps < 25  # a busy machine may send fewer, never more


def test_a_camera_is_told_with_its_clock_and_its_key_pictures() -> None:
    require()
    with RtspServer(user="user", password=SECRET, key_every=5) as camera:
        found = looked(camera.url(), 8.0)  # the server first tells its clock after up to 5 s
    assert (found.source, found.transport) == (f"rtsp://***@127.0.0.1:{camera.port}/camera", "tcp")
    stream = found.stream
    assert stream is not None
    assert (stream.codec, stream.profile, stream.width_px) == ("h264", "Constrained Baseline", 320)
    assert stream.key_interval_s is not None
    assert stream.key_interval_s < 1.0
    assert stream.clock_offset_s is not None
    assert abs(stream.clock_offset_s) < 2.0
    assert not stream.b_frames
    assert SECRET not in repr(found)


def test_what_is_wrong_with_a_camera_is_told_apart() -> None:
    require()
    with RtspServer(user="user", password=SECRET) as camera:
        right = camera.url()
        cases = {
            right.replace(f"user:{SECRET}@", ""): "needs_password",
            camera.url(password="other"): "wrong_password",
            right + "/nowhere": "no_such_path",
        }
        assert {url: trouble(looked(url)) for url in cases} == cases
    assert trouble(looked(right)) == "refused"


def test_a_host_that_nobody_knows_is_told() -> None:
    found = reach("rtsp://nowhere.invalid/1", 1.0)
    assert found is not None
    assert found.kind == "no_such_host"


def test_a_port_where_nobody_answers_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = looked(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/1", open_timeout_s=0.5)
    assert trouble(found) == "timeout"


def test_a_port_that_speaks_something_else_is_told() -> None:
    with MjpegCamera() as camera:
        found = looked(camera.url.replace("http://", "rtsp://"))
    assert trouble(found) == "not_rtsp"


def test_what_is_no_video_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video " * 100)
    assert trouble(looked(str(tmp_path / "text.mp4"))) == "not_video"
    assert trouble(looked(str(tmp_path / "absent.mp4"))) == "failed"
