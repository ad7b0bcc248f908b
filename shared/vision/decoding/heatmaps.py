"""One heatmap for each keypoint: HRNet, ViTPose and their kin.

A heatmap of W cells is a picture of the input's w pixels, and cell c shows pixel c * s. Networks trained
with plain processing ("cells": HRNet, MMPose's MSRA codec) have s = w / W; those trained with unbiased data
processing ("corners": ViTPose, MMPose's UDP codec) let the outermost cells show the outermost pixels,
s = (w - 1) / (W - 1). With the wrong one keypoints are off by up to s - 1 pixels, most at the far border.

Source: Sun et al., "Deep High-Resolution Representation Learning for Human Pose Estimation",
    arXiv:1902.09212 (maximum and quarter offset); Zhang et al., "Distribution-Aware Coordinate Representation
    for Human Pose Estimation", arXiv:1910.06278 (DARK); Huang et al., "The Devil is in the Details: Delving
    into Unbiased Data Processing for Human Pose Estimation", arXiv:1911.07524 (UDP);
    https://mmpose.readthedocs.io/en/latest/advanced_guides/codecs.html

We differ from DARK at the border, where a Gaussian is cropped and blurring draws its peak inwards: near it
the map is taken as it is. In the outermost three cells that is wrong by 0.04 cells on average and not 0.33;
with noise of 0.02 by 0.10 and not 0.33.
"""

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.vision.decoding.keypoints import Floats, Keypoints

Refinement = Literal["none", "quarter", "dark"]
Alignment = Literal["cells", "corners"]

_LEAST = 1e-10  # of a map: below it the logarithm tells nothing
_LONGEST_STEP = 1.0  # in cells; the true maximum is next to the highest cell


@dataclass(frozen=True)
class HeatmapLayout:
    """How a network's heatmaps are read.

    Attributes:
        input_px: width and height of the input.
        refine: nothing, a quarter of a cell towards the higher neighbour, or DARK.
        align: see the module.
        kernel: width in cells of DARK's Gaussian; odd. It should be as wide as the Gaussian that the network
            learned to draw: 11 for a sigma of 2 cells, 17 for 3.

    Raises:
        ValueError: `kernel` is even or smaller than 3.
    """

    input_px: tuple[int, int]
    refine: Refinement = "dark"
    align: Alignment = "cells"
    kernel: int = 11

    def __post_init__(self) -> None:
        """Refuse a Gaussian without a middle."""
        if self.kernel < 3 or self.kernel % 2 == 0:
            raise ValueError(
                f"the Gaussian of DARK is an odd number of cells wide, 3 or more, not {self.kernel}"
            )


