"""Object keypoint similarity: how alike are the keypoints of two people, all pairs at once.

Source: https://cocodataset.org/#keypoints-eval
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# One deviation for every keypoint, as a fraction of the body's longer side. COCO's own range from 0.025
# (eyes) to 0.107 (hips) of the square root of the area; between two frames the body moves as well.
KEYPOINT_SIGMA = 0.08
VISIBLE = 0.3
_LEAST_SHARED = 4


def oks_matrix(
    truth: NDArray[np.floating],
    visible: NDArray[np.bool_],
    areas: NDArray[np.floating],
    found: NDArray[np.floating],
    sigmas: tuple[float, ...],
) -> Floats:
    """COCO's similarity of labelled and found people.

    Args:
        truth: (N, K, 2) labelled keypoints, px.
        visible: (N, K) which of them are labelled.
        areas: (N,) of the people's segments (not of their boxes), square px.
        found: (M, K, 2) px; a labelled keypoint that is NaN here counts as missed by far.
        sigmas: of the K keypoints; a deviation of 2 sigma times the root of the area gives exp(-1/2).

    Returns:
        (N, M) in [0, 1]: the mean over each person's labelled keypoints; NaN for a person who has none, whom
        COCO leaves out.
    """
    squared = _squared(truth, found)
    counted = np.broadcast_to(visible[:, None], squared.shape)
    variances = (2 * np.asarray(sigmas)) ** 2
    scale = 2 * variances * (areas[:, None, None] + np.spacing(1.0))
    return _mean_likeness(squared, counted, scale, 1)


def keypoint_similarity(first: Floats, second: Floats, size_px: Floats) -> Floats:
    """Similarity of people (T, K, 3) and (N, K, 3) in two frames: x, y in px and visibility in [0, 1].

    As COCO's, with one deviation for all keypoints and the longer side of the body in place of the square
    root of its area.

    Args:
        first: keypoints, NaN where unknown.
        second: keypoints, NaN where unknown.
        size_px: (T, N) body size of each pair.

    Returns:
        (T, N) in [0, 1]; NaN where fewer than four keypoints are visible in both.
    """
    squared = _squared(first[..., :2], second[..., :2])
    seen = (first[:, None, :, 2] >= VISIBLE) & (second[None, :, :, 2] >= VISIBLE) & ~np.isnan(squared)
    return _mean_likeness(squared, seen, 2 * (KEYPOINT_SIGMA * size_px[..., None]) ** 2, _LEAST_SHARED)


def _squared(first: NDArray[np.floating], second: NDArray[np.floating]) -> Floats:
    """Squared distances of the keypoints of all pairs: (N, K, 2) and (M, K, 2) to (N, M, K)."""
    return np.asarray(((first[:, None] - second[None]) ** 2).sum(axis=3), np.float64)


def _mean_likeness(squared: Floats, counted: NDArray[np.bool_], scale: Floats, least: int) -> Floats:
    """Mean of exp(-`squared` / `scale`) over what is `counted`, (N, M, K) to (N, M); NaN below `least`."""
    known = counted & ~np.isnan(squared)
    likeness = np.where(known, np.exp(-np.where(known, squared, 0.0) / scale), 0.0).sum(axis=2)
    count = counted.sum(axis=2)
    return np.asarray(np.divide(likeness, count, out=np.full_like(likeness, np.nan), where=count >= least))
