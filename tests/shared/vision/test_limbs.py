import numpy as np
import pytest

from shared.messages import Array, Person
from shared.vision import palettes
from shared.vision.capsules import capsules_of
from shared.vision.limbs import NOBODY, Parts, Silhouette, take_apart
from shared.vision.masks import Bits
from shared.vision.skeletons import LIMBS, find, limb_shapes

BOX = (0.0, 0.0, 200.0, 400.0)
SHAPE = (100, 50)


def _standing() -> tuple[np.ndarray, np.ndarray]:
    """A person of 200 px per metre who faces the camera: keypoints (33, 5) and world (33, 3)."""
    metres = np.zeros((33, 3), np.float32)
    places = {0: (0.0, -0.62), 7: (0.08, -0.62), 8: (-0.08, -0.62)}
    for left, (x, y) in {11: (0.18, -0.48), 13: (0.28, -0.22), 15: (0.32, 0.02), 23: (0.1, 0.0)}.items():
        places |= {left: (x, y), left + 1: (-x, y)}
    for left, (x, y) in {25: (0.11, 0.42), 27: (0.12, 0.82)}.items():
        places |= {left: (x, y), left + 1: (-x, y)}
    for index, place in places.items():
        metres[index, :2] = place
    keypoints = np.ones((33, 5), np.float32)
    keypoints[:, :2] = metres[:, :2] * 200 + (100, 180)
    return keypoints, metres


def _take_apart(
    bits: Bits,
    keypoints: np.ndarray,
    world: np.ndarray | None,
    *,
    box: tuple[float, float, float, float] = BOX,
    classes: np.ndarray | None = None,
    skeleton: str = "blazepose33",
) -> Parts:
    person = Person(box, 0.9, skeleton, Array.of(keypoints), None if world is None else Array.of(world))
    palette = None if classes is None else palettes.find("limbs")
    silhouette = Silhouette(bits, box, bits.astype(np.float32), classes, palette)
    return take_apart(silhouette, capsules_of(person))


def _everything() -> Bits:
    return np.ones(SHAPE, bool)


def test_a_full_mask_covers_every_limb_and_nothing_is_hidden() -> None:
    parts = _take_apart(_everything(), *_standing())
    assert set(parts.limbs) == set(LIMBS)
    assert min(limb.coverage for limb in parts.limbs.values()) > 0.85
    assert max(limb.coverage for limb in parts.limbs.values()) <= 1
    assert not parts.occluded
    assert not any(limb.occluded for limb in parts.limbs.values())


def test_cells_far_from_the_body_are_not_part_of_it() -> None:
    parts = _take_apart(_everything(), *_standing())
    assert parts.cells[0, 0] == NOBODY
    assert parts.bits.sum() < parts.bits.size


def test_an_empty_mask_hides_everything_that_is_in_the_picture() -> None:
    parts = _take_apart(np.zeros(SHAPE, bool), *_standing())
    assert all(limb.occluded and limb.attention == 0 and limb.area_px == 0 for limb in parts.limbs.values())
    assert parts.occluded


def test_legs_behind_a_table_are_hidden_and_arms_are_not() -> None:
    bits = _everything()
    bits[48:] = False
    parts = _take_apart(bits, *_standing())
    hidden = {name for name, limb in parts.limbs.items() if limb.occluded}
    assert hidden == {"left_thigh", "right_thigh", "left_shank", "right_shank"}
    assert parts.occluded


def test_a_limb_outside_the_picture_is_not_covered_and_not_hidden() -> None:
    box = (0.0, 0.0, 200.0, 190.0)
    parts = _take_apart(np.ones((50, 50), bool), *_standing(), box=box)
    assert parts.limbs["left_shank"].coverage == 0
    assert not parts.limbs["left_shank"].occluded
    assert not parts.occluded


def test_an_unsure_keypoint_lowers_the_attention_of_its_limb() -> None:
    keypoints, world = _standing()
    keypoints[15, 3] = 0.2
    limb = _take_apart(_everything(), keypoints, world).limbs["left_forearm"]
    assert limb.confidence == pytest.approx(0.6)
    assert limb.attention == pytest.approx(limb.coverage * limb.confidence)


def test_each_cell_belongs_to_the_limb_it_lies_on() -> None:
    keypoints, world = _standing()
    parts = _take_apart(_everything(), keypoints, world)
    names = list(LIMBS)
    limbs = limb_shapes(find("blazepose33"))
    for name, start, end in zip(limbs.names, limbs.starts, limbs.ends, strict=True):
        middle = (keypoints[start, :2].mean(axis=0) + keypoints[end, :2].mean(axis=0)) / 2
        x, y = (middle / (200, 400) * (50, 100)).astype(int)
        assert names[parts.cells[y, x]] == name


def test_areas_add_up_to_the_silhouette() -> None:
    parts = _take_apart(_everything(), *_standing())
    total = sum(limb.area_px for limb in parts.limbs.values())
    assert total == pytest.approx(parts.bits.sum() * 200 * 400 / parts.bits.size)


def test_a_body_shrunk_to_a_point_has_limbs_without_numbers_gone_wrong() -> None:
    keypoints, world = _standing()
    keypoints[:, :2] = (50, 50)
    parts = _take_apart(_everything(), keypoints, world)
    assert all(
        np.isfinite((limb.coverage, limb.attention, limb.area_px)).all() for limb in parts.limbs.values()
    )
