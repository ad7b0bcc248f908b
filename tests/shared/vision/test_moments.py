import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.vision.moments import Labels, extents

NONE = 255


def _drawn(angle_deg: float, label: int = 1) -> Labels:
    """An ellipse of 60 by 16 cells around (50, 40), its long axis at this angle."""
    canvas = np.full((80, 100), NONE, np.uint8)
    cv2.ellipse(canvas, (50, 40), (30, 8), angle_deg, 0, 360, label, -1)
    return canvas


@pytest.mark.parametrize("angle_deg", [-80, -45, -10, 0, 25, 60, 85])
def test_the_axis_of_an_ellipse_is_its_longer_one(angle_deg: float) -> None:
    labels = _drawn(angle_deg)
    found = extents(labels, 3, (0, 0, 100, 80))
    assert found.axes_deg[1] == pytest.approx(angle_deg, abs=1)
    assert found.centroids[1] == pytest.approx((50.5, 40.5), abs=0.2)
    assert found.counts.tolist() == [0, (labels == 1).sum(), 0]


def test_an_upright_axis_has_a_sign_that_does_not_depend_on_rounding() -> None:
    assert extents(_drawn(90), 2, (0, 0, 100, 80)).axes_deg[1] == 90


def test_places_are_those_of_the_picture_where_cells_are_not_square() -> None:
    labels = np.full((10, 10), NONE, np.uint8)
    labels[2:5, 4:8] = 0
    found = extents(labels, 1, (100, 50, 300, 150))  # cells of 20 x 10 px
    assert found.boxes[0].tolist() == [180, 70, 260, 100]
    assert found.centroids[0].tolist() == [220, 85]
    assert found.axes_deg[0] == 0


def test_a_slope_is_that_of_the_picture_where_cells_are_not_square() -> None:
    labels = np.where(np.eye(20, dtype=bool), 0, NONE).astype(np.uint8)
    found = extents(labels, 1, (0, 0, 40, 20))
    assert found.axes_deg[0] == pytest.approx(math.degrees(math.atan2(1, 2)))


@pytest.mark.parametrize("cells", [[(3, 3)], [(2, 2), (2, 3), (3, 2), (3, 3)]])
def test_what_extends_equally_everywhere_has_no_axis(cells: list[tuple[int, int]]) -> None:
    labels = np.full((9, 9), NONE, np.uint8)
    labels[tuple(zip(*cells, strict=True))] = 0
    assert extents(labels, 1, (0.1, 0.7, 33.3, 33.9)).axes_deg[0] == 0


@given(
    labels=hnp.arrays(
        np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 5)
    )
)
def test_all_labels_at_once_are_measured_like_each_by_itself(labels: Labels) -> None:
    height, width = labels.shape
    found = extents(labels, 4, (5.0, 7.0, 5.0 + 3 * width, 7.0 + 2 * height))
    for label in range(4):
        y, x = np.nonzero(labels == label)
        assert found.counts[label] == len(x)
        if len(x):
            assert found.boxes[label].tolist() == [
                *(5 + 3 * x.min(), 7 + 2 * y.min()),
                *(5 + 3 * (x.max() + 1), 7 + 2 * (y.max() + 1)),
            ]
            assert found.centroids[label] == pytest.approx(
                (5 + 3 * (x.mean() + 0.5), 7 + 2 * (y.mean() + 0.5))
            )
        assert -90 < found.axes_deg[label] <= 90
