import math

import msgspec
import numpy as np
import pytest

from shared.messages import Array, Person
from shared.vision.bodies import body_of, pixels_per_metre, trunk_lean
from shared.vision.skeletons.coco import COCO17
from tests.services.figures import PRONE, SITTING, STANDING, SUPINE, Figure, Pose, person
from tests.services.recast import recast

SHARP = np.zeros((33, 2))
Points = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def points_of(places: dict[str, tuple[float, float]]) -> Points:
    """(17, 2) px: the named points; NaN for the others."""
    points = np.full((17, 2), np.nan)
    for name, place in places.items():
        points[COCO17.index[name]] = place
    return points


SHOULDERS = {"left_shoulder": (134.0, 100.0), "right_shoulder": (100.0, 100.0)}


@pytest.mark.parametrize(
    ("places", "scale"),
    [
        ({}, math.nan),
        ({"nose": (1.0, 1.0)}, math.nan),
        ({"left_hip": (5.0, 5.0), "left_knee": (5.0, 5.0)}, math.nan),
        (SHOULDERS, 100.0),
        ({"right_hip": (10.0, 20.0), "right_knee": (10.0, 94.0)}, 200.0),
        ({"left_knee": (10.0, 20.0), "left_ankle": (47.0, 20.0)}, 100.0),
        (SHOULDERS | {"left_hip": (134.0, 194.0)}, 200.0),
        (SHOULDERS | {"left_hip": (134.0, 194.0), "right_hip": (100.0, 174.6)}, (94 + 74.6) / 2 / 0.47),
        (SHOULDERS | {"left_hip": (134.0, 110.0), "right_hip": (100.0, 110.0)}, 100.0),
    ],
)
def test_the_scale_is_that_of_the_longest_part_that_is_known(
    places: dict[str, tuple[float, float]], scale: float
) -> None:
    assert pixels_per_metre(points_of(places)) == pytest.approx(scale, nan_ok=True)


@pytest.mark.parametrize("pose", [STANDING, SITTING, PRONE, SUPINE])
@pytest.mark.parametrize("distance_m", [3.0, 6.0])
def test_the_scale_of_a_body_across_the_picture_is_that_of_its_metres(pose: Pose, distance_m: float) -> None:
    shown = person(Figure([(0, pose)], distance_m=distance_m), 0.0, SHARP)
    body = body_of(shown)
    assert body is not None
    assert body.world is not None
    spread_px = np.linalg.norm(body.points[:, :2] - body.points[:, :2].mean(axis=0))
    spread_m = np.linalg.norm(body.world[:, :2] - body.world[:, :2].mean(axis=0))
    assert pixels_per_metre(body.points[:, :2]) == pytest.approx(spread_px / spread_m, rel=0.15)


@pytest.mark.parametrize("skeleton", ["coco17", "halpe26", "wholebody133", "sapiens308"])
def test_a_body_has_cocos_points_whatever_its_skeleton(skeleton: str) -> None:
    shown = person(Figure([(0, SITTING)]), 0.0, SHARP)
    full, flat = body_of(shown), body_of(recast(shown, skeleton))
    assert full is not None
    assert flat is not None
    assert flat.world is None
    np.testing.assert_array_equal(flat.points[:, [0, 1, 3]], full.points[:, [0, 1, 3]])


def test_a_person_without_keypoints_has_no_body() -> None:
    assert body_of(Person((0, 0, 9, 9), 0.9)) is None
    assert trunk_lean(Person((0, 0, 9, 9), 0.9)) == 0


@pytest.mark.parametrize(
    ("skeleton", "points", "wrong"),
    [("coco17", 18, "18 keypoints are no coco17"), ("coco", 17, "did you mean 'coco17'")],
)
def test_keypoints_that_are_not_the_skeletons_are_refused(skeleton: str, points: int, wrong: str) -> None:
    odd = Person((0, 0, 9, 9), 0.9, skeleton, Array.of(np.zeros((points, 5), np.float32)))
    with pytest.raises(ValueError, match=wrong):
        body_of(odd)


@pytest.mark.parametrize(
    ("shoulders", "degrees"),
    [
        ((100.0, 50.0), 0.0),
        ((150.0, 100.0), 90.0),
        ((50.0, 100.0), -90.0),
        ((150.0, 50.0), 45.0),
        ((100.0, 150.0), 180.0),
    ],
)
def test_a_trunk_leans_clockwise_from_upright(shoulders: tuple[float, float], degrees: float) -> None:
    points = np.full((17, 5), np.nan, np.float32)
    points[COCO17.places(("left_hip", "right_hip")), :2] = (100, 100)
    points[COCO17.places(("left_shoulder", "right_shoulder")), :2] = shoulders
    leaning = Person((0, 0, 9, 9), 0.9, "coco17", Array.of(points))
    assert math.degrees(trunk_lean(leaning)) == pytest.approx(degrees)


@pytest.mark.parametrize("skeleton", ["coco17", "blazepose-detector"])
def test_a_trunk_that_is_not_known_is_upright(skeleton: str) -> None:
    shown = person(Figure([(0, PRONE)]), 0.0, SHARP)
    count = 17 if skeleton == "coco17" else 4
    unknown = Array.of(np.full((count, 5), np.nan, np.float32))
    assert trunk_lean(msgspec.structs.replace(shown, skeleton=skeleton, keypoints=unknown, world=None)) == 0
