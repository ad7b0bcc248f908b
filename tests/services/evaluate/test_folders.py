"""Which files of a folder are annotations and pictures."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from services.evaluate.coco import Picture, write
from services.evaluate.errors import EvaluationError
from services.evaluate.folders import find_pictures, find_places, list_pictures, read_picture
from tests.services.evaluate.toys import people, saved


def test_the_usual_names_are_found(tmp_path: Path) -> None:
    places = find_places(saved(tmp_path / "set", people(1)), None, None)
    assert places.annotations.name == "annotations.json"
    assert places.pictures.name == "pictures"


def test_the_only_annotations_among_results_are_found(tmp_path: Path) -> None:
    folder = saved(tmp_path / "set", people(1))
    (folder / "annotations.json").rename(folder / "person_keypoints_val2017.json")
    write(folder / "results.json", [])
    assert find_places(folder, None, None).annotations.name == "person_keypoints_val2017.json"


def test_one_of_several_annotations_must_be_named(tmp_path: Path) -> None:
    folder = saved(tmp_path / "set", people(1))
    (folder / "annotations.json").rename(folder / "a.json")
    write(folder / "b.json", people(1))
    with pytest.raises(
        EvaluationError, match=r"2 of .* \(a.json, b.json\): say which file with --annotations"
    ):
        find_places(folder, None, None)


@pytest.mark.parametrize(
    ("folder", "words"), [(None, "nothing to score"), (Path("/nowhere"), "/nowhere is not a folder")]
)
def test_no_folder_is_told(folder: Path | None, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        find_places(folder, None, None)


def test_annotations_are_enough_until_a_picture_is_wanted(tmp_path: Path) -> None:
    write(tmp_path / "annotations.json", people(1))
    places = find_places(tmp_path, None, None)
    with pytest.raises(EvaluationError, match=r"1\.png is absent.* give another folder as --pictures"):
        read_picture(places.pictures, people(1).images[0])
    with pytest.raises(EvaluationError, match=r"holds no pictures.*give --pictures FOLDER"):
        find_pictures(tmp_path)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (Picture(1, "2.png", 8, 6), "2.png is absent"),
        (Picture(1, "1.png", 9, 6), "has 8 x 6 pixels, its annotations say 9 x 6"),
        (Picture(1, "bad.png", 8, 6), "cannot be decoded"),
        (Picture(1, "../1.png", 8, 6), "is outside of"),
    ],
)
def test_a_picture_that_does_not_fit_is_told(tmp_path: Path, picture: Picture, words: str) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((6, 8, 3), np.uint8))
    (tmp_path / "bad.png").write_bytes(b"nothing")
    with pytest.raises(EvaluationError, match=words):
        read_picture(tmp_path, picture)


def test_pictures_without_annotations_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.png", "a.jpg"):
        cv2.imwrite(str(tmp_path / name), np.zeros((6, 8, 3), np.uint8))
    assert list_pictures(tmp_path) == (Picture(0, "a.jpg", 8, 6), Picture(1, "b.png", 8, 6))
