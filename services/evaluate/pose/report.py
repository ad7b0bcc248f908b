"""What a scoring says: a table for people, rows for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.evaluate.coco import Result
from services.evaluate.intervals import Interval
from services.evaluate.pose.scoring import FOUND, Score
from services.evaluate.words import number, row_of, shares, span

_COLUMNS = (
    *(("AP", "ap"), ("AP50", "ap50"), ("AP75", "ap75")),
    *(("APm", "ap_medium"), ("APl", "ap_large"), ("AR", "ar")),
)
_WIDTH = 9  # of an interval
_LEGEND = (
    "AP: mean over OKS .50 to .95; m, l: medium and large people; found: labelled people with"
    f" OKS {shares(FOUND)} and more. Below: 95 % intervals, by bootstrap over pictures (found: Wilson)."
)


@dataclass(frozen=True)
class Scored:
    """A detector's name, what it found and how good that is."""

    name: str
    results: Sequence[Result]
    score: Score


def table(scored: Sequence[Scored]) -> RenderableType:
    """A line for each detector's name, and its numbers below; fits into 80 columns."""
    headings = [Text(heading, style="dim") for heading in (*(heading for heading, _ in _COLUMNS), "found")]
    parts: list[RenderableType] = [_lines(headings)]
    for each in scored:
        metrics, ends = vars(each.score.metrics), each.score.intervals
        numbers = [number(metrics[key]) for _, key in _COLUMNS]
        lines = [[Text(text) for text in (*numbers, f"{each.score.found}/{each.score.labelled}")]]
        spans = [span(ends.get(key)) for _, key in _COLUMNS]
        if any(spans):
            lines.append([Text(text, style="dim") for text in (*spans, span(each.score.recall))])
        parts += [Text(each.name, style="bold"), _lines(*lines)]
    return Group(*parts, Text(_LEGEND, style="dim"))


def _lines(*rows: Sequence[Text]) -> Table:
    """Lines of one grid, so that the columns of all models are below each other."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in rows[0]:
        grid.add_column(justify="right", width=_WIDTH, no_wrap=True)
    for row in rows:
        grid.add_row(*row)
    return grid


def gaps(scored: Sequence[Scored], better: str, worse: str) -> RenderableType:
    """How far apart two detectors are at a loose, at a strict and at all thresholds."""
    by_name = {each.name: vars(each.score.metrics) for each in scored}
    text = Text(f"from {better} to {worse}: ")
    for heading, key in (("OKS .50", "ap50"), (".75", "ap75"), (".50:.95", "ap")):
        text.append(f"{heading}  ", style="dim")
        text.append(f"{by_name[better][key] - by_name[worse][key]:.3f}   ", style="bold")
    return text


def rows(scored: Sequence[Scored]) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [
        row_of(each.name, vars(each.score.metrics), each.score.intervals)
        | {
            "labelled": each.score.labelled,
            "found": each.score.found,
            "found_interval": _ends(each.score.recall),
            "results": each.score.results,
        }
        for each in scored
    ]


def _ends(interval: Interval | None) -> tuple[float, float] | None:
    return None if interval is None else (interval.low, interval.high)
