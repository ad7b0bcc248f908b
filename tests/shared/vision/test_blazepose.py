import math

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.vision.blazepose import (
    ANCHORS,
    DETECTOR_SIDE_PX,
    decode_detections,
    decode_landmarks,
    refine,
    region_of,
    sigmoid,
)
from shared.vision.regions import Region, whole_picture

Floats = NDArray[np.float32]


def _detector_outputs(hits: dict[int, float]) -> tuple[Floats, Floats]:
    boxes = np.random.default_rng(3).normal(0, 20, (2254, 12)).astype(np.float32)
    boxes[:, 2:4] = 45
    logits = np.full((2254, 1), -50, np.float32)
    for anchor, logit in hits.items():
        logits[anchor] = logit
    return boxes, logits


def test_anchors_are_the_cells_of_three_grids_row_by_row() -> None:
    assert ANCHORS.shape == (2254, 2)
    assert ANCHORS[0] == pytest.approx((0.5 / 28, 0.5 / 28))
    assert ANCHORS[2] == pytest.approx((1.5 / 28, 0.5 / 28))
    assert ANCHORS[28 * 2] == pytest.approx((0.5 / 28, 1.5 / 28))
    assert ANCHORS[28 * 28 * 2] == pytest.approx((0.5 / 14, 0.5 / 14))
    assert ANCHORS[-1] == pytest.approx((6.5 / 7, 6.5 / 7))


def test_a_detection_is_decoded_as_its_anchor_plus_its_offsets() -> None:
    boxes, logits = _detector_outputs({700: 2.0})
    found = decode_detections(boxes, logits, whole_picture(640, 480), 0.5, 0.3)
    cx, cy, _, _, *points = boxes[700] / DETECTOR_SIDE_PX
    x, y = (ANCHORS[700] + (cx, cy)) * 640 - (0, 80)
    half = 45 / DETECTOR_SIDE_PX * 320
    assert found.scores == pytest.approx([1 / (1 + math.exp(-2))])
    assert found.boxes[0] == pytest.approx((x - half, y - half, x + half, y + half), abs=0.01)
    expected = (np.array(points).reshape(4, 2) + ANCHORS[700]) * 640 - (0, 80)
    assert found.keypoints[0] == pytest.approx(expected, abs=0.01)


def test_overlapping_anchors_are_one_person_and_distant_ones_two() -> None:
    boxes, logits = _detector_outputs({700: 2.0, 701: 1.0, 1560: 3.0})
    boxes[[700, 701, 1560], :2] = 0
    found = decode_detections(boxes, logits, whole_picture(224, 224), 0.5, 0.3)
    assert found.scores == pytest.approx(sigmoid(np.array([3.0, 2.0], np.float32)))


def test_nothing_above_the_score_is_nobody() -> None:
    boxes, logits = _detector_outputs({700: -0.1})
    found = decode_detections(boxes, logits, whole_picture(640, 480), 0.5, 0.3)
    assert (found.boxes.shape, found.keypoints.shape) == ((0, 4), (0, 4, 2))


@pytest.mark.parametrize(
    ("edge", "rotation"),
    [((100, 60), 0.0), ((140, 100), math.pi / 2), ((60, 100), -math.pi / 2), ((128, 72), math.pi / 4)],
)
def test_a_region_stands_upright_with_the_body(edge: tuple[int, int], rotation: float) -> None:
    region = region_of(np.array((100, 100)), np.array(edge))
    assert (region.x, region.y) == (100, 100)
    assert region.rotation == pytest.approx(rotation, abs=0.02)
    assert region.size_px == pytest.approx(100, abs=1.1)


def test_a_region_upside_down_is_half_a_turn() -> None:
    assert abs(region_of(np.array((0, 0)), np.array((0, 40))).rotation) == pytest.approx(math.pi)


def _refined_by_hand(points: Floats, heatmaps: Floats) -> Floats:
    """One landmark after the other, one cell after the other."""
    out = points.astype(np.float64)
    for person in range(len(points)):
        for landmark, (x, y) in enumerate(points[person]):
            column, row = math.floor(x * 64), math.floor(y * 64)
            if not (0 <= column < 64 and 0 <= row < 64):
                continue
            cells = [
                (c, r, 1 / (1 + math.exp(-float(heatmaps[person, landmark, r, c]))))
                for r in range(max(0, row - 3), min(64, row + 4))
                for c in range(max(0, column - 3), min(64, column + 4))
            ]
            total = sum(p for _, _, p in cells)
            if max(p for _, _, p in cells) >= 0.5:
                out[person, landmark] = (
                    sum(c * p for c, _, p in cells) / total / 64,
                    sum(r * p for _, r, p in cells) / total / 64,
                )
    return out.astype(np.float32)


def test_refinement_equals_the_cell_by_cell_one() -> None:
    generator = np.random.default_rng(4)
    points = generator.uniform(-0.2, 1.2, (3, 35, 2)).astype(np.float32)
    points[0, :4] = [(0, 0), (0.999, 0.999), (1, 1), (-0.001, 0.5)]
    heatmaps = generator.normal(-3, 3, (3, 35, 64, 64)).astype(np.float32)
    heatmaps[1] -= 10
    assert refine(points, heatmaps) == pytest.approx(_refined_by_hand(points, heatmaps), abs=1e-5)
    assert np.array_equal(refine(points, heatmaps)[1], points[1])


def test_landmarks_are_turned_back_into_the_picture() -> None:
    rows = np.zeros((1, 39, 5), np.float32)
    rows[0, :, :2] = 128
    rows[0, 5] = (128, 64, -32, 2.0, -2.0)
    rows[0, 34, :2] = (128, 0)
    world = np.zeros((1, 39, 3), np.float32)
    world[0, 5] = (0.0, -0.5, 0.25)
    region = Region(300, 200, 256, math.pi / 2)
    heatmaps = np.full((1, 39, 64, 64), -20, np.float32)
    body = decode_landmarks(rows.reshape(1, 195), heatmaps, world.reshape(1, 117), [region])[0]
    assert body.points[5] == pytest.approx((364, 200, -32), abs=1e-3)
    assert body.world[5] == pytest.approx((0.5, 0, 0.25), abs=1e-5)
    assert (body.visibility[5], body.presence[5]) == pytest.approx(
        tuple(sigmoid(np.array([2, -2], np.float32)))
    )
    assert (body.following.x, body.following.y) == pytest.approx((300, 200), abs=1e-3)
    assert body.following.rotation == pytest.approx(math.pi / 2, abs=1e-4)
    assert body.following.size_px == pytest.approx(2 * 1.25 * 128, rel=1e-4)
