import numpy as np
import pytest

from shared.messages import Box
from shared.vision.capsules import capsules_of
from shared.vision.limbs import Silhouette
from shared.vision.rivals import Figure, without_rivals
from tests.shared.vision.bodies import BOX, person_of, standing


def _silhouette(box: Box, shape: tuple[int, int] = (40, 40)) -> Silhouette:
    bits = np.ones(shape, bool)
    return Silhouette(bits, box, bits.astype(np.float32))


def _standing_at(x: float, y: float = 0.0) -> Figure:
    keypoints, world = standing()
    keypoints[:, :2] += (x, y)
    return Figure((x, y, x + 200, y + 400), capsules_of(person_of(keypoints, world)))


def test_nobody_near_leaves_the_silhouette_as_it_is() -> None:
    mine = _silhouette((0, 0, 100, 100))
    assert without_rivals(mine, Figure((0, 0, 100, 100), None), []) is mine
    assert without_rivals(mine, Figure((0, 0, 100, 100), None), [Figure((200, 0, 300, 100), None)]) is mine


def test_two_boxes_side_by_side_share_the_cells_between_them_in_half() -> None:
    left, right = Figure((0, 0, 60, 100), None), Figure((40, 0, 100, 100), None)
    box = (0.0, 0.0, 100.0, 100.0)
    kept = [
        without_rivals(_silhouette(box), me, [other]).bits for me, other in ((left, right), (right, left))
    ]
    assert kept[0][20, :18].all()
    assert not kept[0][20, 24:].any()
    assert np.array_equal(kept[0][:, ::-1], kept[1])


@pytest.mark.parametrize(("lower", "mine_is_whole"), [(-40, True), (40, False)])
def test_where_bodies_overlap_the_cells_are_those_of_the_one_before(
    lower: float, mine_is_whole: bool
) -> None:
    me, rival = _standing_at(0), _standing_at(10, lower)
    own = without_rivals(_silhouette(BOX, (96, 48)), me, [rival])
    x, y = own.centres
    inside = (me.distances(x, y) == 0).reshape(own.bits.shape)
    assert own.bits[inside].all() == mine_is_whole
    assert own.bits[inside].mean() > 0.1
    assert rival.is_before(me) != mine_is_whole


def test_a_crowd_leaves_to_each_the_cells_nearest_to_it() -> None:
    crowd = [_standing_at(x) for x in (0.0, 90.0, 180.0)]
    box = (0.0, 0.0, 400.0, 400.0)
    kept = [
        without_rivals(_silhouette(box, (96, 96)), me, [other for other in crowd if other is not me]).bits
        for me in crowd
    ]
    assert np.any(kept, axis=0).all()
    assert kept[0][:, 0].all()
    assert kept[2][:, -1].all()


def test_without_usable_keypoints_a_person_is_the_ellipse_in_the_box() -> None:
    keypoints, world = standing()
    keypoints[:, 3] = 0.01
    unsure = Figure(BOX, capsules_of(person_of(keypoints, world)))
    x, y = np.array([100.0], np.float32), np.array([200.0, 399.0, 450.0], np.float32)
    assert unsure.distances(x, y) == pytest.approx([0, 0, 25])
    assert np.array_equal(unsure.distances(x, y), Figure(BOX, None).distances(x, y))
