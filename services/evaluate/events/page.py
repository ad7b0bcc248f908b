"""The report as one HTML file without any other file: figures, plots, and a strip of every clip."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.evaluate.events.labels import Clip
from services.evaluate.events.markup import Markup, joined, tag
from services.evaluate.events.pictures import Thumbnail
from services.evaluate.events.plots import delays_plot, share_bar
from services.evaluate.events.report import rate, rate_span, seconds, story
from services.evaluate.events.scoring import ClipScore, Outcome
from services.evaluate.events.strips import strip
from services.evaluate.events.style import STYLE
from services.evaluate.events.tally import Group, Tally
from services.evaluate.events.wanted import FALL
from services.evaluate.intervals import Interval
from services.evaluate.words import number, span

# What the alerts are to reach: half of them so soon after the ground, and 95 % so soon.
AIMS_S = (1.0, 2.0)
_KEY = (
    ("var(--fall)", "labelled fall (line: ground reached)"),
    ("var(--asked)", "labelled, asks for an event"),
    ("var(--other)", "labelled, must not be told"),
    ("var(--window)", "an event is right here"),
    ("var(--warn)", "suspected"),
    ("var(--good)", "told, right"),
    ("var(--bad)", "told, false"),
    ("var(--beside)", "told, not counted"),
)


@dataclass(frozen=True)
class Section:
    """A further part of the report: a sweep, or scenes by their factors.

    Attributes:
        name: in the JSON.
        title: its heading.
        content: on the page.
        facts: in the JSON, plain values.
    """

    name: str
    title: str
    content: Markup
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Scoring:
    """All that a report shows.

    Attributes:
        source: what was scored, in words.
        groups: data sets, and all together last.
        scores: of the clips, in the order of the labels.
        clips: the labels.
        thumbnails: of clips, by name.
        sections: further parts.
        flags: what may be amiss.
    """

    source: str
    groups: Sequence[Group]
    scores: Sequence[ClipScore]
    clips: Mapping[str, Clip]
    thumbnails: Mapping[str, Sequence[Thumbnail]] = field(default_factory=dict)
    sections: Sequence[Section] = ()
    flags: Sequence[str] = ()


def page(scoring: Scoring, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> str:
    """The whole page."""
    body = joined(
        tag("h1", "Events held against labels"),
        tag("p", f"{scoring.source}; {now():%Y-%m-%d %H:%M} UTC.", class_="quiet"),
        *(tag("p", flag, class_="quiet") for flag in scoring.flags),
        *_scored(scoring),
        *(joined(tag("h2", each.title), each.content) for each in scoring.sections),
        *_clips(scoring),
    )
    head = joined(
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", "Kinestream: events held against labels"),
        tag("style", Markup(STYLE)),
    )
    return "<!DOCTYPE html>\n" + tag("html", tag("head", head), tag("body", body), lang="en") + "\n"


def _scored(scoring: Scoring) -> list[Markup]:
    if not scoring.groups:
        return []
    whole = scoring.groups[-1]
    return [
        _cards(whole),
        tag("h2", "Falls"),
        _falls(scoring.groups),
        tag("div", _delays(scoring.scores), _wrong(scoring.scores), class_="pair", style="margin-top:16px"),
        tag("h2", "Other events"),
        _others(scoring.groups),
    ]


def _cards(whole: Group) -> Markup:
    falls = whole.falls
    median, slowest = falls.delay_s(50), falls.delay_s(95)
    found = f"falls found, 95 % {span(falls.recall_interval)}"
    false = f"false alarms in {whole.outside_s / 60:.1f} min, {rate(whole.false_per_hour)} per hour"
    return tag(
        "div",
        _card(f"{falls.found} of {falls.labelled}", found, falls.missed == 0),
        _card(str(falls.false), false, falls.false == 0),
        _card(number(falls.f1), f"F1, 95 % {span(falls.f1_interval)}", falls.f1 == 1),
        _delay_card(median, "median from the ground to the alert", AIMS_S[0]),
        _delay_card(slowest, "95th percentile of it", AIMS_S[1]),
        class_="cards",
    )


def _delay_card(value: float | None, words: str, aim_s: float) -> Markup:
    return _card(seconds(value), f"{words} (aim {aim_s:g} s)", value is not None and value <= aim_s)


def _card(value: str, words: str, good: bool) -> Markup:
    words = words.replace("-", "\N{NON-BREAKING HYPHEN}")  # an interval stays on its line
    return tag("div", tag("b", value), tag("span", words), class_="card good" if good else "card bad")


def _falls(groups: Sequence[Group]) -> Markup:
    headings = (
        "",
        "clips",
        "falls",
        "found",
        "recall",
        "95 %",
        "false",
        "precision",
        "95 %",
        "F1",
        "95 %",
        "false per hour",
        "median",
        "p95",
    )
    rows = []
    for group in groups:
        falls = group.falls
        cells = (
            group.name,
            str(group.clips),
            str(falls.labelled),
            str(falls.found),
            *_share(falls.recall, falls.recall_interval),
            str(falls.false),
            *_share(falls.precision, falls.precision_interval),
            *_share(falls.f1, falls.f1_interval),
            joined(rate(group.false_per_hour), " ", tag("small", rate_span(group.false_per_hour_interval))),
            seconds(falls.delay_s(50)),
            seconds(falls.delay_s(95)),
        )
        rows.append(row(cells, "all" if group is groups[-1] else None))
        if group.bed_falls.labelled:
            bed = group.bed_falls
            apart = (
                f"{group.name}, to a bed",
                "",
                str(bed.labelled),
                str(bed.found),
                *_share(bed.recall, bed.recall_interval),
            )
            rows.append(row((*apart, *[""] * (len(headings) - len(apart)))))
    return table(headings, rows)


def _others(groups: Sequence[Group]) -> Markup:
    headings = (
        "",
        "labelled",
        "found",
        "recall",
        "95 %",
        "false",
        "precision",
        "95 %",
        "again",
        "agrees",
        "unjudged",
        "median",
    )
    rows = [
        row((f"{group.name}, {kind.replace('_', ' ')}", *_other(counts)))
        for group in groups
        for kind, counts in group.others.items()
    ]
    notes = (
        "again: told once more while a labelled state lasts; agrees: told of somebody who lies there after a"
        " fall; unjudged: no clip labels such events. median: from the seat, the upright body or the surface."
    )
    return joined(table(headings, rows), tag("p", notes, class_="quiet"))


def _other(counts: Tally) -> tuple[str, ...]:
    return (
        str(counts.labelled),
        str(counts.found),
        *_share(counts.recall, counts.recall_interval),
        str(counts.false),
        *_share(counts.precision, counts.precision_interval),
        str(counts.again),
        str(counts.agreeing),
        str(counts.unjudged),
        seconds(counts.delay_s(50)),
    )


def _delays(scores: Sequence[ClipScore]) -> Markup:
    found = [
        (score.name, each.delay_s)
        for score in scores
        for each in score.verdicts
        if each.kind == FALL and not each.apart and each.delay_s is not None
    ]
    caption = "Time to the alert; dashed: half within 1 s, 95 % within 2 s"
    return tag("figure", tag("figcaption", caption), delays_plot(found, AIMS_S))


def _wrong(scores: Sequence[ClipScore]) -> Markup:
    wrong = sorted((score for score in scores if score.wrong), key=lambda score: not _falls_wrong(score))
    title = f"Wrong: {len(wrong)} of {len(scores)} clips"
    items = [_wrong_item(score) for score in wrong]
    content = tag("ul", *items, class_="wrong") if items else tag("p", "Nothing.", class_="quiet")
    return tag("figure", tag("figcaption", title), content)


def _falls_wrong(score: ClipScore) -> bool:
    return any(verdict.kind == FALL for verdict in score.wrong)


def _wrong_item(score: ClipScore) -> Markup:
    """A clip, and how often what went wrong in it; falls first."""
    counts = Counter(
        (verdict.kind != FALL, verdict.outcome is Outcome.FALSE, verdict.kind) for verdict in score.wrong
    )
    told = [
        f"{number} {'false' if false else 'missed'} {kind.replace('_', ' ')}"
        for (_, false, kind), number in sorted(counts.items())
    ]
    link = tag("a", score.name, href=f"#{score.name}")
    return tag("li", link, f": {', '.join(told)}")


def _clips(scoring: Scoring) -> list[Markup]:
    if not scoring.scores:
        return []
    key = [tag("span", tag("i", style=f"background:{colour}"), words) for colour, words in _KEY]
    cards = [_clip(score, scoring) for score in scoring.scores]
    return [tag("h2", "Clips"), tag("div", *key, class_="key"), *cards]


def _clip(score: ClipScore, scoring: Scoring) -> Markup:
    clip = scoring.clips[score.name]
    parts = [tag("h3", score.name), strip(score, clip)]
    parts += [tag("p", story(each, score), class_="wrong") for each in score.wrong]
    if clip.note:
        parts.append(tag("p", clip.note, class_="note"))
    pictures = scoring.thumbnails.get(score.name, ())
    if pictures:
        shown = [tag("div", tag("img", src=each.url, alt=""), f"{each.at_s:.2f} s") for each in pictures]
        parts.append(tag("div", *shown, class_="pictures"))
    return tag("div", *parts, class_="clip wrong" if score.wrong else "clip", id=score.name)


def table(headings: Sequence[str], rows: Sequence[Markup]) -> Markup:
    """A table that scrolls by itself where the page is narrow."""
    head = tag("tr", *(tag("th", heading) for heading in headings))
    return tag("div", tag("table", head, *rows), class_="scroll")


def row(cells: Sequence[str], style: str | None = None) -> Markup:
    """A row of a table; a cell may be a `td` already."""
    told = (
        cell if isinstance(cell, Markup) and cell.startswith("<td") else tag("td", cell) for cell in cells
    )
    return tag("tr", *told, class_=style)


def _share(value: float | None, interval: Interval | None) -> tuple[str, Markup]:
    return number(value), tag("td", share_bar(value, interval), tag("small", span(interval)), class_="bar")