def decode_heatmaps(heatmaps: Floats, layout: HeatmapLayout) -> Keypoints:
    """The keypoints of N bodies at the maxima of their heatmaps.

    Args:
        heatmaps: (N, K, H, W), one body each, values of about 0 to 1. Of several highest cells the first
            counts. The score is the highest value; a map without a positive one has score 0.
        layout: the network's.
    """
    people, count, height, width = heatmaps.shape
    flat = heatmaps.reshape(people, count, height * width)
    best = flat.argmax(axis=2)
    scores = np.take_along_axis(flat, best[..., None], axis=2)[..., 0]
    cells = np.stack((best % width, best // width), axis=2)  # (N, K, 2) x, y
    places = cells + _steps(heatmaps, cells, layout)
    return Keypoints.scored(places * _cell_size((width, height), layout), scores)


def _cell_size(cells: tuple[int, int], layout: HeatmapLayout) -> NDArray[np.float64]:
    """(2,) width and height of a cell in units of the input."""
    counts = np.array(cells, np.float64)
    if layout.align == "cells":
        return 1 / counts
    sizes_px = np.array(layout.input_px, np.float64)
    return np.asarray((sizes_px - 1) / np.maximum(counts - 1, 1) / sizes_px)


def _steps(heatmaps: Floats, cells: NDArray[np.int64], layout: HeatmapLayout) -> NDArray[np.float64]:
    """(N, K, 2) from the highest cells to the maxima between the cells; none where a neighbour is missing."""
    if layout.refine == "none":
        return np.zeros(cells.shape)
    height, width = heatmaps.shape[2:]
    inside = (cells > 0) & (cells < (width - 1, height - 1))
    if layout.refine == "quarter":
        around = _windows(heatmaps, cells, 1)
        slopes = np.stack(
            (around[..., 1, 2] - around[..., 1, 0], around[..., 2, 1] - around[..., 0, 1]), axis=-1
        )
        return np.where(inside, 0.25 * np.sign(slopes), 0.0)
    edge = layout.kernel // 4 + 1
    cropped = np.any((cells < edge) | (cells >= (width - edge, height - edge)), axis=-1, keepdims=True)
    around = np.where(
        cropped[..., None], _windows(heatmaps, cells, 1), _blurred(heatmaps, cells, layout.kernel)
    )
    steps = _newton_steps(around)
    return np.where(inside.all(axis=-1, keepdims=True), steps, 0.0)


def _windows(heatmaps: Floats, cells: NDArray[np.int64], reach: int) -> NDArray[np.float64]:
    """(N, K, 2 * reach + 1, 2 * reach + 1) of each map around its cell; zero outside the map."""
    people, count, height, width = heatmaps.shape
    offsets = np.arange(-reach, reach + 1)
    columns, rows = cells[..., :1] + offsets, cells[..., 1:] + offsets
    on_map = ((rows >= 0) & (rows < height))[..., :, None] & ((columns >= 0) & (columns < width))[
        ..., None, :
    ]
    person, keypoint = np.ogrid[:people, :count]
    values = heatmaps[
        person[..., None, None],
        keypoint[..., None, None],
        np.clip(rows, 0, height - 1)[..., :, None],
        np.clip(columns, 0, width - 1)[..., None, :],
    ]
    return np.where(on_map, values, 0.0).astype(np.float64)


def _blurred(heatmaps: Floats, cells: NDArray[np.int64], kernel: int) -> NDArray[np.float64]:
    """(N, K, 3, 3) of the maps convolved with a Gaussian, around the cells: nothing else is computed."""
    smooth = _smoothing(kernel)
    return np.asarray(smooth @ _windows(heatmaps, cells, kernel // 2 + 1) @ smooth.T)


@functools.cache
def _smoothing(kernel: int) -> NDArray[np.float64]:
    """(3, kernel + 2) that takes kernel + 2 cells to the three smoothed ones in their middle.

    The sigma is that of OpenCV's `GaussianBlur` for a kernel of that width, which the authors' code leaves to
    it: https://docs.opencv.org/4.x/d4/d86/group__imgproc__filter.html (getGaussianKernel).
    """
    sigma = 0.3 * ((kernel - 1) * 0.5 - 1) + 0.8
    weights = np.exp(-0.5 * ((np.arange(kernel) - kernel // 2) / sigma) ** 2)
    rows = np.zeros((3, kernel + 2))
    for place in range(3):
        rows[place, place : place + kernel] = weights / weights.sum()
    return rows


def _newton_steps(around: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 2) from the middle of (..., 3, 3) to the peak of the Gaussian through them, where it is one."""
    logs = np.log(np.maximum(around, _LEAST))
    dx = (logs[..., 1, 2] - logs[..., 1, 0]) / 2
    dy = (logs[..., 2, 1] - logs[..., 0, 1]) / 2
    dxx = logs[..., 1, 2] - 2 * logs[..., 1, 1] + logs[..., 1, 0]
    dyy = logs[..., 2, 1] - 2 * logs[..., 1, 1] + logs[..., 0, 1]
    dxy = (logs[..., 2, 2] - logs[..., 0, 2] - logs[..., 2, 0] + logs[..., 0, 0]) / 4
    determinant = dxx * dyy - dxy * dxy
    is_peak = (determinant > _LEAST) & (dxx < 0)
    divisor = np.where(is_peak, determinant, 1.0)
    steps = np.stack((dxy * dy - dyy * dx, dxy * dx - dxx * dy), axis=-1) / divisor[..., None]
    return np.where(is_peak[..., None], np.clip(steps, -_LONGEST_STEP, _LONGEST_STEP), 0.0)
