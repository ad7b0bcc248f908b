"""HOTA, MOTA, IDF1 and identity switches of one tracker on one sequence, and summed over many.

Written for speed: tuning scores some hundred runs. The numbers are those of TrackEval and motmetrics
(`test_scoring.py` holds them to published ones). Source: Luiten et al., "HOTA", arXiv:2009.07736; Bernardin
and Stiefelhagen, "CLEAR MOT", 2008; Ristani et al., arXiv:1609.01775 (IDF1).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Indices = NDArray[np.intp]

ALPHAS = np.arange(1, 20) * 0.05
_HALF = 0.5
_EPS = np.finfo(np.float64).eps
_KEPT = 1000.0  # a pair of the frame before goes before any overlap


@dataclass(frozen=True, eq=False)
class Boxes:
    """Rows of a sequence by frame: frames (N,), ids (N,), boxes (N, 4) x0, y0, x1, y1 in px."""

    frames: Integers
    ids: Integers
    boxes: Floats


@dataclass(frozen=True, eq=False)
class Tally:
    """What is counted; sums of tallies are the tally of all sequences together.

    Attributes:
        paired: (19,) true positives at each of `ALPHAS`.
        associated: (19,) sum over them of how well their two tracks agree.
        labelled: boxes of the truth.
        said: boxes of the tracker.
        matched: true positives at IoU 0.5.
        switches: identity switches.
        identified: true positives of the best pairing of whole tracks.
    """

    paired: Floats
    associated: Floats
    labelled: int
    said: int
    matched: int
    switches: int
    identified: int

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            **{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)}
        )

    @property
    def hota(self) -> float:
        detection = self.paired / np.maximum(1, self.labelled + self.said - self.paired)
        association = self.associated / np.maximum(1, self.paired)
        return float(np.sqrt(detection * association).mean())

    @property
    def mota(self) -> float:
        return (2 * self.matched - self.said - self.switches) / max(1, self.labelled)

    @property
    def idf1(self) -> float:
        return 2 * self.identified / max(1, self.labelled + self.said)


@dataclass(frozen=True, eq=False)
class _Frame:
    """One frame: the numbers of its true and of its said tracks, and their overlap."""

    true: Indices
    said: Indices
    iou: Floats


def tally(truth: Boxes, said: Boxes, frames: int) -> Tally:
    """Count one sequence of `frames` frames, at least one."""
    true_numbers, true_counts = _numbered(truth.ids)
    said_numbers, said_counts = _numbered(said.ids)
    each = list(_frames(truth, said, (true_numbers, said_numbers), frames))
    paired, associated = _hota(each, true_counts, said_counts)
    matched, switches = _clear(each, true_counts.size)
    return Tally(
        paired=paired,
        associated=associated,
        labelled=truth.ids.size,
        said=said.ids.size,
        matched=matched,
        switches=switches,
        identified=_identified(each, true_counts.size, said_counts.size),
    )


def _numbered(ids: Integers) -> tuple[Indices, Floats]:
    _, numbers, counts = np.unique(ids, return_inverse=True, return_counts=True)
    return numbers, counts.astype(np.float64)


def _frames(truth: Boxes, said: Boxes, numbers: tuple[Indices, Indices], frames: int) -> Iterator[_Frame]:
    order = np.argsort(said.frames, kind="stable")
    edges = np.arange(frames + 1)
    true_starts = np.searchsorted(truth.frames, edges)
    said_starts = np.searchsorted(said.frames[order], edges)
    for frame in range(frames):
        true = np.arange(true_starts[frame], true_starts[frame + 1])
        rows = order[said_starts[frame] : said_starts[frame + 1]]
        yield _Frame(numbers[0][true], numbers[1][rows], iou_matrix(truth.boxes[true], said.boxes[rows]))


def iou_matrix(first: Floats, second: Floats) -> Floats:
    """(N, M) intersection over union of (N, 4) and (M, 4), in double precision: 0.5 decides."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    both = np.maximum(high - low, 0).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None] - both
    iou: Floats = np.divide(both, union, out=np.zeros_like(both), where=union > 0)
    return iou


def _hota(frames: list[_Frame], true_counts: Floats, said_counts: Floats) -> tuple[Floats, Floats]:
    """(19,) matched pairs, and (19,) the sum of their association scores."""
    likely = np.zeros((true_counts.size, said_counts.size))
    for frame in frames:
        rest = frame.iou.sum(axis=0)[None] + frame.iou.sum(axis=1)[:, None] - frame.iou
        likely[np.ix_(frame.true, frame.said)] += np.divide(
            frame.iou, rest, out=np.zeros_like(rest), where=rest > _EPS
        )
    alignment = likely / (true_counts[:, None] + said_counts[None] - likely)
    pairs, overlaps = [], []
    for frame in frames:
        rows, columns = linear_sum_assignment(-alignment[np.ix_(frame.true, frame.said)] * frame.iou)
        pairs.append(frame.true[rows] * said_counts.size + frame.said[columns])
        overlaps.append(frame.iou[rows, columns])
    pair, overlap = np.concatenate(pairs), np.concatenate(overlaps)
    together = true_counts[:, None] + said_counts[None]
    paired, associated = np.zeros(ALPHAS.size), np.zeros(ALPHAS.size)
    for index, alpha in enumerate(ALPHAS):
        counts = np.bincount(pair[overlap >= alpha - _EPS], minlength=likely.size)
        counts = counts.reshape(likely.shape)
        paired[index] = counts.sum()
        associated[index] = (counts * (counts / np.maximum(1, together - counts))).sum()
    return paired, associated


def _clear(frames: list[_Frame], tracks: int) -> tuple[int, int]:
    """Matches at IoU 0.5 and identity switches."""
    matched, switches = 0, 0
    last, before = np.full(tracks, -1), np.full(tracks, -1)  # ever, and in the frame before
    for frame in frames:
        score = _KEPT * (frame.said[None] == before[frame.true][:, None]) + frame.iou
        score[frame.iou < _HALF - _EPS] = 0
        rows, columns = linear_sum_assignment(-score)
        kept = score[rows, columns] > _EPS
        true, said = frame.true[rows[kept]], frame.said[columns[kept]]
        matched += true.size
        switches += int(((last[true] >= 0) & (last[true] != said)).sum())
        before[:] = -1
        last[true] = before[true] = said
    return matched, switches


def _identified(frames: list[_Frame], true_tracks: int, said_tracks: int) -> int:
    """True positives of the best pairing of true with said tracks."""
    together = np.zeros((true_tracks, said_tracks))
    for frame in frames:
        together[np.ix_(frame.true, frame.said)] += frame.iou >= _HALF
    rows, columns = linear_sum_assignment(-together)
    return int(together[rows, columns].sum())
