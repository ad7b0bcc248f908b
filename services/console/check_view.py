"""What was found in a picture, as people read it in 80 columns."""

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.console.check_findings import Finding, Findings, Point

_ONE_BLOCK = 17  # keypoints up to which one column of them is enough


def view(findings: Findings, least_confidence: float) -> RenderableType:
    """Everybody, one after the other; keypoints below `least_confidence` are dim."""
    used = ", ".join(f"{stage} {model}" for stage, model in findings.models.items())
    count = len(findings.persons)
    parts: list[RenderableType] = [
        Text(f"{findings.width_px} x {findings.height_px} pixels; {used}", style="dim"),
        Text(f"{count or 'no'} {'person' if count == 1 else 'people'} found", style="bold"),
    ]
    if not count:
        parts.append(Text("a lower detector.score or pose.presence in the configuration finds more"))
    for number, finding in enumerate(findings.persons, 1):
        parts += [Text(), *_person(number, finding, least_confidence)]
    return Group(*parts)


def _person(number: int, finding: Finding, least_confidence: float) -> list[RenderableType]:
    box = ", ".join(f"{value:.0f}" for value in finding.box)
    parts: list[RenderableType] = [
        Text.assemble(
            (f"person {number}", "bold"),
            f"  score {finding.score:.2f}  box {box}",
            "" if finding.mean_score is None else f"  mean of the keypoints {finding.mean_score:.2f}",
        )
    ]
    if finding.keypoints:
        parts.append(_keypoints(finding.keypoints, least_confidence))
    if finding.groups:
        parts += [Text(), _groups(finding), _hidden(finding)]
    return parts


def _keypoints(points: Sequence[Point], least_confidence: float) -> Table:
    """As many columns of keypoints as fit, read from top to bottom."""
    blocks = 1 if len(points) <= _ONE_BLOCK else 2
    rows = math.ceil(len(points) / blocks)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for _ in range(blocks):
        table.add_column("part", no_wrap=True)
        for heading in ("x", "y", "sure"):
            table.add_column(heading, justify="right", no_wrap=True)
    for row in range(rows):
        cells: list[Text] = []
        for point in points[row::rows]:
            cells += _cells(point, least_confidence)
        table.add_row(*cells)
    return table


def _cells(point: Point, least_confidence: float) -> list[Text]:
    style = "dim" if point.confidence < least_confidence else ""
    numbers = f"{point.x:.1f}", f"{point.y:.1f}", f"{point.confidence:.2f}"
    return [Text(text, style=style) for text in (_words(point.part), *numbers)]


def _groups(finding: Finding) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("body")
    for heading in ("share of the box", "attention"):
        table.add_column(heading, justify="right")
    for name, group in finding.groups.items():
        table.add_row(name, f"{group.box_share:.1%}", f"{group.attention:.2f}")
    return table


def _hidden(finding: Finding) -> Text:
    names = ", ".join(_words(name) for name in finding.hidden)
    text = Text.assemble("hidden limbs: ", (names or "none", "yellow" if names else "green"))
    if finding.mostly_hidden:
        text.append("; mostly hidden", style="bold yellow")
    if finding.from_mask:
        text.append("\nfrom the mask alone: " + ", ".join(_words(name) for name in finding.from_mask))
    return text


def _words(name: str) -> str:
    return name.replace("_", " ")
