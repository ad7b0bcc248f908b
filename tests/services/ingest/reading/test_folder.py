"""Folders of images: in natural order, at their times, and from any image on as if nothing had happened."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from services.ingest.reading import folder
from services.ingest.reading.capture import SourceError
from services.ingest.reading.sources import check, open_source
from shared.bus.frames import Image, encode_jpeg
from tests.services.ingest.clips import pictures
from tests.services.ingest.readers import camera, watch

NAMES = ["a1.jpg", "a2.png", "a10.JPG", "b01.bmp", "b1.webp", "c.tiff"]


def fill(path: Path, names: list[str]) -> list[Image]:
    """Write an image of each name; what they show, in that order."""
    shown = []
    for name, image in zip(names, pictures(len(names)), strict=True):
        data = cv2.imencode(Path(name).suffix.lower(), image)[1]
        (path / name).write_bytes(data.tobytes())
        shown.append(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8))
    return shown


def test_images_come_in_natural_order_one_a_second(tmp_path: Path) -> None:
    shown = fill(tmp_path, NAMES)
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / ".a3.jpg").write_bytes(b"hidden")
    (tmp_path / "d.jpg").mkdir()
    got = watch(camera(tmp_path))
    assert [picture.image for picture in got] == [image.tobytes() for image in shown]
    assert [picture.pts_us for picture in got] == [index * 1_000_000 for index in range(6)]


def test_the_cameras_rate_is_the_folders(tmp_path: Path) -> None:
    fill(tmp_path, NAMES)
    got = watch(camera(tmp_path, fps=30))
    assert [picture.pts_us for picture in got] == [0, 33333, 66667, 100000, 133333, 166667]


def test_a_list_of_times_says_when_images_were_taken(tmp_path: Path) -> None:
    shown = fill(tmp_path, ["a.png", "b.png", "c.png", "d.png"])
    (tmp_path / folder.TIMES).write_text("c.png,1700.5\na.png, 1700.54\nb.png,1701\nd.png,1701.25\n")
    got = watch(camera(tmp_path))
    assert [picture.pts_us for picture in got] == [0, 40_000, 500_000, 750_000]
    assert [picture.image for picture in got] == [shown[index].tobytes() for index in (2, 0, 1, 3)]
    assert [picture.pts_us for picture in watch(camera(tmp_path, fps=2))] == [0, 500_000]


@pytest.mark.parametrize("given", [{}, {"start_s": 1.5}, {"fps": 5}, {"max_frames": 4}])
@pytest.mark.parametrize("timed", [False, True])
def test_a_reader_that_takes_over_anywhere_goes_on_with_the_next_image(
    tmp_path: Path, given: dict[str, object], timed: bool
) -> None:
    names = [f"{index}.png" for index in range(12)]
    fill(tmp_path, names)
    if timed:
        lines = (f"{name},{index * 0.31 + (index % 3) * 0.02}" for index, name in enumerate(names))
        (tmp_path / folder.TIMES).write_text("\n".join(lines))
    whole = watch(camera(tmp_path, **given))
    assert whole
    for index, before in enumerate(whole):
        assert watch(camera(tmp_path, **given), before.position) == whole[index + 1 :]


def test_an_image_that_was_added_is_found_and_one_that_went_is_missed(tmp_path: Path) -> None:
    fill(tmp_path, ["1.png", "2.png", "3.png"])
    first = watch(camera(tmp_path), count=1)[0]
    fill(tmp_path, ["4.png"])
    assert len(watch(camera(tmp_path), first.position)) == 3
    (tmp_path / "1.png").unlink()
    with pytest.raises(SourceError, match=r"has changed: 1\.png is gone; begin a new run"):
        watch(camera(tmp_path), first.position)


def test_damaged_images_are_counted_and_left_out(tmp_path: Path) -> None:
    names = [f"{index}.jpg" for index in range(5)]
    fill(tmp_path, names)
    whole = watch(camera(tmp_path))
    (tmp_path / "1.jpg").write_bytes(b"no picture")
    data = (tmp_path / "2.jpg").read_bytes()
    (tmp_path / "2.jpg").write_bytes(data[: len(data) // 2])
    (tmp_path / "3.jpg").write_bytes(b"")
    reader = open_source(camera(tmp_path), None)
    assert [captured.pts_us for captured in reader] == [whole[0].pts_us, whole[4].pts_us]
    assert reader.corrupt == 3
    assert reader.end_reason == "end of folder"


def test_a_jpeg_is_handed_on_as_it_is_unless_the_picture_was_changed(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(data := encode_jpeg(next(pictures(1)), 90))
    everywhere = [[0, 0], [0, 1], [1, 1], [1, 0]]
    changes: list[dict[str, object]] = [
        {"masks": [everywhere]},
        {"crop": (0, 0, 50, 50)},
        {"rotate": 180},
        {"longest_side_px": 64},
    ]
    (plain,) = open_source(camera(tmp_path), None)
    assert plain.jpeg == data
    for given in changes:
        (changed,) = open_source(camera(tmp_path, **given), None)
        assert changed.jpeg is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("1.png,0", "has no line for 2.png"),
        ("1.png,0\n2.png,1\n3.png,2", "names 3.png, which is not there"),
        ("1.png,1\n2.png,1", "line 2: 2.png comes twice, or no later than the line before"),
        ("1.png,0\n1.png,1\n2.png,2", "line 2: 1.png comes twice"),
        ("name,seconds\n1.png,0", "line 1 is not NAME,SECONDS"),
        ("1.png,nan\n2.png,1", "line 1 is not NAME,SECONDS"),
        ("1.png,0,7", "line 1 is not NAME,SECONDS"),
    ],
)
def test_a_list_of_times_that_is_wrong_is_refused(tmp_path: Path, lines: str, said: str) -> None:
    fill(tmp_path, ["1.png", "2.png"])
    (tmp_path / folder.TIMES).write_text(lines)
    with pytest.raises(SourceError) as caught:
        check(camera(tmp_path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no pictures"):
        check(camera(tmp_path))
