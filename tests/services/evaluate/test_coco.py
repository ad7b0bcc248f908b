"""Files of COCO's formats: what is read, and what is refused with a line that helps."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.evaluate.coco import read_results, read_truth
from services.evaluate.errors import EvaluationError
from tests.services.evaluate.toys import people

IMAGES = [{"id": 7, "file_name": "a.jpg", "width": 8, "height": 6}]
CATEGORIES = [{"id": 1, "name": "person"}]
BOX = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 2, 2]}


def written(folder: Path, content: object) -> Path:
    path = folder / "file.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_file_with_more_than_is_needed_is_read(tmp_path: Path) -> None:
    whole = {"info": {}, "licenses": [], "images": IMAGES, "annotations": [BOX], "categories": CATEGORIES}
    truth = read_truth(written(tmp_path, whole))
    assert sum(truth.annotations[0].bbox) == 4
    assert list(truth.of_pictures()) == [7]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[]", "is not an annotations file of COCO"),
        ("{", "is not an annotations file of COCO"),
        ({"images": IMAGES, "annotations": [], "categories": [{"id": 1}]}, "name"),
        (
            {"images": IMAGES, "annotations": [BOX | {"image_id": 8}], "categories": CATEGORIES},
            "annotation 1 is of picture 8, which `images` does not list",
        ),
        (
            {"images": IMAGES, "annotations": [BOX | {"category_id": 2}], "categories": CATEGORIES},
            "annotation 1 is of category 2, which `categories` does not list",
        ),
        (
            {"images": IMAGES, "annotations": [BOX, BOX], "categories": CATEGORIES},
            "ids in `annotations` are given twice: 1",
        ),
        ({"images": IMAGES * 2, "annotations": [], "categories": CATEGORIES}, "given twice: 7"),
    ],
)
def test_annotations_that_do_not_fit_together_are_refused(tmp_path: Path, content: Any, words: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(EvaluationError, match=words) as refused:
        read_truth(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"none\.json cannot be read: No such file"):
        read_truth(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"image_id": 99, "category_id": 1, "score": 1}, "result 0 is of picture 99"),
        ({"image_id": 1, "category_id": 3, "score": 1}, r"category 3; the annotations know 1 \(person\)"),
        ({"image_id": 1, "category_id": 1}, "is not a results file of COCO"),
    ],
)
def test_results_about_something_else_are_refused(tmp_path: Path, result: dict[str, Any], words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        read_results(written(tmp_path, [result]), people(1))


def test_categories_are_chosen_by_name() -> None:
    truth = people(2)
    assert truth.only(["person"]).annotations == truth.annotations
    with pytest.raises(EvaluationError, match="no category is called 'dog'; the annotations know person"):
        truth.only(["dog"])
