"""How alike are the keypoints of two people, all pairs at once."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# One deviation for every keypoint, as a fraction of the body's longer side. COCO's own range from 0.025
# (eyes) to 0.107 (hips) of the square root of the area; between two frames the body moves as well.
KEYPOINT_SIGMA = 0.08
VISIBLE = 0.3
_LEAST_SHARED = 4


def keypoint_similarity(first: Floats, second: Floats, size_px: Floats) -> Floats:
    """Object keypoint similarity of people (T, K, 3) and (N, K, 3): x, y in px and visibility in [0, 1].

    Args:
        first: keypoints, NaN where unknown.
        second: keypoints, NaN where unknown.
        size_px: (T, N) body size of each pair.

    Returns:
        (T, N) in [0, 1]; NaN where fewer than four keypoints are visible in both.

    Source: https://cocodataset.org/#keypoints-eval, with one deviation for all keypoints and the longer side
    of the body in place of the square root of its area.
    """
    squared = ((first[:, None, :, :2] - second[None, :, :, :2]) ** 2).sum(axis=3)
    seen = (first[:, None, :, 2] >= VISIBLE) & (second[None, :, :, 2] >= VISIBLE) & ~np.isnan(squared)
    scale = 2 * (KEYPOINT_SIGMA * size_px[..., None]) ** 2
    likeness = np.where(seen, np.exp(-np.where(seen, squared, 0.0) / scale), 0.0).sum(axis=2)
    count = seen.sum(axis=2)
    enough = count >= _LEAST_SHARED
    return np.asarray(np.divide(likeness, count, out=np.full_like(likeness, np.nan), where=enough))
