"""A drawing as a list of marks, in px from the upper left corner: the same one becomes SVG and PNG."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

Point = tuple[float, float]

# Colours that people who do not see red or green tell apart. Source: Okabe and Ito, "Color universal design",
# 2008, https://jfly.uni-koeln.de/color/.
INK, QUIET, LINE, GRID, PAPER = "#16202b", "#4d5966", "#9aa5b1", "#e3e7eb", "#ffffff"
BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE, YELLOW, GREY = (
    "#0072b2",
    "#56b4e9",
    "#009e73",
    "#e69f00",
    "#d55e00",
    "#cc79a7",
    "#f0e442",
    "#999999",
)


class Anchor(StrEnum):
    """Which end of a text is at its place."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True)
class Bar:
    """A filled rectangle; `title` is told where the pointer rests."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    title: str = ""


@dataclass(frozen=True)
class Path:
    """Straight lines from point to point."""

    points: Sequence[Point]
    colour: str = INK
    width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True)
class Dot:
    """A small disc, or with `hollow` a ring."""

    x: float
    y: float
    radius: float
    colour: str
    hollow: bool = False


@dataclass(frozen=True)
class Text:
    """One line of plain ASCII; `y` is that of its base line."""

    x: float
    y: float
    text: str
    size: float = 12.0
    colour: str = INK
    anchor: Anchor = Anchor.START
    bold: bool = False


Mark = Bar | Path | Dot | Text


@dataclass(frozen=True)
class Drawing:
    """Marks on white paper, the later over the earlier; `title` is what it shows, in words."""

    width: float
    height: float
    title: str
    marks: Sequence[Mark]


def tint(colour: str, share: float) -> str:
    """A colour of which so much is left on white paper, 0 to 1."""
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 + share * (part - 255)):02x}" for part in parts)


def width_of(text: str, size: float) -> float:
    """How wide a text is at most, about."""
    return 0.6 * size * len(text)
