import cv2
import numpy as np
import pytest

from shared.vision import palettes
from shared.vision.capsules import capsules_of
from shared.vision.limbs import BODY, NOBODY, Parts, Silhouette, take_apart
from shared.vision.masks import Bits
from shared.vision.skeletons import LIMBS, find, limb_shapes
from tests.shared.vision.bodies import BOX, person_of, standing

SHAPE = (100, 50)


def _take_apart(
    bits: Bits,
    keypoints: np.ndarray,
    world: np.ndarray | None,
    *,
    box: tuple[float, float, float, float] = BOX,
    classes: np.ndarray | None = None,
) -> Parts:
    palette = None if classes is None else palettes.find("limbs")
    silhouette = Silhouette(bits, box, bits.astype(np.float32), classes, palette)
    return take_apart(silhouette, capsules_of(person_of(keypoints, world)))


def _everything() -> Bits:
    return np.ones(SHAPE, bool)


def test_a_full_mask_covers_every_limb_and_nothing_is_hidden() -> None:
    parts = _take_apart(_everything(), *standing())
    assert set(parts.limbs) == set(LIMBS)
    assert min(limb.coverage for limb in parts.limbs.values()) > 0.85
    assert max(limb.coverage for limb in parts.limbs.values()) <= 1
    assert not parts.occluded
    assert not any(limb.occluded for limb in parts.limbs.values())


def test_cells_far_from_the_body_are_not_part_of_it() -> None:
    parts = _take_apart(_everything(), *standing())
    assert parts.cells[0, 0] == NOBODY
    assert parts.bits.sum() < parts.bits.size


def test_an_empty_mask_hides_everything_that_is_in_the_picture() -> None:
    parts = _take_apart(np.zeros(SHAPE, bool), *standing())
    assert all(limb.occluded and limb.attention == 0 and limb.area_px == 0 for limb in parts.limbs.values())
    assert parts.occluded


def test_legs_behind_a_table_are_hidden_and_arms_are_not() -> None:
    bits = _everything()
    bits[48:] = False
    parts = _take_apart(bits, *standing())
    hidden = {name for name, limb in parts.limbs.items() if limb.occluded}
    assert hidden == {"left_thigh", "right_thigh", "left_shank", "right_shank"}
    assert parts.occluded


def test_a_limb_outside_the_picture_is_not_covered_and_not_hidden() -> None:
    box = (0.0, 0.0, 200.0, 190.0)
    parts = _take_apart(np.ones((50, 50), bool), *standing(), box=box)
    assert parts.limbs["left_shank"].coverage == 0
    assert not parts.limbs["left_shank"].occluded
    assert not parts.occluded


def test_an_unsure_keypoint_lowers_the_attention_of_its_limb() -> None:
    keypoints, world = standing()
    keypoints[15, 3] = 0.2
    limb = _take_apart(_everything(), keypoints, world).limbs["left_forearm"]
    assert limb.confidence == pytest.approx(0.6)
    assert limb.attention == pytest.approx(limb.coverage * limb.confidence)


def test_each_cell_belongs_to_the_limb_it_lies_on() -> None:
    keypoints, world = standing()
    parts = _take_apart(_everything(), keypoints, world)
    names = list(LIMBS)
    limbs = limb_shapes(find("blazepose33"))
    for name, start, end in zip(limbs.names, limbs.starts, limbs.ends, strict=True):
        middle = (keypoints[start, :2].mean(axis=0) + keypoints[end, :2].mean(axis=0)) / 2
        x, y = (middle / (200, 400) * (50, 100)).astype(int)
        assert names[parts.cells[y, x]] == name


def test_areas_add_up_to_the_silhouette() -> None:
    parts = _take_apart(_everything(), *standing())
    total = sum(limb.area_px for limb in parts.limbs.values())
    assert total == pytest.approx(parts.bits.sum() * 200 * 400 / parts.bits.size)


def test_a_body_shrunk_to_a_point_has_limbs_without_numbers_gone_wrong() -> None:
    keypoints, world = standing()
    keypoints[:, :2] = (50, 50)
    parts = _take_apart(_everything(), keypoints, world)
    assert all(
        np.isfinite((limb.coverage, limb.attention, limb.area_px)).all() for limb in parts.limbs.values()
    )


def _limb_cells(*lines: tuple[tuple[float, float], tuple[float, float]], radius: int = 3) -> Bits:
    """Cells of a silhouette along lines between places in the picture."""
    canvas = np.zeros(SHAPE, np.uint8)
    for start, end in lines:
        (x0, y0), (x1, y1) = start, end
        cv2.line(canvas, (round(x0 / 4), round(y0 / 4)), (round(x1 / 4), round(y1 / 4)), 1, 2 * radius)
    return canvas > 0


