"""The picture of an incident: phases, postures and curves under each other, over one axis of media time."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.evaluate.events.plots import Axis
from services.evaluate.explain import ink, lanes
from services.evaluate.explain.curves import Curve
from services.evaluate.explain.explanation import Explanation, clock, verdict_lines
from services.evaluate.explain.ink import Anchor, Bar, Dot, Drawing, Mark, Path, Text, tint
from services.evaluate.explain.told import Span
from services.evaluate.explain.verdicts import Answer, Verdict

_WIDTH, _LEFT, _RIGHT = 980.0, 92.0, 208.0
_PANEL, _HEAD, _GAP = 82.0, 20.0, 12.0
_LINE, _LETTERS = 16.0, 136  # of the sentences under the title
_BETWEEN = 8.0
_MOST_TICKS = 10
_SHADE = 0.16  # how much of its colour the ground of a phase keeps
_FOOT = 74.0


@dataclass(frozen=True)
class _Frame:
    """What all rows share: the time axis, where the lanes begin, and the rows of curves begin and end."""

    x: Axis
    lanes: float
    top: float
    bottom: float


def sheet(explanation: Explanation, *, titled: bool = True) -> Drawing:
    """The whole picture; without title and sentences where a page says them."""
    told, count = explanation.told, len(explanation.curves)
    start_us, end_us = told.span()
    phases = [each for each in told.phases() if each.start_us < end_us]
    later = [each for each in told.phases() if each.start_us >= end_us]
    x = Axis(start_us / 1e6, end_us / 1e6, _LEFT, _WIDTH - _RIGHT)
    header = list(_header(explanation)) if titled else []
    begin = 30.0 + (_LINE * len(header) + 8 if titled else 0)
    top = begin + 2 * (lanes.LANE_PX + _BETWEEN)
    frame = _Frame(x, begin, top, top + count * (_HEAD + _PANEL + _GAP) - (_GAP if count else 0))
    marks: list[Mark] = [
        *header,
        *_grounds(explanation, frame),
        *lanes.phases(phases, x, begin),
        *_later(later, frame),
        *lanes.postures(told, x, begin + lanes.LANE_PX + _BETWEEN),
        *_panels(explanation, frame),
        *_times(frame),
        *lanes.key(told, x, frame.bottom + 62),
    ]
    return Drawing(_WIDTH, frame.bottom + _FOOT, explanation.title, marks)


def _later(spans: Sequence[Span], frame: _Frame) -> Iterator[Mark]:
    """What came when the picture has ended, beside the lane of phases."""
    if spans:
        rest = f" and {len(spans) - 2} more" if len(spans) > 2 else ""
        text = ", ".join(f"{each.name} {clock(each.start_us)}" for each in spans[:2])
        yield Text(frame.x.end_px + 16, frame.lanes + 14, f"then {text}{rest}", 11.5, ink.QUIET)


def _header(explanation: Explanation) -> Iterator[Mark]:
    yield Text(16, 27, explanation.title, 18, bold=True)
    lines = [line for each in explanation.sentences for line in textwrap.wrap(each, _LETTERS)]
    for number, line in enumerate(lines):
        yield Text(16, 48 + _LINE * number, line, 12, ink.QUIET)


def _grounds(explanation: Explanation, frame: _Frame) -> Iterator[Mark]:
    """The ground of each phase through all rows, and where nobody was seen."""
    for span in explanation.told.phases():
        x0, x1 = lanes.ends(span, frame.x)
        colour = tint(lanes.phase_colour(span.name), _SHADE)
        yield Bar(x0, frame.lanes, x1 - x0, frame.bottom - frame.lanes, colour, span.name)
    for span in explanation.told.gaps():
        yield from lanes.unseen(span, frame.x, frame.top, frame.bottom)


def _panels(explanation: Explanation, frame: _Frame) -> Iterator[Mark]:
    verdicts = {each.criterion.curve: each for each in explanation.verdicts if each.criterion.curve}
    for number, curve in enumerate(explanation.curves.values()):
        top = frame.top + number * (_HEAD + _PANEL + _GAP)
        for span in explanation.told.phases():
            x0, _ = lanes.ends(span, frame.x)
            if x0 < frame.x.end_px:
                yield Path(
                    [(x0, top + _HEAD), (x0, top + _HEAD + _PANEL)], lanes.phase_colour(span.name), 1.4
                )
        yield from _panel(curve, verdicts.get(curve.name), frame.x, top + _HEAD)


def _panel(curve: Curve, verdict: Verdict | None, x: Axis, top: float) -> Iterator[Mark]:
    y = _scale(curve, verdict, top)
    title = f"{curve.title} ({curve.unit})" if curve.unit else curve.title
    yield Text(x.start_px, top - 6, title, 12, bold=True)
    for value in y.ticks(4):
        yield Path([(x.start_px, y.at(value)), (x.end_px, y.at(value))], ink.GRID)
        yield Text(x.start_px - 8, y.at(value) + 4, f"{value:g}", 11, ink.QUIET, Anchor.END)
    yield Path([(x.start_px, top), (x.start_px, top + _PANEL)], ink.LINE)
    if verdict is not None:
        at = y.at(verdict.threshold)
        yield Path([(x.start_px, at), (x.end_px, at)], ink.INK, 1.3, dashed=True)
    for piece in curve.pieces:
        points = [(x.at(pts / 1e6), y.at(value)) for pts, value in piece]
        if len(points) > 1:
            yield Path(points, ink.BLUE, 2.0)
        yield from (Dot(px, py, 2.1, ink.BLUE) for px, py in points)
    yield from _beside(verdict, x, y, top)


def _scale(curve: Curve, verdict: Verdict | None, top: float) -> Axis:
    values = [*curve.within, *(value for _, value in curve.points)]
    if verdict is not None:
        values.append(verdict.threshold * 1.2)
    low, high = min(values), max(values)
    room = 0.04 * (high - low)
    ends = (top, top + _PANEL) if curve.downwards else (top + _PANEL, top)
    return Axis(low - room, high + room, *ends)


def _beside(verdict: Verdict | None, x: Axis, y: Axis, top: float) -> Iterator[Mark]:
    """What came of it, at the right; a ring where the curve first reached the threshold."""
    left = x.end_px + 16
    if verdict is None:
        yield Text(left, top + 14, "not asked for, to compare", 11, ink.QUIET)
        return
    if verdict.reached_us is not None:
        yield Dot(x.at(verdict.reached_us / 1e6), y.at(verdict.threshold), 4.5, ink.VERMILLION, hollow=True)
    colour = ink.INK if verdict.answer is Answer.REACHED else ink.VERMILLION
    first, *rest = verdict_lines(verdict)
    yield Text(left, top + 14, first, 12, colour, bold=True)
    for number, line in enumerate(rest, 1):
        yield Text(left, top + 14 + 16 * number, line, 11.5, ink.QUIET)


def _times(frame: _Frame) -> Iterator[Mark]:
    y = frame.bottom
    yield Path([(frame.x.start_px, y), (frame.x.end_px, y)], ink.LINE)
    ticks = frame.x.ticks(_MOST_TICKS)
    for value in ticks:
        px = frame.x.at(value)
        yield Path([(px, y), (px, y + 5)], ink.LINE)
        digits = 0 if all(each == round(each) for each in ticks) else 1
        yield Text(px, y + 19, clock(round(value * 1e6), digits), 11, ink.QUIET, Anchor.MIDDLE)
    middle = (frame.x.start_px + frame.x.end_px) / 2
    yield Text(middle, y + 38, "media time (min:s)", 12, ink.QUIET, Anchor.MIDDLE)
