"""Axis-aligned boxes: overlap, clipping and suppression of duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.messages import Box

Floats = NDArray[np.float32]
Boxes = NDArray[np.float32]  # (N, 4) x0, y0, x1, y1; x0 <= x1 and y0 <= y1


class HasBox(Protocol):
    @property
    def box(self) -> Box: ...


def areas(boxes: Boxes) -> Floats:
    """Area of each box: (..., 4) to (...); a box that is inside out has none."""
    sides = np.maximum(boxes[..., 2:] - boxes[..., :2], 0)
    return np.asarray(sides[..., 0] * sides[..., 1], np.float32)


def iou_matrix(first: Boxes, second: Boxes) -> Floats:
    """Intersection over union of each pair: (N, 4) and (M, 4) to (N, M) in [0, 1].

    Two boxes that only touch have 0, and so has every pair with a box without area.
    """
    return _iou(first[:, None], second[None])


def _iou(first: Boxes, second: Boxes) -> Floats:
    """Intersection over union of boxes (..., 4) that broadcast against each other."""
    top_left = np.maximum(first[..., :2], second[..., :2])
    bottom_right = np.minimum(first[..., 2:], second[..., 2:])
    sides = np.maximum(bottom_right - top_left, 0)
    overlap = sides[..., 0] * sides[..., 1]
    union = areas(first) + areas(second) - overlap
    return np.asarray(np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0), np.float32)


def boxes_of(having: Sequence[HasBox]) -> Boxes:
    """The boxes (N, 4) of persons, or of whatever has one."""
    return np.array([each.box for each in having], np.float32).reshape(-1, 4)


def clip_box(box: Box, width_px: int, height_px: int) -> Box:
    """The part of `box` inside the picture; without area where they do not meet."""
    x0, y0, x1, y1 = box
    return (
        min(max(x0, 0.0), float(width_px)),
        min(max(y0, 0.0), float(height_px)),
        min(max(x1, 0.0), float(width_px)),
        min(max(y1, 0.0), float(height_px)),
    )


def box_around(points: Floats, margin: float) -> Box:
    """The box around (K, 2) points, grown on each side by `margin` times its longer side.

    Raises:
        ValueError: there is no finite point.
    """
    finite = points[np.isfinite(points).all(axis=1)]
    if not len(finite):
        raise ValueError("no box: none of the points is finite")
    low, high = finite.min(axis=0), finite.max(axis=0)
    grown = margin * float((high - low).max())
    return (
        float(low[0]) - grown,
        float(low[1]) - grown,
        float(high[0]) + grown,
        float(high[1]) + grown,
    )


@dataclass(frozen=True)
class Suppressed:
    """What is left after suppression, best first: M boxes (M, 4), their scores (M,) and values (M, V)."""

    boxes: Boxes
    scores: Floats
    values: Floats


def weighted_nms(boxes: Boxes, scores: Floats, values: Floats, iou: float) -> Suppressed:
    """Merge boxes that overlap the best of them by more than `iou` into their score-weighted mean.

    Args:
        boxes: (N, 4).
        scores: (N,), positive.
        values: (N, V) what is averaged along with the boxes, for instance keypoints.
        iou: overlap in [0, 1].

    Returns:
        The merged boxes, each with the score of its best member. Equal scores keep their order.

    Source: Bazarevsky et al., "BlazeFace", arXiv:1907.05047, section 3.3 ("blending").
    """
    order = np.argsort(-scores, kind="stable")
    boxes, scores, values = boxes[order], scores[order], values[order]
    overlaps = iou_matrix(boxes, boxes) > iou
    free = np.ones(len(boxes), bool)
    members: list[NDArray[np.bool_]] = []
    best: list[int] = []
    for index in range(len(boxes)):
        if free[index]:
            cluster = overlaps[index] & free
            cluster[index] = True
            free &= ~cluster
            members.append(cluster)
            best.append(index)
    weights = np.array(members, np.float32).reshape(len(best), len(boxes)) * scores
    weights /= weights.sum(axis=1, keepdims=True)
    merged, averaged = (np.asarray(weights @ rows, np.float32) for rows in (boxes, values))
    return Suppressed(merged, scores[best], averaged)


def nms(
    boxes: Boxes, scores: Floats, groups: NDArray[np.intp], iou: float, most: int | None = None
) -> NDArray[np.intp]:
    """Which boxes stay when each drops those of its own group that overlap it by more than `iou`.

    Each round keeps the best box left in every group at once and drops what overlaps it, so that a batch
    costs as many rounds as its fullest picture has boxes that stay, and never an N x N matrix.

    Args:
        boxes: (N, 4).
        scores: (N,); of equal ones the first wins.
        groups: (N,) what is suppressed together, for instance the picture's number, or picture and class.
        iou: overlap in [0, 1].
        most: at most so many stay in each group, the best; None: all.

    Returns:
        The indices of those that stay, group by group, best first. A box without area overlaps nothing.
    """
    left = np.lexsort((-scores, groups))
    kept = [left[:0]]
    while len(left) and (most is None or len(kept) <= most):
        leads = np.ones(len(left), bool)
        np.not_equal(groups[left[1:]], groups[left[:-1]], out=leads[1:])
        best = left[leads]
        kept.append(best)
        rivals = best[np.cumsum(leads) - 1]
        left = left[~leads & (_iou(boxes[left], boxes[rivals]) <= iou)]
    found = np.concatenate(kept)
    return found[np.argsort(groups[found], kind="stable")]
