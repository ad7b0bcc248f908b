"""An explanation for people at a terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.evaluate.events.report import plain_table
from services.evaluate.explain.explanation import Explanation, clock, needed, when
from services.evaluate.explain.verdicts import Answer

_STYLES = {Answer.REACHED: "green", Answer.SHORT: "yellow", Answer.ABSTAINED: "yellow"}


def summary(explanation: Explanation) -> RenderableType:
    """Phases with their times, and each feature's value against its threshold."""
    parts: list[RenderableType] = [
        Text(explanation.title, style="bold"),
        Text(explanation.told.decisive.id, style="dim"),
        *(Text(each) for each in explanation.sentences),
        Text(),
        _phases(explanation),
    ]
    if explanation.verdicts:
        parts += [Text(), _criteria(explanation)]
    return Group(*parts, Text(), Text(_seen(explanation), style="dim"))


def _phases(explanation: Explanation) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("phase", "from", ""):
        table.add_column(name)
    for each in explanation.told.phases():
        table.add_row(each.name, clock(each.start_us), when(each, explanation.told))
    return table


def _criteria(explanation: Explanation) -> Table:
    table = plain_table(("held against thresholds", "was", "needed"))
    table.add_column("")
    for each in explanation.verdicts:
        answer = Text(each.answer.value, style=_STYLES[each.answer])
        if each.reached_us is not None:
            answer.append(f" at {clock(each.reached_us)}", style="default")
        table.add_row(each.criterion.meaning, each.told(each.value), needed(each), answer)
    return table


def _seen(explanation: Explanation) -> str:
    shown = explanation.told.shown()
    if not shown:
        return (
            "no curves: events of this kind carry none; recorded tracks have them (--tracks, made by"
            " `kinestream eval events --record`)"
        )
    gaps = explanation.told.gaps()
    unseen_s = sum(each.end_us - each.start_us for each in gaps) / 1e6
    missing = f", not seen for {unseen_s:.1f} s of it" if gaps else ""
    return f"{len(shown)} pictures from {clock(shown[0].pts_us)} to {clock(shown[-1].pts_us)}{missing}"
