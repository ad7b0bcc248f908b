"""Numbers as reports write them."""

from collections.abc import Mapping
from typing import Any

from services.evaluate.intervals import Interval


def number(value: float | None) -> str:
    """A metric in [0, 1] with three digits; - where it is undefined."""
    return "-" if value is None else shares(value, 3)


def shares(value: float, digits: int = 2) -> str:
    """A share without its leading zero, as COCO's tables have it: .861, 1.000, -.250."""
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.removeprefix("-").startswith("0.") else text


def span(interval: Interval | None) -> str:
    """An interval in as little room as can be: .79-.96; nothing where there is none."""
    return "" if interval is None else f"{shares(interval.low)}-{shares(interval.high)}"


def row_of(
    name: str, metrics: Mapping[str, float | None], intervals: Mapping[str, Interval | None]
) -> dict[str, Any]:
    """Metrics and their intervals as plain values."""
    ends = {key: [each.low, each.high] for key, each in intervals.items() if each is not None}
    return {"model": name, **metrics, "intervals": ends}
