"""Object keypoint similarity: how alike are the keypoints of two people, all pairs at once.

Source: https://cocodataset.org/#keypoints-eval
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Real = TypeVar("_Real", bound=np.floating[Any])

# One deviation for every keypoint, as a fraction of the body's longer side. COCO's own range from 0.025
# (eyes) to 0.107 (hips) of the square root of the area; between two frames the body moves as well.
KEYPOINT_SIGMA = 0.08
VISIBLE = 0.3
_LEAST_SHARED = 4


def keypoint_similarity(
    first: NDArray[_Real], second: NDArray[_Real], squared_sizes: NDArray[_Real]
) -> NDArray[_Real]:
    """Similarity of people in two frames: (..., K, 3) x, y in px and visibility in [0, 1], NaN where unknown.

    As COCO's, with one deviation for all keypoints and the longer sides of the two bodies in place of the
    square root of an area. The arrays broadcast: row by row, or all pairs of `first[:, None]` and `second`.

    Args:
        first: keypoints of the one frame.
        second: keypoints of the other.
        squared_sizes: (...,) product of the two body sizes, square px.

    Returns:
        (...,) in [0, 1]; NaN where fewer than four keypoints are visible in both.
    """
    offset = first[..., :2] - second[..., :2]
    squared = (offset * offset).sum(axis=-1)
    counted = (first[..., 2] >= VISIBLE) & (second[..., 2] >= VISIBLE) & ~np.isnan(squared)
    scale = (-2 * KEYPOINT_SIGMA**2 * squared_sizes)[..., None]
    alike = np.exp(np.where(counted, squared, 0.0) / scale) * counted
    count = counted.sum(axis=-1)
    return np.where(count >= _LEAST_SHARED, alike.sum(axis=-1) / np.maximum(count, 1), np.nan).astype(
        first.dtype
    )
