"""Rows of blocks along media time: phases and postures, each with its name and colour."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from services.evaluate.events.plots import Axis
from services.evaluate.explain import ink
from services.evaluate.explain.ink import Anchor, Bar, Mark, Path, Text, tint, width_of
from services.evaluate.explain.told import Span, Told

LANE_PX = 20.0
_PHASES = {
    "descent": ink.SKY,
    "begun": ink.SKY,
    "suspected": ink.ORANGE,
    "confirmed": ink.VERMILLION,
    "still": ink.PURPLE,
    "recovered": ink.GREEN,
    "lost": ink.GREY,
}
_POSTURES = {
    "standing": ink.SKY,
    "bending": ink.YELLOW,
    "sitting": ink.GREEN,
    "lying": ink.VERMILLION,
    "unknown": ink.GREY,
}
_UNSEEN = "#f1f3f5"
_BLOCK = 0.6  # how much of its colour a posture's block keeps
_HATCH_PX = 7.0
_KEY_PX = 12.0


def phase_colour(name: str) -> str:
    """The colour of a phase."""
    return _PHASES.get(name, ink.GREY)


def phases(spans: Sequence[Span], x: Axis, y: float) -> Iterator[Mark]:
    """A lane of phases; the names of short ones stand above it."""
    yield Text(x.start_px - 10, y + 14, "phase", 12, ink.QUIET, Anchor.END)
    free_px = x.start_px
    for span in spans:
        x0, x1 = ends(span, x)
        yield Bar(x0, y, max(1.5, x1 - x0), LANE_PX, tint(phase_colour(span.name), 0.75), span.name)
        if _fits(span.name, x0, x1):
            yield Text((x0 + x1) / 2, y + 14, span.name, 12, anchor=Anchor.MIDDLE)
        else:
            left = max(x0, free_px)
            yield Text(left, y - 4, span.name, 11, ink.INK)
            free_px = left + width_of(span.name, 11) + 4


def postures(told: Told, x: Axis, y: float) -> Iterator[Mark]:
    """A lane of what single pictures showed, and where there was nobody to see."""
    if not told.shown():
        return
    yield Text(x.start_px - 10, y + 14, "posture", 12, ink.QUIET, Anchor.END)
    for span in _runs(told):
        x0, x1 = ends(span, x)
        yield Bar(x0, y, x1 - x0, LANE_PX, _posture_colour(span.name), span.name)
        if _fits(span.name, x0, x1):
            yield Text((x0 + x1) / 2, y + 14, span.name, 12, anchor=Anchor.MIDDLE)
    for span in told.gaps():
        yield from unseen(span, x, y, y + LANE_PX)


def key(told: Told, x: Axis, y: float) -> Iterator[Mark]:
    """Which colour is which posture, as far as they are shown."""
    left = x.start_px
    shown = {span.name for span in _runs(told)} if told.shown() else set()
    for name in (*(each for each in _POSTURES if each in shown), *sorted(shown - _POSTURES.keys())):
        yield Bar(left, y - 10, _KEY_PX, _KEY_PX, _posture_colour(name))
        yield Text(left + _KEY_PX + 6, y, name, 11, ink.QUIET)
        left += _KEY_PX + 24 + width_of(name, 11)
    if told.gaps():
        yield from _hatched(left, left + _KEY_PX, y - 10, y - 10 + _KEY_PX)
        yield Text(left + _KEY_PX + 6, y, "not seen", 11, ink.QUIET)


def unseen(span: Span, x: Axis, top: float, bottom: float) -> Iterator[Mark]:
    """A hatched ground."""
    x0, x1 = ends(span, x)
    yield from _hatched(x0, x1, top, bottom)


def ends(span: Span, x: Axis) -> tuple[float, float]:
    """Where a span begins and ends, within the axis."""
    start, end = (min(max(x.at(each / 1e6), x.start_px), x.end_px) for each in (span.start_us, span.end_us))
    return start, end


def _hatched(x0: float, x1: float, top: float, bottom: float) -> Iterator[Mark]:
    yield Bar(x0, top, x1 - x0, bottom - top, _UNSEEN, "not seen")
    height, start = bottom - top, x0 - (bottom - top)
    while start < x1:
        low, high = max(x0, start), min(x1, start + height)
        if high > low:
            yield Path([(low, bottom - (low - start)), (high, bottom - (high - start))], "#cfd5db", 1.0)
        start += _HATCH_PX


def _fits(name: str, x0: float, x1: float) -> bool:
    return width_of(name, 12) + 4 <= x1 - x0


def _posture_colour(name: str) -> str:
    return tint(_POSTURES.get(name, ink.PURPLE), _BLOCK)


def _runs(told: Told) -> Iterator[Span]:
    """Samples of one posture that follow each other; each lasts until the next one, or the next gap."""
    shown, gaps = told.shown(), {span.start_us for span in told.gaps()}
    until = [*(each.pts_us for each in shown[1:]), shown[-1].pts_us]
    rows = [
        Span(each.posture, each.pts_us, each.pts_us if each.pts_us in gaps else end)
        for each, end in zip(shown, until, strict=True)
    ]
    for (name, _), run in groupby(_numbered(rows, gaps), key=lambda each: (each[0].name, each[1])):
        spans = [span for span, _ in run]
        yield Span(name, spans[0].start_us, spans[-1].end_us)


def _numbered(rows: Sequence[Span], gaps: set[int]) -> Iterator[tuple[Span, int]]:
    """With how many gaps came before."""
    before = 0
    for span in rows:
        yield span, before
        before += span.start_us in gaps
