"""Plots as inline SVG; colours come from the page's style."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.evaluate.events.markup import Markup, joined, tag
from services.evaluate.intervals import Interval

_WIDTH = 460.0
_GOOD_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Axis:
    """Values laid out along pixels, from `low` at `start_px` to `high` at `end_px`."""

    low: float
    high: float
    start_px: float
    end_px: float

    def at(self, value: float) -> float:
        """Where a value lies, in px."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.start_px + share * (self.end_px - self.start_px)

    def ticks(self, most: int) -> list[float]:
        """Round values within it, at most about so many."""
        return ticks(self.low, self.high, most)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values from `low` to `high`, at most `most` and one."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in _GOOD_STEPS if power * each >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 10) for number in range(first, math.floor(high / step + 1e-9) + 1)]


def share_bar(value: float | None, interval: Interval | None) -> Markup:
    """A share from 0 to 1 with its interval, small enough for a table."""
    if value is None or interval is None:
        return Markup("")
    axis = Axis(0, 1, 4, 96)
    whiskers = tag("line", x1=axis.at(interval.low), x2=axis.at(interval.high), y1=8, y2=8, class_="whisker")
    track = tag("line", x1=4, x2=96, y1=8, y2=8, class_="track")
    dot = tag("circle", cx=axis.at(value), cy=8, r=3.5, class_="dot")
    return tag("svg", track, whiskers, dot, viewBox="0 0 100 16", width=100, height=16, role="img")


def delays_plot(delays_s: Sequence[tuple[str, float]], aims_s: tuple[float, float]) -> Markup:
    """Time to the alert of each fall, as the share of falls that were told so soon.

    Args:
        delays_s: name and seconds from the ground to the alert.
        aims_s: wanted median and 95th percentile.
    """
    if not delays_s:
        return tag("p", "No fall was found.", class_="quiet")
    ordered = sorted(delays_s, key=lambda each: each[1])
    low, high = min(0.0, ordered[0][1]), max(aims_s[1] + 0.5, ordered[-1][1] + 0.2)
    x, y = Axis(low, high, 46, _WIDTH - 12), Axis(0, 1, 168, 12)
    parts = [_grid(x, y, "seconds from the ground to the alert", "share of falls")]
    for share, aim_s in zip((0.5, 0.95), aims_s, strict=True):
        corner = [(x.at(low), y.at(share)), (x.at(aim_s), y.at(share)), (x.at(aim_s), y.at(0))]
        parts.append(tag("polyline", points=_points(corner), class_="aim"))
    line = [(x.at(low), y.at(0))]
    for number, (_, delay_s) in enumerate(ordered, 1):
        line += [(x.at(delay_s), line[-1][1]), (x.at(delay_s), y.at(number / len(ordered)))]
    line.append((x.at(high), line[-1][1]))
    parts.append(tag("polyline", points=_points(line), class_="curve"))
    for number, (name, delay_s) in enumerate(ordered, 1):
        title = tag("title", f"{name}: {delay_s:.2f} s")
        parts.append(
            tag("circle", title, cx=x.at(delay_s), cy=y.at(number / len(ordered)), r=3.5, class_="dot")
        )
    return _svg(parts, _WIDTH, 206)


@dataclass(frozen=True)
class Curve:
    """One line of a chart: `values` beside the chart's own, None where undefined; with a band."""

    name: str
    values: Sequence[float | None]
    band: Sequence[Interval | None] = ()


def chart(
    xs: Sequence[float],
    curves: Sequence[Curve],
    label: str,
    marks: Sequence[float] = (),
    top: float | None = None,
) -> Markup:
    """Curves over a threshold, from 0 up to `top` or the largest value; `marks` are vertical lines."""
    known = [value for curve in curves for value in curve.values if value is not None]
    high = top if top is not None else max((*known, 1e-9)) * 1.08
    x, y = Axis(min(xs), max(xs), 46, _WIDTH - 12), Axis(0, high, 168, 12)
    parts = [_grid(x, y, label, ", ".join(curve.name for curve in curves))]
    parts += [tag("line", x1=x.at(m), x2=x.at(m), y1=y.at(0), y2=y.at(high), class_="aim") for m in marks]
    for number, curve in enumerate(curves):
        parts += _curve(xs, curve, (x, y), f"curve c{number}")
    return _svg(parts, _WIDTH, 206)


def _curve(xs: Sequence[float], curve: Curve, axes: tuple[Axis, Axis], style: str) -> list[Markup]:
    x, y = axes
    known = [
        (x.at(place), y.at(value)) for place, value in zip(xs, curve.values, strict=True) if value is not None
    ]
    parts = []
    ends = [(x.at(place), each) for place, each in zip(xs, curve.band, strict=False) if each is not None]
    if ends:
        upper = [(place, y.at(each.high)) for place, each in ends]
        lower = [(place, y.at(each.low)) for place, each in reversed(ends)]
        parts.append(tag("polygon", points=_points(upper + lower), class_="band"))
    parts.append(tag("polyline", points=_points(known), class_=style))
    return parts + [tag("circle", cx=place, cy=value, r=2.5, class_="dot") for place, value in known]


def _grid(x: Axis, y: Axis, below: str, beside: str) -> Markup:
    lines = [
        joined(
            tag("line", x1=x.at(value), x2=x.at(value), y1=y.end_px, y2=y.start_px, class_="grid"),
            tag("text", f"{value:g}", x=x.at(value), y=y.start_px + 14, text_anchor="middle"),
        )
        for value in x.ticks(8)
    ]
    lines += [
        joined(
            tag("line", x1=x.start_px, x2=x.end_px, y1=y.at(value), y2=y.at(value), class_="grid"),
            tag("text", f"{value:g}", x=x.start_px - 6, y=y.at(value) + 4, text_anchor="end"),
        )
        for value in y.ticks(5)
    ]
    middle = (x.start_px + x.end_px) / 2
    lines.append(tag("text", below, x=middle, y=y.start_px + 32, text_anchor="middle", class_="name"))
    turned = f"translate(11 {(y.start_px + y.end_px) / 2:.0f}) rotate(-90)"
    lines.append(tag("text", beside, transform=turned, text_anchor="middle", class_="name"))
    return joined(*lines)


def _svg(parts: Sequence[Markup], width: float, height: float) -> Markup:
    return tag("svg", *parts, viewBox=f"0 0 {width:g} {height:g}", class_="plot", role="img")


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
