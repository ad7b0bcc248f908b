"""Overlap of class maps.

Of a class, TP are the pixels that show it and are found, FN those that show it and are found as another, FP
those that are found and show another. IoU = TP / (TP + FP + FN), Dice = 2 TP / (2 TP + FP + FN), both summed
over all pictures first. The mean is over the classes but the background that are labelled or found at all.

Source: Everingham et al., "The PASCAL Visual Object Classes Challenge", IJCV 88, 2010, section 4.2 (IoU);
L. R. Dice, "Measures of the amount of ecologic association between species", Ecology 26, 1945.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.evaluate.errors import EvaluationError
from services.evaluate.intervals import Bootstrap, Interval
from services.evaluate.segmentation.classmaps import IGNORED, ClassMap

Tally = NDArray[np.int64]  # (C, C) pixels of labelled (row) and found (column) classes


@dataclass(frozen=True)
class ClassScore:
    """One class: overlaps in [0, 1], None where it neither is nor was found; shares of all counted pixels."""

    name: str
    iou: float | None
    dice: float | None
    labelled_share: float
    found_share: float
    interval: Interval | None


@dataclass(frozen=True)
class Metrics:
    """Means over the classes: mIoU and Dice without the background, mIoU with it, share of right pixels."""

    miou: float | None
    dice: float | None
    miou_with_background: float | None
    right: float | None


@dataclass(frozen=True)
class Score:
    """How good class maps are; `by_picture` is each picture's mIoU, None where there is nothing in it."""

    metrics: Metrics
    intervals: dict[str, Interval | None]
    classes: tuple[ClassScore, ...]
    by_picture: tuple[float | None, ...]


def tally(labelled: ClassMap, found: ClassMap, classes: int) -> Tally:
    """Count the pixels of every pair of classes where the labelled one counts.

    What is found as `IGNORED` is taken for the background.

    Raises:
        EvaluationError: the maps differ in size.
    """
    if labelled.shape != found.shape:
        raise EvaluationError(
            f"class maps of {found.shape[1]} x {found.shape[0]} and {labelled.shape[1]} x {labelled.shape[0]}"
            " pixels cannot be compared"
        )
    counts = labelled != IGNORED
    answers = np.where(found == IGNORED, 0, found)[counts].astype(np.int64)
    pairs = np.bincount(labelled[counts].astype(np.int64) * classes + answers, minlength=classes * classes)
    return pairs.reshape(classes, classes)


def score(tallies: Sequence[Tally], names: Sequence[str], bootstrap: Bootstrap) -> Score:
    """Score the tallies of all pictures, one each.

    Raises:
        EvaluationError: there are none.
    """
    if not tallies:
        raise EvaluationError("there is no picture to score: `images` of the annotations is empty")
    stacked = np.stack(tallies)
    total = stacked.sum(axis=0)
    metrics = _metrics(total)

    def again(chosen: NDArray[np.int64]) -> list[float | None]:
        drawn = stacked[chosen].sum(axis=0)
        return [*vars(_metrics(drawn)).values(), *_overlaps(drawn)[0]]

    intervals = bootstrap.intervals(len(stacked), again)
    means, ends = list(vars(metrics)), intervals[len(vars(metrics)) :]
    ious, dices = _overlaps(total)
    pixels = max(int(total.sum()), 1)
    classes = tuple(
        ClassScore(
            name,
            ious[number],
            dices[number],
            float(total[number].sum() / pixels),
            float(total[:, number].sum() / pixels),
            ends[number],
        )
        for number, name in enumerate(names)
    )
    by_picture = tuple(_metrics(each).miou for each in stacked)
    return Score(metrics, dict(zip(means, intervals, strict=False)), classes, by_picture)


def _overlaps(total: Tally) -> tuple[list[float | None], list[float | None]]:
    """IoU and Dice of every class."""
    both, labelled, found = np.diag(total), total.sum(axis=1), total.sum(axis=0)
    union, sizes = labelled + found - both, labelled + found
    return _ratios(both, union), _ratios(2 * both, sizes)


def _metrics(total: Tally) -> Metrics:
    ious, dices = _overlaps(total)
    right = _ratios(np.array([np.trace(total)]), np.array([total.sum()]))[0]
    return Metrics(_mean(ious[1:]), _mean(dices[1:]), _mean(ious), right)


def _ratios(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> list[float | None]:
    return [float(part / whole) if whole else None for part, whole in zip(parts, wholes, strict=True)]


def _mean(values: Sequence[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None
