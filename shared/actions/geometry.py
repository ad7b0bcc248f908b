"""Angles and means of a few points as plain numbers; whatever is not known is NaN, and stays out of means."""

import math
from collections.abc import Iterable, Sequence

Point = tuple[float, ...]  # x, y in pixels or x, y, z in metres, y down


def mean(values: Iterable[float]) -> float:
    """Of those that are known; NaN of none."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def largest(values: Iterable[float]) -> float:
    """Of those that are known; NaN of none."""
    return max((value for value in values if not math.isnan(value)), default=math.nan)


def middle(points: Sequence[Point], places: Sequence[int]) -> Point:
    """The mean of the known points among `places`; NaN of none."""
    known = [points[place] for place in places if not math.isnan(points[place][0])]
    if not known:
        return (math.nan,) * len(points[places[0]])
    return tuple(sum(values) / len(known) for values in zip(*known, strict=True))


def minus(first: Point, second: Point) -> Point:
    return tuple(a - b for a, b in zip(first, second, strict=True))


def direction(vector: Point) -> Point:
    """Of length 1; NaN of no length."""
    length = math.hypot(*vector)
    return tuple(value / length for value in vector) if length > 0 else (math.nan,) * len(vector)


def between_deg(first: Point, second: Point) -> float:
    """The angle between two directions, 0 to 180; NaN where one is unknown or has no length."""
    lengths = math.hypot(*first) * math.hypot(*second)
    if not lengths > 0:
        return math.nan
    cosine = sum(a * b for a, b in zip(first, second, strict=True)) / lengths
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def bend_deg(first: Point, joint: Point, last: Point) -> float:
    """How far three points in space are from one line, 0 to 180; NaN where one is unknown or two are one."""
    ax, ay, az = joint[0] - first[0], joint[1] - first[1], joint[2] - first[2]
    bx, by, bz = last[0] - joint[0], last[1] - joint[1], last[2] - joint[2]
    lengths = math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz))
    if not lengths > 0:
        return math.nan
    return math.degrees(math.acos(max(-1.0, min(1.0, (ax * bx + ay * by + az * bz) / lengths))))


def symmetry(pairs: Iterable[Sequence[float]]) -> float:
    """How alike left and right angles are: 1 the same, 0 by 180 degrees; NaN of no known pair."""
    return 1 - mean(abs(left - right) for left, right in pairs) / 180
