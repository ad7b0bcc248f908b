"""What a scoring of events says: tables for people."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.console import Group as Lines
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from services.evaluate.events.incidents import Incident
from services.evaluate.events.scoring import ClipScore, Outcome, Verdict
from services.evaluate.events.tally import Group, Tally
from services.evaluate.events.wanted import ON_FLOOR, Wanted
from services.evaluate.intervals import Interval
from services.evaluate.words import number, span

_NEAR_S = 30.0
_MOST_VALUES = 5
_WIDEST = 1000  # columns, of a table
_UNIT = re.compile(r"(_m_s|_m|_s|_deg|)$")


def tables(groups: Sequence[Group], scores: Sequence[ClipScore]) -> RenderableType:
    """Falls, other events, and every wrong clip by name."""
    return Lines(
        Text("falls", style="bold"),
        _falls(groups),
        Text(),
        Text("other events", style="bold"),
        _others(groups),
        Text(),
        *wrong_lines(scores),
    )


def wrong_lines(scores: Sequence[ClipScore]) -> list[Text]:
    """What happened in each wrong clip, a line each."""
    wrong = [score for score in scores if score.wrong]
    if not wrong:
        return [Text(f"nothing wrong in {len(scores)} clips", style="green")]
    lines = [Text(f"wrong: {len(wrong)} of {len(scores)} clips", style="bold")]
    for score in wrong:
        lines += [Text(f"  {score.name}: {story(verdict, score)}") for verdict in score.wrong]
    return lines


def story(verdict: Verdict, score: ClipScore) -> str:
    """What happened, in words: a label that was missed, or an event told for nothing."""
    if verdict.outcome is Outcome.MISSED and verdict.wanted is not None:
        return _missed(verdict.wanted, score)
    assert verdict.incident is not None
    incident = verdict.incident
    assert incident.raised_s is not None
    why = evidence(incident)
    return (
        f"false {verdict.kind} raised at {incident.raised_s:.2f} s, begun at {incident.started_s:.2f} s,"
        f" track {incident.track} ({why or 'no evidence'}){_late(verdict, score)}"
    )


def evidence(incident: Incident) -> str:
    """The values that were held against thresholds; where there are none, the first of all."""
    known = incident.evidence
    pairs = {name: _UNIT.sub(r"_threshold\1", name, count=1) for name in sorted(known)}
    held = [
        f"{name} {known[name]:.3g} ({known[other]:.3g})" for name, other in pairs.items() if other in known
    ]
    plain = [f"{name} {value:.3g}" for name, value in sorted(known.items()) if not name.endswith("_px")]
    return ", ".join(held or plain[:_MOST_VALUES])


def _missed(wanted: Wanted, score: ClipScore) -> str:
    what = f"{wanted.kind} not raised between {wanted.from_s:.2f} and {wanted.until_s:.2f} s ({wanted.label})"
    near = [
        incident
        for incident in score.incidents
        if incident.started_s <= wanted.until_s and incident.ended_s >= wanted.from_s
    ]
    told = []
    for incident in near:
        if incident.kind == wanted.kind and incident.raised_s is None:
            phases = ", ".join(f"{update.phase} {update.at_s:.2f} s" for update in incident.updates)
            told.append(f"{incident.kind} by track {incident.track} never confirmed: {phases}")
        elif incident.kind == ON_FLOOR and incident.raised_s is not None:
            told.append(f"found on the floor at {incident.raised_s:.2f} s")
        elif incident.kind != wanted.kind and incident.raised_s is not None:
            told.append(f"{incident.kind} instead at {incident.raised_s:.2f} s")
    return f"{what}: {'; '.join(told) or 'nothing was told'}"


def _late(verdict: Verdict, score: ClipScore) -> str:
    """How far a false event lies from a missed label of its kind."""
    assert verdict.incident is not None
    raised_s = verdict.incident.raised_s or 0.0
    missed = [
        each.wanted
        for each in score.verdicts
        if each.kind == verdict.kind and each.outcome is Outcome.MISSED and each.wanted is not None
    ]
    late = [raised_s - each.until_s for each in missed if 0 < raised_s - each.until_s < _NEAR_S]
    early = [each.from_s - raised_s for each in missed if 0 < each.from_s - raised_s < _NEAR_S]
    if late:
        return f": {min(late):.2f} s late for a labelled one"
    return f": {min(early):.2f} s early for a labelled one" if early else ""


def _falls(groups: Sequence[Group]) -> Table:
    table = plain_table(("", "found", "95 %", "false", "prec.", "F1", "95 %", "per hour", "median", "p95"))
    for group in groups:
        falls = group.falls
        hourly = f"{rate(group.false_per_hour)} {rate_span(group.false_per_hour_interval)}"
        table.add_row(
            group.name,
            f"{falls.found}/{falls.labelled}",
            span(falls.recall_interval),
            str(falls.false),
            number(falls.precision),
            number(falls.f1),
            span(falls.f1_interval),
            hourly,
            seconds(falls.delay_s(50)),
            seconds(falls.delay_s(95)),
        )
        if group.bed_falls.labelled:
            bed = group.bed_falls
            found = f"{bed.found}/{bed.labelled}"
            table.add_row(f"{group.name}, to a bed", found, span(bed.recall_interval))
    return table


def _others(groups: Sequence[Group]) -> Table:
    headings = ("found", "95 %", "false", "prec.", "again", "agrees", "unjudged", "median")
    table = plain_table(("", *headings))
    for group in groups:
        for kind, counts in group.others.items():
            table.add_row(f"{group.name}, {kind}", *_cells(counts))
    return table


def _cells(counts: Tally) -> Iterator[str]:
    yield f"{counts.found}/{counts.labelled}"
    yield span(counts.recall_interval)
    yield str(counts.false)
    yield number(counts.precision)
    yield str(counts.again)
    yield str(counts.agreeing)
    yield str(counts.unjudged)
    yield seconds(counts.delay_s(50))


def short(counts: Tally) -> str:
    """A kind in a few letters: `12/13 +1` is one missed and one false."""
    return f"{counts.found}/{counts.labelled}" + (f" +{counts.false}" if counts.false else "")


def rate(value: float | None) -> str:
    """Events per hour."""
    return "-" if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def rate_span(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:.0f}-{interval.high:.0f}"


def seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


class PlainTable(Table):
    """A table that is as wide as it has to be: where there is no room, its lines wrap and nothing is cut.

    Print it with `soft_wrap`, else the console cuts it.
    """

    @override
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from super().__rich_console__(console, options.update(width=_WIDEST))


def plain_table(headings: Sequence[str]) -> Table:
    """A table without lines, its first column to the left."""
    table = PlainTable(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", no_wrap=True)
    return table


def rows(groups: Sequence[Group], scores: Sequence[ClipScore]) -> dict[str, Any]:
    """The same and more as plain values."""
    return {"groups": [group_row(each) for each in groups], "clips": [_clip_row(score) for score in scores]}


def group_row(group: Group) -> dict[str, Any]:
    """A data set's figures as plain values."""
    return {
        "name": group.name,
        "clips": group.clips,
        "duration_s": group.duration_s,
        "outside_falls_s": group.outside_s,
        "false_per_hour": group.false_per_hour,
        "false_per_hour_interval": _ends(group.false_per_hour_interval),
        "falls": tally_row(group.falls),
        "falls_to_a_bed": tally_row(group.bed_falls),
        "others": {kind: tally_row(counts) for kind, counts in group.others.items()},
    }


