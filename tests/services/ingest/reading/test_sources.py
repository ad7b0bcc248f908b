"""Sources by address: scenes, films behind HTTP, cameras on the network, and what is said of bad ones."""

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest

from services.ingest.reading.decoding import Decoder
from services.ingest.reading.files import FileReader
from services.ingest.reading.network import Clocks, LiveReader
from services.ingest.reading.opening import opening_of
from services.ingest.reading.sources import SourceError, check, open_source, redacted
from tests.services.ingest.clips import KINDS, make, pictures, seen
from tests.services.ingest.readers import camera, watch
from tests.services.ingest.serving import Page, page, serving, stream


def motion_jpeg(count: int) -> Page:
    parts = []
    for image in pictures(count):
        data = cv2.imencode(".jpg", image)[1].tobytes()
        parts.append(
            b"--next\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(data), data)
        )
    return stream("multipart/x-mixed-replace;boundary=next", b"".join(parts))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("/films/a@b.mp4", "/films/a@b.mp4"),
        ("rtsp://ann:p@ss@cam:554/main", "rtsp://***@cam:554/main"),
        ("http://cam/video?user=ann&pwd=secret", "http://cam/video?***"),
        ("rtsp://ann@cam", "rtsp://***@cam"),
        ("http://cam/a@b", "http://***"),
        ("synth://walk?seed=3", "synth://walk?seed=3"),
    ],
)
def test_no_password_is_shown(source: str, shown: str) -> None:
    assert redacted(source) == shown


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_an_unreachable_camera_is_one_line_without_its_password(scheme: str) -> None:
    with pytest.raises(SourceError) as caught:
        check(camera(f"{scheme}://ann:secret@127.0.0.1:9/main?token=hidden"))
    line = str(caught.value)
    assert line.startswith(f"cannot reach {scheme}://***@127.0.0.1:9/main")
    assert "refused" in line
    assert not {"secret", "hidden", "\n"} & {word for word in ("secret", "hidden", "\n") if word in line}


def test_a_film_behind_http_is_read_like_a_file(tmp_path: Path) -> None:
    path = make(tmp_path, KINDS[0], 20)
    local = watch(camera(path))
    with serving({"/film.mp4": page("video/mp4", path.read_bytes())}) as address:
        reader = open_source(camera(f"{address}/film.mp4"), None)
        assert isinstance(reader, FileReader)
        assert [seen(captured) for captured in reader] == local
        reader.close()


def test_a_network_camera_is_live_and_its_silence_an_error() -> None:
    with serving({"/": motion_jpeg(6)}) as address:
        reader = open_source(camera(f"{address}/"), None)
        assert isinstance(reader, LiveReader)
        assert reader.live
        with pytest.raises(SourceError, match=r"^lost http://127\.0\.0\.1:\d+/: |stopped sending$"):
            list(reader)
        reader.close()


def test_a_network_camera_goes_on_by_the_wall_clock() -> None:
    with serving({"/": motion_jpeg(9)}) as address:
        source = camera(f"{address}/", max_frames=7)
        first = LiveReader(source, None, Decoder(opening_of(source)), Clocks(wall_us=lambda: 50_000_000))
        before = list(itertools.islice(first, 3))
        first.close()
        later = Clocks(wall_us=lambda: 53_000_000)
        second = LiveReader(source, before[-1].position, Decoder(opening_of(source)), later)
        after = list(second)
        second.close()
    assert before[0].pts_us == 0
    assert after[0].pts_us == before[-1].pts_us + 3_000_000
    assert len(after) == 4
    assert second.end_reason == "stopped after 7 frames"
    assert min(np.diff([captured.pts_us for captured in before + after])) > 0


SCENE = "synth://walk?size=160x120&duration=1&fps=10"


def test_a_scene_is_taken_over_at_any_picture() -> None:
    whole = [seen(captured) for captured in open_source(camera(SCENE), None)]
    assert [picture.pts_us for picture in whole] == [index * 100_000 for index in range(10)]
    for index in (0, 4, 9):
        got = [seen(captured) for captured in open_source(camera(SCENE), whole[index].position)]
        assert got == whole[index + 1 :]


def test_a_part_of_a_scene_keeps_its_media_time() -> None:
    reader = open_source(camera(SCENE, start_s=0.35, max_frames=3), None)
    assert [captured.pts_us for captured in reader] == [400_000, 500_000, 600_000]
    assert reader.end_reason == "stopped after 3 frames"


@pytest.mark.parametrize(
    ("source", "given", "said"),
    [
        ("synth://wlk", {}, "camera room: unknown scenario 'wlk': did you mean 'walk'?"),
        (SCENE, {"start_s": 5}, "no picture at or after 5 s, it lasts 1.00 s: start earlier"),
        (
            SCENE,
            {"crop": (0, 0, 500, 10)},
            "crop 0,0,500,10 does not lie inside the picture of 160x120 pixels",
        ),
    ],
)
def test_a_scene_that_cannot_be_played_is_refused(source: str, given: dict[str, object], said: str) -> None:
    with pytest.raises(SourceError) as caught:
        check(camera(source, **given))
    assert said in str(caught.value)
