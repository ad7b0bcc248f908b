"""People of any skeleton as COCO's keypoints, and labels that are refused."""

import msgspec
import numpy as np
import pytest

from services.evaluate.coco import Result
from services.evaluate.errors import EvaluationError
from services.evaluate.pose.keypoints import PERSON, check_results, coco_rows, person_category, results_of
from shared.messages import Array, Frame, Person
from shared.vision import skeletons
from shared.vision.skeletons.coco import COCO17
from tests.services.evaluate.toys import people


def someone(skeleton: str, rows: np.ndarray) -> Person:
    return Person((0, 0, 10, 10), 0.5, skeleton=skeleton, keypoints=Array.of(rows.astype(np.float32)))


@pytest.mark.parametrize("name", ["coco17", "blazepose33", "halpe26", "wholebody133"])
def test_keypoints_are_found_by_name_in_every_skeleton(name: str) -> None:
    skeleton = skeletons.find(name)
    rows = np.zeros((len(skeleton.points), 5))
    rows[:, 0] = np.arange(len(rows))
    rows[:, 3] = 1
    mapped = coco_rows(someone(name, rows))
    assert mapped is not None
    assert [skeleton.points[int(x)] for x in mapped[:, 0]] == list(COCO17.points)
    assert (mapped[:, 2] == 1).all()


def test_a_detectors_points_are_no_keypoints() -> None:
    assert coco_rows(someone("blazepose-detector", np.zeros((4, 5)))) is None


def test_unknown_places_are_missed_and_confidence_comes_from_what_there_is() -> None:
    rows = np.full((17, 5), np.nan)
    rows[:, :2] = 5.0
    rows[0, 3], rows[1, 4] = 0.25, 0.75
    rows[2, 0] = np.nan
    mapped = coco_rows(someone("coco17", rows))
    assert mapped is not None
    assert mapped[:4].tolist() == [[5, 5, 0.25], [5, 5, 0.75], [0, 0, 0], [5, 5, 1]]


def test_a_score_is_the_persons_times_the_keypoints() -> None:
    rows = np.ones((17, 5))
    rows[:, 3] = 0.5
    frame = Frame(
        camera="a",
        run=0,
        seq=0,
        pts_us=0,
        captured_us=0,
        width_px=9,
        height_px=9,
        persons=(someone("coco17", rows), Person((0, 0, 1, 1), 1.0)),
    )
    (result,) = results_of(frame, 3, PERSON)
    assert (result.image_id, result.score) == (3, 0.25)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ((), "one category must name its keypoints, and 0 do"),
        ((*COCO17.points, "neck"), "unknown keypoints neck; label these 17"),
        (COCO17.points[::-1], "COCO's keypoints in another order"),
    ],
)
def test_other_keypoints_are_refused(points: tuple[str, ...], words: str) -> None:
    category = msgspec.structs.replace(PERSON, keypoints=points)
    with pytest.raises(EvaluationError, match=words):
        person_category(msgspec.structs.replace(people(1), categories=(category,)), "a.json")


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Result(1, 1, 0.5, (1.0,) * 39), "39 numbers as keypoints, wanted are 51"),
        (Result(1, 2, 0.5, (1.0,) * 51), "category 2; people are 1"),
    ],
)
def test_results_of_another_kind_are_refused(result: Result, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        check_results([result], PERSON, "r.json")
