"""Names, crops and playback of cameras."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.cameras import Playback, make_cameras, name_of, parse_crop
from services.console.errors import BadInputError
from shared.settings import Camera


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("clips/fall 15.mp4", "fall-15"),
        ("/a/b/s3_fall_15.mp4", "s3_fall_15"),
        ("synth://demo?seed=3", "demo"),
        ("rtsp://user:secret@cam.local:554/stream/1", "1"),
        ("rtsp://user:secret@cam.local:554", "cam.local"),
        ("https://host/videos/night.mkv?token=secret", "night"),
        ("\u00fc\u00fc\u00fc.mp4", "camera"),
        ("x" * 80 + ".mp4", "x" * 64),
    ],
)
def test_a_camera_is_named_after_its_source(source: str, name: str) -> None:
    assert name_of(source, ()) == name


def test_sources_of_one_name_are_numbered() -> None:
    sources = ["a/fall.mp4", "b/fall.mp4", "c/fall.mp4"]
    assert [camera.name for camera in make_cameras(sources, [])] == ["fall", "fall-2", "fall-3"]


def test_given_names_come_first_and_are_not_taken_twice() -> None:
    cameras = make_cameras(["a.mp4", "hall.mp4"], ["hall"])
    assert [camera.name for camera in cameras] == ["hall", "hall-2"]


@given(st.lists(st.text(min_size=1, max_size=90), min_size=1, max_size=6))
def test_every_name_is_valid_and_unique(sources: list[str]) -> None:
    taken: list[str] = []
    for source in sources:
        name = name_of(source, taken)
        assert re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name)
        assert name not in taken
        taken.append(name)


@pytest.mark.parametrize("names", [["a", "b"], ["not valid"], ["x" * 65], [""]])
def test_wrong_names_are_refused(names: list[str]) -> None:
    with pytest.raises(BadInputError, match="--name"):
        make_cameras(["v.mp4"], names)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,x", "1,2,3,4,5", "5,0,5,9", "0,9,9,3", "-1,0,5,5"])
def test_a_crop_that_spans_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="--crop"):
        parse_crop(text)


def test_playback_changes_only_what_was_given() -> None:
    camera = Camera(name="a", source="b", start_s=3.0, real_time=True)
    played = Playback(max_frames=7, crop=(0, 0, 5, 5)).apply(camera)
    assert played == Camera(
        name="a", source="b", start_s=3.0, real_time=True, max_frames=7, crop=(0, 0, 5, 5)
    )
