"""How a camera itself has moved between two pictures, by sparse optical flow on what stands still.

Small grey pictures are enough: a point is found to a twentieth of their pixels, and they fit a checkpoint.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.tracking.warps import Warp

Thumb = NDArray[np.uint8]  # (H, W) grey

THUMB_PX = 160  # the longer side
_POINTS = 120
_LEAST_POINTS = 12
_LEAST_SHARE = 0.5  # of the points that one motion must explain
_MARGIN = 0.1  # people move their limbs beyond their boxes by this share of their sides


def thumbnail(picture: NDArray[np.uint8]) -> Thumb:
    """(H, W, 3) BGR, of any size, small and grey."""
    height, width = picture.shape[:2]
    scale = THUMB_PX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


def camera_motion(before: Thumb, after: Thumb, boxes: NDArray[np.floating], width_px: int) -> Warp | None:
    """Where the places of the picture `before` are in the one `after`: a turn, a scale and a shift.

    Args:
        before: thumb of the last picture.
        after: thumb of this one; of another size, nothing is said.
        boxes: (N, 4) px where people are, who move by themselves.
        width_px: of the pictures that the boxes and the answer speak of.

    Returns:
        (2, 3) in their pixels; None where too little of the picture tells.

    Source: the sparse-flow compensation of Aharon et al., "BoT-SORT", arXiv:2206.14651, section 3.2.
    """
    if before.shape != after.shape:
        return None
    scale = after.shape[1] / width_px
    points = cv2.goodFeaturesToTrack(before, _POINTS, 0.01, 4.0, mask=_still(after.shape, boxes * scale))
    if points is None or len(points) < _LEAST_POINTS:
        return None
    moved, status, _ = cv2.calcOpticalFlowPyrLK(before, after, points, np.empty_like(points))
    found = status[:, 0] > 0
    if np.count_nonzero(found) < _LEAST_POINTS:
        return None
    warp, inliers = cv2.estimateAffinePartial2D(points[found], moved[found], ransacReprojThreshold=0.5)
    if warp is None or np.count_nonzero(inliers) < _LEAST_SHARE * len(points):
        return None
    answer = np.array(warp, np.float64)
    answer[:, 2] /= scale
    return answer


def _still(shape: tuple[int, ...], boxes: NDArray[np.floating]) -> Thumb:
    """Where nobody is, 255; 0 around `boxes` in thumb pixels."""
    mask = np.full(shape, 255, np.uint8)
    grown = (boxes[:, 2:] - boxes[:, :2]) * _MARGIN
    low = np.maximum(np.floor(boxes[:, :2] - grown), 0).astype(np.int64)
    high = np.maximum(np.ceil(boxes[:, 2:] + grown), 0).astype(np.int64)
    for (x0, y0), (x1, y1) in zip(low.tolist(), high.tolist(), strict=True):
        mask[y0:y1, x0:x1] = 0
    return mask
