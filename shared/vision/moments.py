"""Where labelled cells of a grid are, and which way they extend, by image moments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.messages import Box

Labels = NDArray[np.uint8]  # (H, W)
Counts = NDArray[np.int64]
Moments = NDArray[np.float64]

_ROUND = 1e-9  # of the spread: what extends so little more in one direction has none


@dataclass(frozen=True, eq=False)
class Extents:
    """Of each of L labels: how many cells it has, and where they are in the picture.

    Attributes:
        counts: (L,) cells.
        boxes: (L, 4) x0, y0, x1, y1 source pixels; of no meaning where there is no cell, as the others.
        centroids: (L, 2) x, y source pixels.
        axes_deg: (L,) direction of the longest extent, above -90 to 90, 0 along the rows and positive
            downwards; 0 for what extends equally in all directions.
    """

    counts: Counts
    boxes: Moments
    centroids: Moments
    axes_deg: Moments


def extents(labels: Labels, count: int, box: Box) -> Extents:
    """Measure the cells of labels 0 to `count` - 1 of a grid (H, W) that fills `box`; others are nobody's.

    Source: Hu, "Visual pattern recognition by moment invariants", IRE Trans. Inf. Theory 8, 1962.
    """
    height, width = labels.shape
    column, row = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    owned = (labels == np.arange(count, dtype=np.uint8)[:, None, None]).astype(np.float32)
    across = (np.ones(height, np.float32) @ owned).astype(np.float64)
    by_row = (owned.reshape(-1, width) @ np.stack((np.ones_like(column), column), axis=1)).astype(np.float64)
    down, sums_x = by_row.reshape(count, height, 2).transpose(2, 0, 1)
    counts = across.sum(axis=1)
    total = np.maximum(counts, 1)
    step_x, step_y = (box[2] - box[0]) / width, (box[3] - box[1]) / height
    mean_x, var_x = _mean_and_variance(across, total)
    mean_y, var_y = _mean_and_variance(down, total)
    spread_x, spread_y = var_x * step_x**2, var_y * step_y**2
    slant = 2 * (sums_x @ row / total - mean_x * mean_y) * step_x * step_y
    longer = spread_x - spread_y
    extended = np.hypot(slant, longer) > _ROUND * (spread_x + spread_y)
    axes_deg = np.where(extended, np.degrees(np.arctan2(slant, longer)) / 2, 0.0)
    first_x, last_x = _ends(across)
    first_y, last_y = _ends(down)
    places = np.stack((first_x, first_y, last_x, last_y, mean_x + 0.5, mean_y + 0.5), axis=1)
    places = places * ((step_x, step_y) * 3) + (box[:2] * 3)
    return Extents(counts.astype(np.int64), places[:, :4], places[:, 4:], axes_deg)


def _mean_and_variance(histogram: Moments, total: Moments) -> tuple[Moments, Moments]:
    """(L,) of the columns of each row of a histogram (L, C), whose sums are `total`."""
    column = np.arange(histogram.shape[1], dtype=np.float64)
    sums = histogram @ np.stack((column, column**2), axis=1) / total[:, None]
    return sums[:, 0], sums[:, 1] - sums[:, 0] ** 2


def _ends(histogram: Moments) -> tuple[Counts, Counts]:
    """(L,) first filled column of each row of a histogram, and the one after its last."""
    filled = histogram > 0
    return filled.argmax(axis=1), histogram.shape[1] - filled[:, ::-1].argmax(axis=1)
