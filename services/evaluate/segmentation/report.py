"""What a scoring says: tables for people, rows for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.evaluate.segmentation.classmaps import Maps
from services.evaluate.segmentation.scoring import Score
from services.evaluate.words import number, row_of, span

_MEANS = (("mIoU", "miou"), ("Dice", "dice"), ("mIoU+bg", "miou_with_background"), ("right", "right"))
_NAME, _NUMBER = 12, 9  # columns, so that the tables of all models are alike
_LEGEND = (
    "mIoU, Dice: means over the classes without the background (+bg: with it); right: share of the pixels."
    " Below and under 95 %: bootstrap over pictures. Shares are of all pixels that count."
)


@dataclass(frozen=True)
class Scored:
    """A model's name, its class maps and how good they are."""

    name: str
    maps: Maps
    score: Score


def table(scored: Sequence[Scored]) -> RenderableType:
    """The means of all models, then the classes of each; fits into 80 columns."""
    means = _table("model", *(heading for heading, _ in _MEANS))
    for each in scored:
        values, ends = vars(each.score.metrics), each.score.intervals
        means.add_row(Text(each.name, style="bold"), *(number(values[key]) for _, key in _MEANS))
        spans = [span(ends.get(key)) for _, key in _MEANS]
        if any(spans):
            means.add_row("", *(Text(text, style="dim") for text in spans))
    return Group(means, Text(), *(_classes(each) for each in scored), Text(_LEGEND, style="dim"))


def rows(scored: Sequence[Scored]) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [
        row_of(each.name, vars(each.score.metrics), each.score.intervals)
        | {"classes": [_class_row(vars(each_class)) for each_class in each.score.classes]}
        for each in scored
    ]


def _class_row(values: dict[str, Any]) -> dict[str, Any]:
    interval = values["interval"]
    return values | {"interval": interval and [interval.low, interval.high]}


def _classes(scored: Scored) -> RenderableType:
    rows = _table("class", "IoU", "95 %", "Dice", "labelled", "found")
    for each in scored.score.classes:
        shares = (f"{share:.1%}" for share in (each.labelled_share, each.found_share))
        rows.add_row(each.name, number(each.iou), span(each.interval), number(each.dice), *shares)
    return Group(Text(scored.name, style="bold"), rows, Text())


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold", min_width=_NAME)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True, min_width=_NUMBER)
    return table
