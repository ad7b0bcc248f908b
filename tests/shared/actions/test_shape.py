import math

import cv2
import msgspec
import numpy as np
import pytest

from shared.actions.shape import limb_sight, shape, trust
from shared.messages import Limb, Person
from shared.vision.masks import pack
from tests.services.figures import STANDING, Figure, Take, film, person
from tests.shared.actions.moments import moments

SIZE_PX = (640, 480)
SHARP = np.zeros((33, 2))


def lying(turn_deg: float, box: tuple[float, float, float, float] = (100, 100, 300, 300)) -> Person:
    """A stretched silhouette, turned clockwise from level."""
    cells = np.zeros((96, 96), np.uint8)
    cv2.ellipse(cells, (48, 48), (44, 10), turn_deg, 0, 360, 1, -1)
    return Person(box, 0.9, mask=pack(cells.astype(bool), box))


@pytest.mark.parametrize(("turn_deg", "axis_deg"), [(0, 0), (30, 30), (90, 90), (120, 60), (180, 0)])
def test_a_silhouette_tells_where_the_body_points(turn_deg: float, axis_deg: float) -> None:
    found = shape(lying(turn_deg), SIZE_PX, 180, weak=True)
    assert found.axis_deg == pytest.approx(axis_deg, abs=2)
    assert found.elongation == pytest.approx(4.4, rel=0.1)
    assert 0.1 < found.filled < 0.2


def test_the_axis_is_one_of_the_picture_not_of_the_grid() -> None:
    assert shape(lying(45, (0, 100, 400, 200)), SIZE_PX, 180, weak=True).axis_deg == pytest.approx(14, abs=3)


def test_a_good_pose_needs_no_silhouette_and_an_empty_one_says_nothing() -> None:
    assert math.isnan(shape(lying(0), SIZE_PX, 180, weak=False).axis_deg)
    empty = Person((0, 0, 9, 9), 0.9, mask=pack(np.zeros((96, 96), bool), (0, 0, 9, 9)))
    assert math.isnan(shape(empty, SIZE_PX, 180, weak=True).elongation)


@pytest.mark.parametrize(
    ("box", "cut"),
    [
        ((100, 100, 200, 300), (False, False, False)),
        ((100, 0, 200, 300), (True, False, False)),
        ((100, 100, 200, 479), (False, True, False)),
        ((3, 100, 200, 300), (False, False, True)),
        ((500, 100, 640, 480), (False, True, True)),
    ],
)
def test_a_body_that_reaches_an_edge_is_cut_off(
    box: tuple[float, float, float, float], cut: tuple[bool, bool, bool]
) -> None:
    found = shape(Person(box, 0.9), SIZE_PX, 180, weak=True)
    assert (found.cut_top, found.cut_bottom, found.cut_side) == cut
    unknown = shape(Person(box, 0.9), (0, 0), 180, weak=True)
    assert not unknown.cut_top | unknown.cut_bottom | unknown.cut_side


def test_a_box_is_measured_against_who_would_stand_there() -> None:
    found = shape(Person((100, 100, 400, 199), 0.9), SIZE_PX, 180, weak=True)
    assert found.box_height_share == pytest.approx(0.5)
    assert found.box_size_share == pytest.approx(316 / 198, rel=0.01)
    assert math.isnan(shape(Person((0, 0, 9, 9), 0.9), SIZE_PX, math.nan, weak=True).box_height_share)


def covered(shown: Person, attention: float) -> Person:
    limbs = dict.fromkeys(limb_sight(shown), Limb(attention, 1.0, attention, 100.0, False))
    return msgspec.structs.replace(shown, limbs=limbs)


@pytest.mark.parametrize(
    ("hidden", "attention", "low", "high"),
    [((), 0.95, 0.9, 1.0), ((), 0.1, 0.0, 0.15), (tuple(range(11, 33)), 0.95, 0.0, 0.15)],
    ids=["in full view", "on furniture", "guessed"],
)
def test_a_pose_is_trusted_as_far_as_there_is_a_body_under_it(
    hidden: tuple[int, ...], attention: float, low: float, high: float
) -> None:
    shown = covered(person(Figure([(0, STANDING)], hidden=hidden), 0.0, SHARP), attention)
    seen = limb_sight(shown)
    assert set(seen) >= {"head", "torso", "left_thigh"}
    assert low <= trust(seen, 1.0) <= high
    assert trust(seen, 0.0) == 0


def test_without_pose_or_segmentation_the_other_tells_the_limbs() -> None:
    bare = person(Figure([(0, STANDING)]), 0.0, SHARP)
    assert min(limb_sight(bare).values()) == 1
    mask_only = msgspec.structs.replace(covered(bare, 0.7), keypoints=None, skeleton=None, world=None)
    assert set(limb_sight(mask_only).values()) == {0.7}
    assert limb_sight(Person((0, 0, 9, 9), 0.9)) == {}
    assert math.isnan(trust({}, 1.0))


def test_who_has_no_pose_but_a_mask_still_has_a_shape() -> None:
    frames = film([Figure([(0, STANDING)])], Take(duration_s=4))
    lost = [
        msgspec.structs.replace(
            frame, persons=tuple(msgspec.structs.replace(lying(0, p.box), track=1) for p in frame.persons)
        )
        for frame in frames[45:]
    ]
    found = moments([*frames[:45], *lost])[0][-1]
    assert found.body is None
    assert found.shape is not None
    assert found.shape.box_height_share == pytest.approx(1, abs=0.15)
    assert found.shape.elongation > 1
