import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from shared.messages import Box
from shared.vision.boxes import Boxes, areas, box_around, clip_box, iou_matrix, nms, weighted_nms

EMPTY = np.empty((0, 4), np.float32)

boxes = hnp.arrays(
    np.float32, st.tuples(st.integers(0, 8), st.just(4)), elements=st.floats(0, 50, width=16)
).map(
    lambda values: np.concatenate(
        (np.minimum(values[:, :2], values[:, 2:]), np.maximum(values[:, :2], values[:, 2:])), 1
    )
)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
        ((0, 0, 10, 10), (30, 30, 40, 40), 0.0),
        ((0, 0, 10, 10), (2, 2, 4, 4), 0.04),
        ((3, 3, 3, 3), (3, 3, 3, 3), 0.0),
        ((0, 0, 10, 10), (5, 5, 5, 9), 0.0),
        ((-1e6, -1e6, 1e6, 1e6), (-1e6, -1e6, 1e6, 1e6), 1.0),
    ],
)
def test_overlap_of_two_boxes(first: Box, second: Box, expected: float) -> None:
    matrix = iou_matrix(np.array([first], np.float32), np.array([second], np.float32))
    assert matrix == pytest.approx(np.array([[expected]]), abs=1e-6)


@pytest.mark.parametrize(("count", "others"), [(0, 0), (0, 3), (3, 0)])
def test_no_boxes_overlap_nothing(count: int, others: int) -> None:
    assert iou_matrix(np.zeros((count, 4), np.float32), np.zeros((others, 4), np.float32)).shape == (
        count,
        others,
    )


def test_a_box_inside_out_has_no_area() -> None:
    assert areas(np.array([(5, 5, 1, 9), (0, 0, 2, 3)], np.float32)).tolist() == [0.0, 6.0]


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((10, 20, 30, 40), (10, 20, 30, 40)),
        ((-10, -20, 30, 1000), (0, 0, 30, 480)),
        ((-50, -50, -10, -10), (0, 0, 0, 0)),
        ((700, 500, 900, 600), (640, 480, 640, 480)),
        ((-1e9, -1e9, 1e9, 1e9), (0, 0, 640, 480)),
    ],
)
def test_a_box_is_clipped_to_the_picture(box: Box, expected: Box) -> None:
    assert clip_box(box, 640, 480) == expected


def test_a_box_around_points_grows_by_its_longer_side_and_skips_what_is_not_a_number() -> None:
    points = np.array([(10, 20), (30, 120), (np.nan, 5)], np.float32)
    assert box_around(points, 0.1) == pytest.approx((0, 10, 40, 130))


def test_no_finite_point_has_no_box() -> None:
    with pytest.raises(ValueError, match="none of the points is finite"):
        box_around(np.full((3, 2), np.nan, np.float32), 0.1)


def _suppressed_by_hand(
    boxes: Boxes, scores: Boxes, values: Boxes, iou: float
) -> list[tuple[float, list[float]]]:
    """The textbook loop, one pair at a time."""
    left = sorted(range(len(boxes)), key=lambda index: -float(scores[index]))
    kept = []
    while left:
        best = left[0]
        cluster = [i for i in left if i == best or float(iou_matrix(boxes[[best]], boxes[[i]])[0, 0]) > iou]
        total = sum(float(scores[i]) for i in cluster)
        rows = np.array([float(scores[i]) * np.concatenate((boxes[i], values[i])) for i in cluster])
        kept.append((float(scores[best]), (rows.sum(axis=0) / total).tolist()))
        left = [i for i in left if i not in cluster]
    return kept


@given(boxes=boxes, seed=st.integers(0, 1000), iou=st.sampled_from([0.0, 0.3, 0.7]))
def test_suppression_equals_the_textbook_loop(boxes: Boxes, seed: int, iou: float) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.permutation(np.linspace(0.5, 1, len(boxes))).astype(np.float32)
    values = generator.uniform(0, 50, (len(boxes), 6)).astype(np.float32)
    result = weighted_nms(boxes, scores, values, iou)
    expected = _suppressed_by_hand(boxes, scores, values, iou)
    assert result.scores.tolist() == [score for score, _ in expected]
    rows = np.concatenate((result.boxes, result.values), axis=1)
    assert rows == pytest.approx(np.array([row for _, row in expected]).reshape(-1, 10), rel=1e-4, abs=1e-3)


def test_suppression_of_nothing_leaves_nothing() -> None:
    result = weighted_nms(EMPTY, np.empty(0, np.float32), np.empty((0, 8), np.float32), 0.3)
    assert (result.boxes.shape, result.scores.shape, result.values.shape) == ((0, 4), (0,), (0, 8))


def _kept_by_hand(
    boxes: Boxes, scores: Boxes, groups: NDArray[np.intp], iou: float, most: int | None
) -> list[int]:
    """The definition: the best goes first, and whoever overlaps it too much goes with it."""
    kept = []
    for group in sorted({int(group) for group in groups}):
        left = sorted(np.flatnonzero(groups == group).tolist(), key=lambda index: -float(scores[index]))
        stay = []
        while left:
            best, *rest = left
            stay.append(best)
            left = [i for i in rest if float(iou_matrix(boxes[[best]], boxes[[i]])[0, 0]) <= iou]
        kept += stay[:most]
    return kept


@given(
    boxes=boxes,
    seed=st.integers(0, 1000),
    iou=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    most=st.sampled_from([None, 0, 1, 3]),
)
def test_who_stays_equals_the_definition_group_by_group(
    boxes: Boxes, seed: int, iou: float, most: int | None
) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.integers(0, 4, len(boxes)).astype(np.float32)  # many ties
    groups = generator.integers(0, 3, len(boxes))
    kept = nms(boxes, scores, groups, iou, most)
    assert kept.tolist() == _kept_by_hand(boxes, scores, groups, iou, most)


@pytest.mark.parametrize(
    ("rows", "scores", "groups", "kept"),
    [
        ([], [], [], []),
        ([(0, 0, 9, 9), (0, 0, 9, 9)], [0.5, 0.5], [0, 0], [0]),
        ([(0, 0, 9, 9), (0, 0, 9, 9)], [0.5, 0.6], [0, 0], [1]),
        ([(0, 0, 9, 9), (0, 0, 9, 9)], [0.5, 0.6], [1, 0], [1, 0]),
        ([(3, 3, 3, 9), (3, 3, 3, 9)], [0.5, 0.5], [0, 0], [0, 1]),
        ([(9, 9, 0, 0), (0, 0, 9, 9)], [0.9, 0.5], [0, 0], [0, 1]),
        ([(0, 0, 9, 9), (9, 0, 18, 9)], [0.5, 0.9], [0, 0], [1, 0]),
        ([(0, 0, 10, 1), (4, 0, 14, 1), (8, 0, 18, 1)], [0.9, 0.8, 0.7], [0, 0, 0], [0, 2]),
    ],
)
def test_ties_degenerate_boxes_and_chains(
    rows: list[Box], scores: list[float], groups: list[int], kept: list[int]
) -> None:
    result = nms(
        np.array(rows, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        np.array(groups, np.intp),
        0.3,
    )
    assert result.tolist() == kept
