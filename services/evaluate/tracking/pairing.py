"""Which boxes of a sequence count, and how much labelled and found ones overlap, as the metrics want it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from services.evaluate.tracking.motchallenge import Flags, Floats, Integers, Rows

# People on vehicles, people who never move, distractors, reflections; in MOT20 also vehicles without motor.
_DISTRACTORS = (2, 7, 8, 12)
_VEHICLE = 6
_ON_DISTRACTOR = 0.5  # IoU


@dataclass(frozen=True)
class Pairing:
    """F frames of a sequence, with L labelled and D found people who count.

    Attributes:
        labelled: for each frame the people in it, numbers in [0, L).
        found: for each frame the tracks in it, numbers in [0, D).
        overlaps: for each frame IoU (labelled, found) in [0, 1].
    """

    labelled: tuple[Integers, ...]
    found: tuple[Integers, ...]
    overlaps: tuple[Floats, ...]

    @property
    def boxes(self) -> int:
        """How many labelled boxes there are."""
        return sum(map(len, self.labelled))


def pair(truth: Rows, results: Rows, name: str, frames: int | None = None) -> Pairing:
    """Compare a sequence of so many frames: without them, up to the last box.

    As the MOTChallenge kit does, leaves out labelled boxes that do not count or are no pedestrians, and found
    ones that lie on a distractor.

    Source: https://github.com/JonathonLuiten/TrackEval/blob/master/docs/MOTChallenge-Official/Readme.md
    """
    last = frames or max(truth.last_frame, results.last_frame)
    counting = truth.counting
    distracting = np.isin(
        truth.classes, (*_DISTRACTORS, _VEHICLE) if name.startswith("MOT20") else _DISTRACTORS
    )
    kept = np.ones(len(results), np.bool_)
    overlaps = []
    for labelled, found in zip(truth.spans(last), results.spans(last), strict=True):
        overlap = iou(truth.boxes[labelled], results.boxes[found])
        kept[found] = _undistracted(overlap, distracting[labelled])
        overlaps.append(overlap[np.ix_(counting[labelled], kept[found])])
    return Pairing(
        _numbered(truth.take(counting), last), _numbered(results.take(kept), last), tuple(overlaps)
    )


def iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of boxes (N, 4) and (M, 4) as (N, M), in double precision: where it is the
    threshold itself, the last bit decides.
    """
    corner = np.maximum(first[:, None, :2], second[None, :, :2])
    sides = np.maximum(np.minimum(first[:, None, 2:], second[None, :, 2:]) - corner, 0)
    common = sides.prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None] - common
    return np.asarray(np.divide(common, union, out=np.zeros_like(common), where=union > 0), np.float64)


def _undistracted(overlap: Floats, distracting: Flags) -> Flags:
    """Which found boxes are matched with no distractor; each labelled box, counting or not, takes one."""
    kept = np.ones(overlap.shape[1], np.bool_)
    if distracting.any():
        near = np.where(overlap >= _ON_DISTRACTOR, overlap, 0)
        rows, columns = linear_sum_assignment(near, maximize=True)
        kept[columns[(near[rows, columns] > 0) & distracting[rows]]] = False
    return kept


def _numbered(rows: Rows, last_frame: int) -> tuple[NDArray[np.int64], ...]:
    """The people of each frame, numbered from 0 without gaps."""
    _, numbers = np.unique(rows.ids, return_inverse=True)
    return tuple(numbers[span].astype(np.int64) for span in rows.spans(last_frame))
