"""Somebody has crossed a line: once for each crossing, and not for swaying on it."""

from typing import Literal

import msgspec
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.moment import LineSight, Moment, Sight
from shared.rules.rule import Needs, Report, Rule, SparingOptions, Step
from shared.rules.zone import Name

IN, OUT = "in", "out"


class Options(SparingOptions):
    """Which lines, which way, and how far beyond."""

    lines: tuple[Name, ...] = Field((), max_length=16, description="only these; none: all")
    direction: Literal["both", "in", "out"] = Field("both", description="only crossings in this direction")
    beyond_m: float = Field(
        0.2,
        ge=0,
        le=5,
        description="a line is crossed once somebody is so far behind it, in metres of the body",
    )


class Side(msgspec.Struct, frozen=True, array_like=True):
    """A track against one line.

    Attributes:
        line: its name.
        inside: the side on which the track was last seen for certain; None: on none yet.
        offset_m, along: where it was last seen, as in `LineSight`.
        crossed_us: media time at which it came over the line to the other side, between its ends; None: it
            has not.
    """

    line: str
    inside: bool | None
    offset_m: float
    along: float
    crossed_us: int | None = None


class Sides(msgspec.Struct, frozen=True, array_like=True):
    """A track against all lines that it has been seen from."""

    lines: tuple[Side, ...] = ()


def step(sides: Sides, moment: Moment, options: Options) -> Step[Sides]:
    """One more moment of the track."""
    if moment.sight is Sight.GONE:
        return Step(Sides())
    if moment.place is None:
        return Step(sides)
    known = {side.line: side for side in sides.lines}
    after, reports = [], []
    for sight in moment.lines:
        if options.lines and sight.name not in options.lines:
            continue
        before = known.get(sight.name) or Side(sight.name, None, sight.offset_m, sight.along)
        side = _moved(before, sight, moment.pts_us)
        settled = _settled(side, sight, options.beyond_m)
        after.append(settled)
        if side.crossed_us is not None and settled.inside is not side.inside:
            reports.append(_report(side, sight, moment, options))
    return Step(Sides(tuple(after)), tuple(r for r in reports if options.direction in {"both", r.detail}))


def _moved(side: Side, sight: LineSight, pts_us: int) -> Side:
    """With the way from where the track was last seen to here, which is taken as straight."""
    crossed_us = side.crossed_us
    if (side.offset_m > 0) != (sight.offset_m > 0):
        share = side.offset_m / (side.offset_m - sight.offset_m)
        along = side.along + share * (sight.along - side.along)
        back = side.inside is not None and (sight.offset_m > 0) == side.inside
        crossed_us = pts_us if 0 <= along <= 1 and not back else None
    return Side(side.line, side.inside, sight.offset_m, sight.along, crossed_us)


def _settled(side: Side, sight: LineSight, beyond_m: float) -> Side:
    """On which side the track is for certain, once it is far enough from the line."""
    if abs(sight.offset_m) < beyond_m or (sight.offset_m > 0) is side.inside:
        return side
    return msgspec.structs.replace(side, inside=sight.offset_m > 0, crossed_us=None)


def _report(side: Side, sight: LineSight, moment: Moment, options: Options) -> Report:
    assert side.crossed_us is not None
    inwards = sight.offset_m > 0
    return Report(
        Phase.CONFIRMED,
        side.crossed_us,
        raised_us=moment.pts_us,
        zone=sight.name,
        part=sight.name,
        detail=IN if inwards else OUT,
        evidence={
            "inwards": float(inwards),
            "beyond_m": abs(sight.offset_m),
            "beyond_threshold_m": options.beyond_m,
            "along": sight.along,
        },
    )


_CRITERIA = (Criterion("beyond_m", "beyond_threshold_m", "how far behind the line", "m"),)

RULE = Rule(EventKind.LINE_CROSS, Options, Sides(), step, Needs.LINES, criteria=_CRITERIA)
