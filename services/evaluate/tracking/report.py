"""What a scoring of tracks says: a table for people, rows for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.evaluate.tracking.scoring import Score
from services.evaluate.tracking.second_opinion import Opinion
from services.evaluate.words import shares

ALL = "all"

_SHARES = (("HOTA", "hota"), ("DetA", "deta"), ("AssA", "assa"), ("MOTA", "mota"), ("IDF1", "idf1"))
_COUNTS = (
    ("IDSW", "id_switches"),
    ("Frag", "fragmentations"),
    ("FP", "false_positives"),
    ("FN", "false_negatives"),
)
_WIDTHS = (6, 6, 6, 7, 6, 5, 5, 6, 6)
_NAME_WIDTH = 80 - sum(_WIDTHS) - len(_WIDTHS)
_AGREEING = 0.00005  # half of the last digit that is shown


@dataclass(frozen=True)
class Judged:
    """A score, and what the other program says."""

    score: Score
    opinion: Opinion


@dataclass(frozen=True)
class Scored:
    """A tracker's name, its sequences by name, and all of them together."""

    name: str
    sequences: Mapping[str, Judged]
    combined: Judged


def table(scored: Sequence[Scored], threshold: float) -> RenderableType:
    """A line for each sequence below each tracker's name; fits into 80 columns."""
    headings = [heading for heading, _ in (*_SHARES, *_COUNTS)]
    parts: list[RenderableType] = [_grid([(Text(""), *(Text(each, style="dim") for each in headings))])]
    for each in scored:
        lines = [_line(name, judged.score) for name, judged in each.sequences.items()]
        if len(lines) > 1:
            lines.append(_line(ALL, each.combined.score, "bold"))
        parts += [Text(each.name, style="bold"), _grid(lines)]
    return Group(*parts, Text(_legend(threshold), style="dim"), *_differences(scored))


def _legend(threshold: float) -> str:
    return (
        f"HOTA, DetA, AssA: mean over IoU .05 to .95; the others at IoU {shares(threshold)}. IDSW:"
        " id switches; Frag: fragmentations; FP: false positives; FN: missed. By TrackEval."
    )


def _line(name: str, score: Score, style: str = "") -> tuple[Text, ...]:
    values = vars(score)
    texts = [*(_share(values[key]) for _, key in _SHARES), *(str(values[key]) for _, key in _COUNTS)]
    return tuple(Text(text, style=style) for text in (f"  {name}", *texts))


def _share(value: float) -> str:
    """Four digits while they fit: MOTA has no lower end."""
    return shares(value, 4 if value > -10 else 1)


def _grid(lines: Sequence[Sequence[Text]]) -> Table:
    """Lines of one grid, so that the columns of all trackers are below each other."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=_NAME_WIDTH, no_wrap=True, overflow="ellipsis")
    for width in _WIDTHS:
        grid.add_column(justify="right", width=width, no_wrap=True)
    for line in lines:
        grid.add_row(*line)
    return grid


def _differences(scored: Sequence[Scored]) -> list[Text]:
    """Where the two programs do not say the same of all sequences together."""
    lines = []
    for each in scored:
        pairs = (
            ("MOTA", each.combined.score.mota, each.combined.opinion.mota),
            ("IDF1", each.combined.score.idf1, each.combined.opinion.idf1),
        )
        apart = [f"{name} {_share(other)}" for name, own, other in pairs if abs(own - other) > _AGREEING]
        if apart:
            lines.append(Text(f"py-motmetrics says of {each.name}: {', '.join(apart)}", style="yellow"))
    return lines or [Text("py-motmetrics says the same MOTA and IDF1.", style="dim")]


def rows(scored: Sequence[Scored]) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [
        {
            "tracker": each.name,
            "sequences": {name: _values(judged) for name, judged in each.sequences.items()},
            "combined": _values(each.combined),
        }
        for each in scored
    ]


def _values(judged: Judged) -> dict[str, Any]:
    return {**vars(judged.score), "motmetrics": vars(judged.opinion)}