def tally_row(counts: Tally) -> dict[str, Any]:
    """Counts and figures as plain values."""
    return {
        "labelled": counts.labelled,
        "found": counts.found,
        "missed": counts.missed,
        "false": counts.false,
        "again": counts.again,
        "agreeing": counts.agreeing,
        "unjudged": counts.unjudged,
        "recall": counts.recall,
        "precision": counts.precision,
        "f1": counts.f1,
        "intervals": {
            "recall": _ends(counts.recall_interval),
            "precision": _ends(counts.precision_interval),
            "f1": _ends(counts.f1_interval),
        },
        "time_to_alert_s": {
            "median": counts.delay_s(50),
            "p95": counts.delay_s(95),
            "each": list(counts.delays_s),
        },
    }


def _clip_row(score: ClipScore) -> dict[str, Any]:
    return {
        "name": score.name,
        "duration_s": score.duration_s,
        "outside_falls_s": score.outside_s,
        "verdicts": [
            {
                "kind": each.kind,
                "outcome": each.outcome,
                "label": None if each.wanted is None else each.wanted.label,
                "right_s": None if each.wanted is None else [each.wanted.from_s, each.wanted.until_s],
                "apart": each.apart,
                "incident": None if each.incident is None else each.incident.id,
                "raised_s": None if each.incident is None else each.incident.raised_s,
                "time_to_alert_s": each.delay_s,
                "what": story(each, score) if each.wrong else "",
            }
            for each in score.verdicts
        ],
        "incidents": [
            {**vars(each), "updates": [vars(update) for update in each.updates]} for each in score.incidents
        ],
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]