def test_a_limb_tells_where_its_cells_are() -> None:
    limbs = _take_apart(_everything(), *standing()).limbs
    thigh = limbs["left_thigh"]
    assert thigh.box is not None
    assert thigh.centroid is not None
    assert thigh.axis_deg is not None
    assert thigh.centroid == pytest.approx((130, 222), abs=20)
    assert abs(thigh.axis_deg) > 60
    assert thigh.box[0] < thigh.centroid[0] < thigh.box[2]
    assert not thigh.from_mask
    assert sum(limb.descriptor for limb in limbs.values()) == pytest.approx(1)


def test_the_descriptor_is_the_share_of_the_area_times_the_confidence() -> None:
    keypoints, world = standing()
    keypoints[:, 3] = 0.5
    limbs = _take_apart(_everything(), keypoints, world).limbs
    total = sum(limb.area_px for limb in limbs.values())
    for limb in limbs.values():
        assert limb.descriptor == pytest.approx(limb.area_px / total * 0.5)


def test_a_limb_without_cells_is_nowhere() -> None:
    bits = _everything()
    bits[60:] = False
    shank = _take_apart(bits, *standing()).limbs["left_shank"]
    assert (shank.box, shank.centroid, shank.axis_deg, shank.descriptor) == (None, None, None, 0)


def test_an_arm_whose_keypoints_are_weak_is_what_the_silhouette_has_left() -> None:
    keypoints, world = standing()
    keypoints[[13, 15], 3] = 0.02  # left elbow and wrist; they claim that the arm hangs down
    keypoints[11, 3] = 0.4
    raised = ((136.0, 84.0), (190.0, 20.0))
    trunk = (((100.0, 90.0), (100.0, 180.0)), ((100.0, 60.0), (100.0, 60.0)))
    parts = _take_apart(_limb_cells(*trunk, radius=8) | _limb_cells(raised), keypoints, world)
    arm, forearm = parts.limbs["left_upper_arm"], parts.limbs["left_forearm"]
    assert arm.from_mask
    assert forearm.from_mask
    assert forearm.centroid is not None
    assert forearm.centroid == pytest.approx((180, 32), abs=14)
    assert forearm.axis_deg == pytest.approx(-50, abs=20)
    assert forearm.confidence == pytest.approx(0.02)
    assert forearm.attention <= 0.02
    assert parts.limbs["right_forearm"].area_px == 0
    assert not parts.limbs["torso"].from_mask
    assert parts.limbs["torso"].area_px > 5 * forearm.area_px


def test_legs_whose_keypoints_are_weak_go_to_the_nearer_hip() -> None:
    keypoints, world = standing()
    keypoints[[25, 26, 27, 28], 3] = 0.0
    keypoints[[23, 24], 3] = 0.5
    spread = (((120.0, 190.0), (165.0, 330.0)), ((80.0, 190.0), (35.0, 330.0)))
    trunk = (((100.0, 90.0), (100.0, 170.0)),)
    parts = _take_apart(_limb_cells(*trunk, radius=8) | _limb_cells(*spread), keypoints, world)
    for side, sign in (("left", 1), ("right", -1)):
        thigh, shank = parts.limbs[f"{side}_thigh"], parts.limbs[f"{side}_shank"]
        assert thigh.from_mask
        assert thigh.centroid is not None
        assert shank.centroid is not None
        assert sign * (thigh.centroid[0] - 100) > 10
        assert shank.centroid[1] > thigh.centroid[1] + 40
        assert shank.axis_deg == pytest.approx(sign * 72, abs=15)


def test_a_person_without_keypoints_is_a_body_with_an_axis() -> None:
    bits = _limb_cells(((20.0, 300.0), (180.0, 320.0)), radius=5)
    parts = take_apart(Silhouette(bits, BOX, np.where(bits, 0.8, 0.1).astype(np.float32)), None)
    (body,) = parts.limbs.values()
    assert set(parts.limbs) == {BODY}
    assert body.axis_deg == pytest.approx(7, abs=2)
    assert body.centroid == pytest.approx((100, 310), abs=4)
    assert body.confidence == pytest.approx(0.8)
    assert body.from_mask
    assert body.coverage == 1
    assert body.descriptor == pytest.approx(0.8)
    assert np.array_equal(parts.bits, bits)
    assert not parts.occluded


