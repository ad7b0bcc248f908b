"""Who was found, who was missed, who was never there: picture by picture, the worst first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.evaluate.coco import Annotation, Picture, Result, Truth
from services.evaluate.pose.scoring import Overlap

Floats = NDArray[np.float64]

_LEAST_OKS = 0.05  # with less in common two skeletons are not of one person
_LEAST_SCORE = 0.3  # an invented person with a lower score hides behind any threshold in use


@dataclass(frozen=True)
class Pair:
    """A labelled person and who was found there, or None for either; `oks` in [0, 1], 0 without both."""

    labelled: Annotation | None
    found: Result | None
    oks: float


@dataclass(frozen=True)
class Case:
    """A picture and everybody in it; `goodness` is the mean OKS over labelled and invented people."""

    picture: Picture
    pairs: tuple[Pair, ...]
    goodness: float


def worst_cases(
    truth: Truth, results: Sequence[Result], overlaps: Mapping[int, Overlap], most: int
) -> list[Case]:
    """The `most` pictures with the lowest goodness, worst first; pictures without people are no cases."""
    annotations = {annotation.id: annotation for annotation in truth.annotations}
    cases = []
    for picture in truth.images:
        pairs = _pairs(overlaps[picture.id], annotations, results)
        if pairs:
            cases.append(Case(picture, pairs, sum(pair.oks for pair in pairs) / len(pairs)))
    return sorted(cases, key=lambda case: (case.goodness, case.picture.id))[:most]


def _pairs(
    overlap: Overlap, annotations: Mapping[int, Annotation], results: Sequence[Result]
) -> tuple[Pair, ...]:
    people = [annotations[key] for key in overlap.labelled]
    countable = np.array([bool(person.num_keypoints) and not person.iscrowd for person in people], bool)
    partner = _matched(overlap.oks)
    pairs = []
    for row, place in enumerate(overlap.found):
        column = partner.get(row)
        if column is not None and countable[column]:
            pairs.append(Pair(people[column], results[place], float(overlap.oks[row, column])))
        elif (
            column is None
            and results[place].score >= _LEAST_SCORE
            and not _near_uncounted(overlap, row, countable)
        ):
            pairs.append(Pair(None, results[place], 0.0))
    taken = set(partner.values())
    missed = [person for column, person in enumerate(people) if countable[column] and column not in taken]
    return (*pairs, *(Pair(person, None, 0.0) for person in missed))


def _matched(oks: Floats) -> dict[int, int]:
    """Which labelled person (column) each found one (row, best score first) is: the likest that is free."""
    free = np.ones(oks.shape[1], bool)
    partner: dict[int, int] = {}
    for row, likeness in enumerate(oks):
        open_likeness = np.where(free, likeness, 0.0)
        if open_likeness.size and open_likeness.max() >= _LEAST_OKS:
            partner[row] = int(open_likeness.argmax())
            free[partner[row]] = False
    return partner


def _near_uncounted(overlap: Overlap, row: int, countable: NDArray[np.bool_]) -> bool:
    """Whether a found person may be one of a crowd, or one whose keypoints nobody labelled."""
    uncounted = overlap.oks[row, ~countable]
    return bool(uncounted.size and uncounted.max() >= _LEAST_OKS)
