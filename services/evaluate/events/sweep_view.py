"""A sweep as a table for the terminal, and as table and plots for the page."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group as Lines
from rich.console import RenderableType
from rich.text import Text

from services.evaluate.events.markup import Markup, joined, tag
from services.evaluate.events.page import Section, row, table
from services.evaluate.events.plots import Curve, chart
from services.evaluate.events.report import group_row, plain_table, rate, seconds, short
from services.evaluate.events.sweep import Sweep, Trial, Value, plateau
from services.evaluate.events.tally import Group, Tally
from services.evaluate.events.wanted import FALL
from services.evaluate.words import number, span

_HEADINGS = ("falls", "false", "F1", "95 %", "median", "p95")
_MOST_ROWS = 60


def terminal(swept: Sweep) -> RenderableType:
    """A line for each setting; the configured one and the best are marked. Then the other kinds of events."""
    shown, kinds, options = _shown(swept), _kinds(swept), distinct([each.path for each in swept.options])
    falls, others = plain_table((*options, *_HEADINGS, "")), plain_table((*options, *kinds))
    for trial in shown:
        style = "bold" if trial.values == swept.usual else ""
        values, marks = [Text(_told(value)) for value in trial.values], ", ".join(_marks(swept, trial))
        falls.add_row(*values, *_figures(trial.group), marks, style=style)
        others.add_row(*values, *_others(trial.group, kinds), style=style)
    parts: list[RenderableType] = [falls]
    if len(shown) < len(swept.trials):
        parts.append(Text(f"the best {len(shown)} of {len(swept.trials)} settings", style="dim"))
    if note := plateau_note(swept):
        parts.append(Text(note))
    return Lines(*parts, *((Text(), others) if kinds else ()))


def distinct(paths: Sequence[str]) -> list[str]:
    """The options' last names, each with as many of those before as tell it from the others."""
    return [
        next((end for end in _ends(path) if sum(_is_end(end, each) for each in paths) == 1), path)
        for path in paths
    ]


def _ends(path: str) -> Iterator[str]:
    parts = path.split(".")
    return (".".join(parts[start:]) for start in reversed(range(len(parts))))


def _is_end(end: str, path: str) -> bool:
    return f".{path}".endswith(f".{end}")


def section(swept: Sweep) -> Section:
    """Its part of the report."""
    kinds = _kinds(swept)
    options = distinct([option.path for option in swept.options])
    headings = (*options, *_HEADINGS, "false per hour", *kinds, "")
    rows = [
        row(
            (
                *map(_told, trial.values),
                *_figures(trial.group),
                rate(trial.group.false_per_hour),
                *_others(trial.group, kinds),
                ", ".join(_marks(swept, trial)),
            ),
            "here" if trial.values == swept.usual else None,
        )
        for trial in _shown(swept)
    ]
    names = " and ".join(option.path for option in swept.options)
    note = tag("p", plateau_note(swept), class_="quiet")
    content = joined(_charts(swept), note, table(headings, rows))
    return Section("sweep", f"Sweep of {names}", content, _facts(swept))


def _facts(swept: Sweep) -> dict[str, Any]:
    return {
        "options": [option.path for option in swept.options],
        "configured": list(swept.usual),
        "trials": [{"values": list(trial.values), **group_row(trial.group)} for trial in swept.trials],
    }


def plateau_note(swept: Sweep) -> str:
    """Between which values the best F1 holds; empty for several options at once."""
    if len(swept.options) != 1:
        return ""
    f1 = [trial.group.falls.f1 for trial in swept.trials]
    best = plateau(f1)
    if not best:
        return ""
    values = swept.options[0].values
    ends = (
        _told(values[best[0]]) if len(best) == 1 else f"{_told(values[best[0]])} to {_told(values[best[-1]])}"
    )
    which = "a peak" if len(best) == 1 else f"a plateau of {len(best)} of {len(values)} values"
    return f"best F1 {number(f1[best[0]])} of falls at {swept.options[0].path} {ends}, {which}"


def _charts(swept: Sweep) -> Markup:
    if len(swept.options) != 1:
        return Markup("")
    values = swept.options[0].values
    numeric = all(isinstance(value, (int, float)) for value in values)
    xs = [float(value) if numeric and value is not None else place for place, value in enumerate(values)]
    usual = swept.usual[0]
    marks = [float(usual)] if isinstance(usual, (int, float)) and xs[0] <= usual <= xs[-1] else []
    groups = [trial.group for trial in swept.trials]
    falls = [each.falls for each in groups]
    f1 = Curve("F1", [each.f1 for each in falls], [each.f1_interval for each in falls])
    plots = [
        ("F1 of falls with its 95 % interval", [f1], 1.0),
        ("Recall, precision (brown) of falls", _curves(falls), 1.0),
        (
            "False alarms of falls per hour",
            [Curve("per hour", [each.false_per_hour for each in groups])],
            None,
        ),
        ("Median time to the alert, and the 95th percentile (brown)", _delays(falls), None),
    ]
    plots += [
        (f"F1 of {kind}", [Curve("F1", [_other(each, kind).f1 for each in groups])], 1.0)
        for kind in _kinds(swept)
    ]
    label = swept.options[0].path + ("; dashed: as configured" if marks else "")
    shown = [
        tag("figure", tag("figcaption", caption), chart(xs, curves, label, marks, top))
        for caption, curves, top in plots
    ]
    return tag("div", *shown, class_="pair")


def _curves(falls: Sequence[Tally]) -> list[Curve]:
    return [
        Curve("recall", [each.recall for each in falls]),
        Curve("precision", [each.precision for each in falls]),
    ]


def _delays(falls: Sequence[Tally]) -> list[Curve]:
    return [
        Curve("median s", [each.delay_s(50) for each in falls]),
        Curve("p95 s", [each.delay_s(95) for each in falls]),
    ]


def _shown(swept: Sweep) -> list[Trial]:
    """All settings, or of very many the best."""
    if len(swept.trials) <= _MOST_ROWS:
        return list(swept.trials)
    return sorted(swept.trials, key=lambda trial: -(trial.group.falls.f1 or 0.0))[:_MOST_ROWS]


def _kinds(swept: Sweep) -> list[str]:
    """The kinds beside falls that fare differently from setting to setting."""
    kinds = sorted({kind for trial in swept.trials for kind in trial.group.others} - {FALL})
    return [kind for kind in kinds if len({_counts(_other(each.group, kind)) for each in swept.trials}) > 1]


def _other(each: Group, kind: str) -> Tally:
    return each.others.get(kind, Tally())


def _counts(counts: Tally) -> tuple[int, int, int]:
    return counts.found, counts.missed, counts.false


def _figures(each: Group) -> tuple[str, ...]:
    falls = each.falls
    return (
        f"{falls.found}/{falls.labelled}",
        str(falls.false),
        number(falls.f1),
        span(falls.f1_interval),
        seconds(falls.delay_s(50)),
        seconds(falls.delay_s(95)),
    )


def _others(each: Group, kinds: Sequence[str]) -> list[str]:
    return [short(_other(each, kind)) for kind in kinds]


def _marks(swept: Sweep, trial: Trial) -> list[str]:
    best = max((each.group.falls.f1 or 0.0 for each in swept.trials), default=0.0)
    marks = ["configured"] if trial.values == swept.usual else []
    return [*marks, "best"] if trial.group.falls.f1 == best else marks


def _told(value: Value) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    return f"{value:g}" if isinstance(value, (int, float)) else value
