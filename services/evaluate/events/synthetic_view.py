"""Scores of made-up scenes by suite and by factor, for the terminal and for the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group as Lines
from rich.console import RenderableType
from rich.text import Text

from services.evaluate.events.markup import Markup, joined, tag
from services.evaluate.events.page import Section, row, table
from services.evaluate.events.plots import share_bar
from services.evaluate.events.report import group_row, plain_table, rate, seconds, short, story
from services.evaluate.events.scoring import ClipScore
from services.evaluate.events.synthetic import by_factor
from services.evaluate.events.tally import Group, Tally, groups
from services.evaluate.events.wanted import FALL
from services.evaluate.words import number, span

_HEADINGS = ("scenes", "falls", "95 %", "false", "per hour", "F1", "median", "p95")
_MOST_WRONG = 60


def terminal(scores: Sequence[ClipScore], *, wrong: bool = False) -> RenderableType:
    """A line for each suite and for each level of each factor; with `wrong` every fall that went wrong."""
    suites = groups(scores)
    parts: list[RenderableType] = []
    for title, members in {"suite": suites, **by_factor(scores)}.items():
        grid = plain_table((title, *_HEADINGS))
        for each in members:
            grid.add_row(each.name, *_cells(each))
        parts += [grid, Text()]
    return Lines(*parts, _others_by(suites), *(Text(line) for line in (wrong_lines(scores) if wrong else ())))


def _others_by(suites: Sequence[Group]) -> RenderableType:
    """The other kinds of events, a column each."""
    kinds = sorted({kind for each in suites for kind in _labelled_or_told(each)})
    grid = plain_table(("other events", *kinds))
    for each in suites:
        shown = _labelled_or_told(each)
        grid.add_row(each.name, *(short(shown[kind]) if kind in shown else "" for kind in kinds))
    return grid


def wrong_lines(scores: Sequence[ClipScore], most: int = _MOST_WRONG) -> list[str]:
    """What happened in scenes in which a fall was missed or told for nothing."""
    lines = [
        f"{score.name} ({score.factors.get('script', '?')}): {story(verdict, score)}"
        for score in scores
        for verdict in score.wrong
        if verdict.kind == FALL
    ]
    return lines if len(lines) <= most else [*lines[:most], f"and {len(lines) - most} more"]


def section(scores: Sequence[ClipScore]) -> Section:
    """Its part of the report."""
    members: Mapping[str, Sequence[Group]] = {"suite": groups(scores), **by_factor(scores)}
    tables = [tag("div", _table(title, each), style="margin-bottom:14px") for title, each in members.items()]
    wrong = tag("ul", *(tag("li", line) for line in wrong_lines(scores)), class_="wrong")
    content = joined(*tables, tag("h3", "Falls that went wrong"), wrong)
    return Section("synthetic", f"{len(scores)} made-up scenes", content, _facts(members))


def _facts(members: Mapping[str, Sequence[Group]]) -> dict[str, Any]:
    return {title: [group_row(each) for each in levels] for title, levels in members.items()}


def _table(title: str, members: Sequence[Group]) -> Markup:
    headings = (title, "scenes", "falls", "found", "recall", "95 %", *_HEADINGS[3:], "others")
    rows = [row(_page_cells(each)) for each in members]
    return table(headings, rows)


def _page_cells(each: Group) -> tuple[str, ...]:
    falls = each.falls
    bar = tag("td", share_bar(falls.recall, falls.recall_interval), class_="bar")
    counts = (each.name, str(each.clips), str(falls.labelled), str(falls.found), number(falls.recall), bar)
    others = ", ".join(f"{kind} {short(tally)}" for kind, tally in _labelled_or_told(each).items())
    return (*counts, *_cells(each)[3:], others)


def _cells(each: Group) -> tuple[str, ...]:
    falls = each.falls
    return (
        str(each.clips),
        f"{falls.found}/{falls.labelled}",
        span(falls.recall_interval),
        str(falls.false),
        rate(each.false_per_hour),
        number(falls.f1),
        seconds(falls.delay_s(50)),
        seconds(falls.delay_s(95)),
    )


def _labelled_or_told(each: Group) -> dict[str, Tally]:
    return {kind: counts for kind, counts in each.others.items() if counts.labelled or counts.false}
