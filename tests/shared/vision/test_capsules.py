import numpy as np
import pytest

from shared.messages import Array, Person
from shared.vision.capsules import LENGTHS_M, capsules_of
from shared.vision.skeletons import LIMBS, find
from shared.vision.skeletons.coco import to_coco17
from tests.shared.vision.bodies import person_of, standing


def _coco(points: np.ndarray) -> Person:
    return Person((0, 0, 200, 400), 0.9, "coco17", Array.of(points.astype(np.float32)))


def test_a_skeleton_without_places_in_space_has_the_same_limbs() -> None:
    keypoints, world = standing()
    full = capsules_of(person_of(keypoints, world))
    flat = capsules_of(_coco(to_coco17(keypoints, find("blazepose33"))))
    assert full is not None
    assert flat is not None
    assert np.allclose(flat.starts, full.starts)
    assert np.allclose(flat.confidence, full.confidence)
    assert full.pixels_per_metre == pytest.approx(200, rel=0.01)
    assert flat.pixels_per_metre == pytest.approx(full.pixels_per_metre, rel=0.25)
    assert len(LENGTHS_M) == len(LIMBS)


def test_a_keypoint_that_is_not_known_makes_its_limbs_unsure_and_no_others() -> None:
    keypoints, world = standing()
    keypoints[15] = np.nan  # left wrist
    limbs = capsules_of(person_of(keypoints, world))
    assert limbs is not None
    assert {name for name, weak in zip(LIMBS, limbs.weak, strict=True) if weak} == {"left_forearm"}
    assert limbs.confidence[list(LIMBS).index("left_forearm")] == 0
    assert limbs.usable


def test_where_a_model_tells_no_visibility_presence_counts() -> None:
    keypoints, world = standing()
    keypoints[:, 3], keypoints[:, 4] = np.nan, 0.7
    limbs = capsules_of(person_of(keypoints, world))
    assert limbs is not None
    assert limbs.confidence == pytest.approx(np.full(10, 0.7))


@pytest.mark.parametrize(
    "person",
    [
        Person((0, 0, 9, 9), 0.9),
        Person((0, 0, 9, 9), 0.9, "blazepose-detector", Array.of(np.ones((4, 5), np.float32))),
        _coco(np.full((17, 5), np.nan)),
        _coco(np.full((17, 5), 0.1)),
        person_of(np.full((33, 5), np.nan, np.float32), np.zeros((33, 3), np.float32)),
    ],
)
def test_a_person_whose_keypoints_tell_no_body_has_no_limbs(person: Person) -> None:
    assert capsules_of(person) is None


def test_distances_are_negative_inside_a_limb_and_grow_outside() -> None:
    limbs = capsules_of(person_of(*standing()))
    assert limbs is not None
    torso = list(LIMBS).index("torso")
    x = np.array([100, 100 + 0.14 * 200, 180], np.float32)
    away = limbs.distances(x, np.array([130], np.float32))[torso]
    assert away == pytest.approx([-28, 0, 52], abs=0.3)
