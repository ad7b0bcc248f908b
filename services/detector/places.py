"""Who was there a moment ago and is not found now, and what a second look may take for that person."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from shared.messages import Box, Person
from shared.vision.boxes import Boxes, boxes_of, iou_matrix

SURE = 0.7
"""From this score on somebody is there: of 1067 looks at one upright person YOLOX-nano never gave anything
else more than 0.63. Among weaker ones are chairs and curtains, which a lower threshold would keep for ever.
"""
REMEMBERED_US = 10_000_000  # who has not been found for so long has left, or no look of the detector helps

_SAME_PLACE = (
    0.1  # overlap with the last box from which a weak detection is who was there: a fall turns the box
)


class Place(msgspec.Struct, frozen=True):
    """Where somebody was last found, and when, in media time."""

    box: Box
    seen_us: int


def missing(places: Sequence[Place], found: Sequence[Person], now_us: int) -> tuple[Place, ...]:
    """The places of those who are not among the `found`.

    Each found person stands for the nearest place, if that is not too far. Places are forgotten after a
    while, and when media time goes back.
    """
    taken = {row for row, _ in _pairs(places, found)}
    return tuple(
        place
        for row, place in enumerate(places)
        if row not in taken and 0 <= now_us - place.seen_us <= REMEMBERED_US
    )


def places_after(places: Sequence[Place], found: Sequence[Person], now_us: int) -> tuple[Place, ...]:
    """Where people are after a look: those missing, those found again, and whoever is sure to be new."""
    again = {column for _, column in _pairs(places, found)}
    here = tuple(
        Place(person.box, now_us)
        for column, person in enumerate(found)
        if column in again or person.score >= SURE
    )
    return (*here, *missing(places, found, now_us))


def at_last_boxes(places: Sequence[Place], weak: Sequence[Person], score: float) -> list[Person]:
    """Of weak detections, the surest first, those at the last box of somebody who is missing, one for each.

    They count as much as the least sure who needs no such evidence: with `score`.
    """
    near = _overlaps(weak, places) >= _SAME_PLACE
    taken = np.zeros(len(places), bool)
    found = []
    for person, here in zip(weak, near, strict=True):
        free = np.flatnonzero(here & ~taken)
        if len(free):
            taken[free[0]] = True
            found.append(msgspec.structs.replace(person, score=score))
    return found


def near_places(
    places: Sequence[Place], found: Sequence[Person], more: Sequence[Person], iou: float
) -> list[Person]:
    """Of `more`, the surest for each of the `places` that is near it and nobody of the `found`.

    Who overlaps somebody found by over `iou` is that person.
    """
    new = without(sorted(more, key=lambda person: -person.score), found, iou)
    free = list(places)
    taken: list[Person] = []
    for person in new:
        near = [place for place in free if _is_near(place, person)]
        if near and without([person], taken, iou):
            free.remove(near[0])
            taken.append(person)
    return taken


def without(persons: Sequence[Person], others: Sequence[Person], iou: float) -> list[Person]:
    """Those of `persons` whose boxes overlap none of the `others` by more than `iou`."""
    overlaps = _overlaps(persons, others)
    return [person for person, row in zip(persons, overlaps, strict=True) if not (row > iou).any()]


def _pairs(places: Sequence[Place], found: Sequence[Person]) -> list[tuple[int, int]]:
    """Which place, by row, each found person stands for, by column: the nearest first."""
    nearest = sorted(
        (_distance(place, person), row, column)
        for row, place in enumerate(places)
        for column, person in enumerate(found)
        if _is_near(place, person)
    )
    pairs: dict[int, int] = {}
    for _, row, column in nearest:
        if row not in pairs and column not in pairs.values():
            pairs[row] = column
    return list(pairs.items())


def _is_near(place: Place, person: Person) -> bool:
    """Whether somebody may have got there: no farther than a body is long."""
    x0, y0, x1, y1 = place.box
    return _distance(place, person) <= max(x1 - x0, y1 - y0)


def _distance(place: Place, person: Person) -> float:
    """Between the middles, in pixels."""
    return math.dist(_middle(place.box), _middle(person.box))


def _middle(box: Box) -> tuple[float, float]:
    x0, y0, x1, y1 = box
    return (x0 + x1) / 2, (y0 + y1) / 2


def _overlaps(first: Sequence[Person], second: Sequence[Person | Place]) -> Boxes:
    return iou_matrix(boxes_of(first), boxes_of(second))
