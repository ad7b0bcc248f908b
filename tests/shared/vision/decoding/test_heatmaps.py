import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.vision.decoding.heatmaps import Alignment, HeatmapLayout, Refinement, decode_heatmaps
from tests.shared.vision.decoding.drawings import HEIGHT, INPUT_PX, WIDTH, gaussians

Floats = NDArray[np.float32]


def layout(refine: Refinement, align: Alignment = "cells", kernel: int = 11) -> HeatmapLayout:
    return HeatmapLayout(INPUT_PX, refine, align, kernel)


def found_cells(heatmaps: Floats, refine: Refinement, kernel: int = 11) -> Floats:
    """Points (N, K, 2) in cells."""
    found = decode_heatmaps(heatmaps, layout(refine, kernel=kernel))
    return found.points * heatmaps.shape[:1:-1]


Bounds = dict[Refinement, float]
INSIDE = st.tuples(st.floats(8, WIDTH - 9), st.floats(8, HEIGHT - 9))


@given(st.lists(INSIDE, min_size=1, max_size=6), st.sampled_from([(2.0, 11), (3.0, 17), (1.5, 11)]))
@settings(deadline=None, max_examples=60)
def test_a_drawn_gaussian_is_found_as_exactly_as_the_method_can(
    centres: list[tuple[float, float]], width: tuple[float, int]
) -> None:
    true = np.array([centres])
    sigma, kernel = width
    heatmaps = gaussians(true, sigma)
    bounds: Bounds = {"none": 0.5, "quarter": 0.25, "dark": 0.01}
    for refine, bound in bounds.items():
        errors = np.abs(found_cells(heatmaps, refine, kernel) - true)
        assert errors.max() <= bound + 1e-3, refine
    assert decode_heatmaps(heatmaps, layout("dark")).scores.min() > 0.78


@given(st.floats(0, WIDTH - 1), st.floats(0, HEIGHT - 1))
@settings(deadline=None, max_examples=60)
def test_at_the_border_nothing_is_worse_than_the_highest_cell(x: float, y: float) -> None:
    heatmaps = gaussians(np.array([[(x, y)]]))
    bounds: Bounds = {"none": 0.5, "quarter": 0.5, "dark": 0.5}
    for refine, bound in bounds.items():
        assert np.abs(found_cells(heatmaps, refine) - (x, y)).max() <= bound + 1e-3, refine


@pytest.mark.parametrize("refine", ["none", "quarter", "dark"])
@pytest.mark.parametrize(
    ("value", "score"),
    [(0.0, 0.0), (-3.0, 0.0), (0.25, 0.25), (7.0, 1.0)],
    ids=["empty", "below", "flat", "high"],
)
def test_a_map_without_a_peak_is_its_first_cell(refine: Refinement, value: float, score: float) -> None:
    found = decode_heatmaps(np.full((1, 2, 8, 6), value, np.float32), layout(refine))
    assert np.array_equal(found.points, np.zeros((1, 2, 2)))
    assert found.scores == pytest.approx(np.full((1, 2), score))
    assert found.presence == pytest.approx([score])


@pytest.mark.parametrize("refine", ["none", "quarter", "dark"])
def test_a_batch_is_the_same_as_its_bodies_one_by_one(refine: Refinement) -> None:
    heatmaps = np.random.default_rng(1).uniform(-0.1, 1, (5, 17, HEIGHT, WIDTH)).astype(np.float32)
    together = decode_heatmaps(heatmaps, layout(refine))
    for index in range(5):
        alone = decode_heatmaps(heatmaps[index : index + 1], layout(refine))
        assert np.array_equal(alone.points[0], together.points[index])
        assert np.array_equal(alone.scores[0], together.scores[index])


def test_no_bodies_are_no_keypoints() -> None:
    found = decode_heatmaps(np.zeros((0, 17, HEIGHT, WIDTH), np.float32), layout("dark"))
    assert (found.points.shape, found.scores.shape, found.presence.shape) == ((0, 17, 2), (0, 17), (0,))


@pytest.mark.parametrize(
    ("align", "pixel"),
    [("cells", (47 * 4, 63 * 4)), ("corners", (191, 255))],
)
def test_the_last_cell_is_where_the_network_was_trained_to_have_it(
    align: Alignment, pixel: tuple[int, int]
) -> None:
    heatmaps = np.zeros((1, 1, HEIGHT, WIDTH), np.float32)
    heatmaps[..., -1, -1] = 1
    found = decode_heatmaps(heatmaps, layout("dark", align))
    assert found.points[0, 0] * INPUT_PX == pytest.approx(pixel, abs=1e-3)


def test_columns_are_x_and_rows_are_y() -> None:
    found = found_cells(gaussians(np.array([[(40.3, 9.8)]])), "dark")
    assert found[0, 0] == pytest.approx((40.3, 9.8), abs=0.01)


def test_a_tilted_gaussian_needs_the_mixed_derivative() -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    dx, dy = x - 20.4, y - 30.3
    tilted = np.exp(-(dx**2 - 1.2 * dx * dy + dy**2) / 8).astype(np.float32)
    assert found_cells(tilted[None, None], "dark")[0, 0] == pytest.approx((20.4, 30.3), abs=0.02)


def test_of_equal_peaks_the_first_counts() -> None:
    heatmaps = gaussians(np.array([[(10, 40)]])) + gaussians(np.array([[(40, 10)]]))
    assert found_cells(heatmaps, "none")[0, 0] == pytest.approx((40, 10))


def _by_the_book(heatmap: Floats, blur: int) -> tuple[float, float]:
    """DARK on a whole blurred map, written out for one keypoint."""
    half = blur // 2
    sigma = 0.3 * ((blur - 1) * 0.5 - 1) + 0.8
    kernel = np.exp(-((np.arange(blur) - half) ** 2) / (2 * sigma**2))
    kernel /= kernel.sum()
    blurred = np.apply_along_axis(np.convolve, 0, heatmap.astype(np.float64), kernel, "same")
    blurred = np.apply_along_axis(np.convolve, 1, blurred, kernel, "same")
    logs = np.log(np.maximum(blurred, 1e-10))
    row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
    h = logs[row - 1 : row + 2, column - 1 : column + 2]
    slope = np.array([(h[1, 2] - h[1, 0]) / 2, (h[2, 1] - h[0, 1]) / 2])
    mixed = (h[2, 2] - h[0, 2] - h[2, 0] + h[0, 0]) / 4
    hessian = np.array([[h[1, 2] - 2 * h[1, 1] + h[1, 0], mixed], [mixed, h[2, 1] - 2 * h[1, 1] + h[0, 1]]])
    x, y = np.array([column, row]) - np.linalg.solve(hessian, slope)
    return float(x), float(y)


def test_blurring_only_around_the_peak_is_the_same_as_blurring_the_whole_map() -> None:
    generator = np.random.default_rng(2)
    true = generator.uniform((3, 3), (WIDTH - 4, HEIGHT - 4), (2, 9, 2))
    heatmaps = gaussians(true) + generator.uniform(0, 0.02, (2, 9, HEIGHT, WIDTH)).astype(np.float32)
    expected = [[_by_the_book(heatmap, 11) for heatmap in body] for body in heatmaps]
    assert found_cells(heatmaps, "dark") == pytest.approx(np.array(expected), abs=1e-4)


@pytest.mark.parametrize("kernel", [-1, 0, 1, 10])
def test_a_gaussian_without_a_middle_is_refused(kernel: int) -> None:
    with pytest.raises(ValueError, match=f"not {kernel}"):
        layout("dark", kernel=kernel)