def test_nobody_at_all_is_a_body_without_cells() -> None:
    nothing = np.zeros(SHAPE, bool)
    (body,) = take_apart(Silhouette(nothing, BOX, nothing.astype(np.float32)), None).limbs.values()
    assert (body.coverage, body.confidence, body.area_px, body.box) == (0, 0, 0, None)


def test_a_part_model_tells_limbs_where_no_keypoint_does() -> None:
    classes = np.zeros(SHAPE, np.uint8)
    classes[10:30, 20:30], classes[60:90, 20:24] = 2, 10  # torso, right shank
    bits = classes > 0
    silhouette = Silhouette(bits, BOX, np.full(SHAPE, 0.9, np.float32), classes, palettes.find("limbs"))
    limbs = take_apart(silhouette, None).limbs
    assert set(limbs) == {*LIMBS, BODY}
    assert limbs["torso"].box == pytest.approx((80, 40, 120, 120))
    assert limbs["right_shank"].axis_deg == pytest.approx(90)
    assert limbs["right_shank"].confidence == pytest.approx(0.9)
    assert limbs["torso"].descriptor == pytest.approx(200 / 320 * 0.9)
    assert limbs["head"].area_px == 0
    assert limbs["head"].coverage == 0


def test_a_cell_goes_to_a_limb_of_its_class_though_another_is_nearer() -> None:
    keypoints, world = standing()
    classes = np.full(SHAPE, 2, np.uint8)  # torso, everywhere
    parts = _take_apart(_everything(), keypoints, world, classes=classes)
    assert set(np.unique(parts.cells)) == {1, NOBODY}
    assert parts.limbs["left_shank"].occluded
    assert parts.limbs["torso"].coverage > 0.85
    assert parts.limbs["left_shank"].coverage == 0


def test_a_part_model_vouches_for_a_limb_whose_keypoints_are_weak() -> None:
    keypoints, world = standing()
    keypoints[[25, 27], 3] = 0.1  # left knee and ankle
    keypoints[23, 3] = 0.3
    classes = np.where(np.arange(SHAPE[1]) > 25, 9, 10).astype(np.uint8) * np.ones(SHAPE, np.uint8)
    classes[:55] = 2
    parts = _take_apart(_everything(), keypoints, world, classes=classes)
    shank = parts.limbs["left_shank"]
    assert shank.from_mask
    assert shank.coverage > 0.9
    assert not shank.occluded


def test_clothes_go_to_the_nearest_limb_that_they_may_cover() -> None:
    palette = palettes.find("sapiens28")
    classes = np.full(SHAPE, palette.names.index("upper_clothing"), np.uint8)
    bits = _everything()
    silhouette = Silhouette(bits, BOX, bits.astype(np.float32), classes, palette)
    cells = take_apart(silhouette, capsules_of(person_of(*standing()))).cells
    assert {list(LIMBS)[index] for index in np.unique(cells) if index != NOBODY} == {
        *("torso", "left_upper_arm", "right_upper_arm", "left_forearm", "right_forearm")
    }


@pytest.mark.parametrize("lean", [-0.25, 0.0, 0.25])
def test_head_and_torso_of_somebody_upright_are_told_by_the_silhouette(lean: float) -> None:
    top, hips, feet = (100 + 300 * lean, 40.0), (100 + 140 * lean, 200.0), (100.0, 340.0)
    bits = _limb_cells((top, hips), radius=5) | _limb_cells((hips, feet), radius=3)
    limbs = take_apart(Silhouette(bits, BOX, bits.astype(np.float32)), None).limbs
    assert set(limbs) == {"head", "torso", BODY}
    head, torso = limbs["head"], limbs["torso"]
    assert head.from_mask
    assert torso.from_mask
    assert head.centroid is not None
    assert torso.centroid is not None
    assert head.centroid[1] < 90
    assert 90 < torso.centroid[1] < 180
    assert head.centroid[0] - torso.centroid[0] == pytest.approx(80 * lean, abs=5)
    assert torso.descriptor < 1


@pytest.mark.parametrize(
    "line",
    [((20.0, 300.0), (180.0, 320.0)), ((40.0, 240.0), (160.0, 360.0)), ((100.0, 40.0), (100.0, 396.0))],
    ids=["lying", "slanting", "cut off below"],
)
def test_of_anybody_else_the_silhouette_tells_the_body_alone(
    line: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    bits = _limb_cells(line, radius=5)
    parts = take_apart(Silhouette(bits, BOX, bits.astype(np.float32)), None)
    assert set(parts.limbs) == {BODY}
    assert (parts.cells == NOBODY).all()
