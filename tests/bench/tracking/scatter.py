"""Draws speed and HOTA of a run's trackers: `python -m tests.bench.tracking.scatter RUN.json OUT.png`."""

import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.bench.tracking.ours import PREFIX
from tests.bench.tracking.picture import Picture
from tests.bench.tracking.sequences import FAMILIES

_SIZE_PX, _LEFT, _RIGHT, _TOP, _BOTTOM = (1220, 760), 70, 290, 30, 60
_INK, _GRID = (60, 60, 60), (225, 225, 225)
_OURS, _TUNED, _PEER = (40, 110, 220), (150, 90, 30), (200, 170, 140)
_LINE_PX = 20  # between two labels
_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True)
class Mark:
    """One tracker: steps per second, HOTA in %, over the crowds."""

    title: str
    per_s: float
    hota: float

    @property
    def colour(self) -> tuple[int, int, int]:
        if self.title.startswith(PREFIX):
            return _OURS
        return _TUNED if self.title.endswith(", tuned") else _PEER


def marks(results: Iterable[dict[str, Any]]) -> list[Mark]:
    """Of what the bench has written; speeds are geometric means over the families."""
    found = []
    for each in results:
        crowds = [each["families"][name] for name in FAMILIES]
        per_s = math.exp(np.mean([math.log(family["updates_per_s"]) for family in crowds]))
        hota = 100 * float(np.mean([family["hota"] for family in crowds]))
        found.append(Mark(each["tracker"], per_s, hota))
    return found


def draw(shown: Sequence[Mark]) -> Picture:
    """Faster is farther right, on a logarithmic scale; better is higher."""
    picture = np.full((_SIZE_PX[1], _SIZE_PX[0], 3), 255, np.uint8)
    speeds, scores = [each.per_s for each in shown], [each.hota for each in shown]
    first, last = math.floor(math.log10(min(speeds)) * 4) / 4, math.ceil(math.log10(max(speeds)) * 4) / 4
    low, high = 5 * math.floor(min(scores) / 5), 5 * math.ceil(max(scores) / 5)
    width, height = _SIZE_PX[0] - _LEFT - _RIGHT, _SIZE_PX[1] - _TOP - _BOTTOM

    def place(per_s: float, hota: float) -> tuple[int, int]:
        across, up = (math.log10(per_s) - first) / (last - first), (hota - low) / (high - low)
        return round(_LEFT + across * width), round(_TOP + (1 - up) * height)

    for hota in range(low, high + 1, 5):
        cv2.line(picture, place(10**first, hota), place(10**last, hota), _GRID, 1)
        _write(picture, str(hota), (_LEFT - 40, place(10**first, hota)[1] + 5))
    for per_s in (step * 10**power for power in range(6) for step in (1, 2, 5)):
        if 10**first <= per_s <= 10**last:
            x, y = place(per_s, low)
            cv2.line(picture, (x, y), place(per_s, high), _GRID, 1)
            _write(picture, f"{per_s:,}", (x - 20, y + 24))
    _write(picture, "HOTA, %", (8, 20))
    _write(picture, "updates/s", (_LEFT + width // 2 - 40, _SIZE_PX[1] - 10))
    _label(picture, [(each, place(each.per_s, each.hota)) for each in shown])
    return picture


def _label(picture: Picture, placed: Sequence[tuple[Mark, tuple[int, int]]]) -> None:
    """Dots, and names in a column at the right, as high as their dots where there is room."""
    x, lowest = _SIZE_PX[0] - _RIGHT + 20, _SIZE_PX[1] - 8
    lines: list[int] = []
    for _, (_, y) in sorted(placed, key=lambda each: each[1][1]):
        lines.append(max(y, lines[-1] + _LINE_PX) if lines else y)
    for index in reversed(range(len(lines))):
        lines[index] = min(lines[index], lowest - (len(lines) - 1 - index) * _LINE_PX)
    for (mark, dot), y in zip(sorted(placed, key=lambda each: each[1][1]), lines, strict=True):
        cv2.line(picture, dot, (x - 4, y), mark.colour, 1, cv2.LINE_AA)
        cv2.circle(picture, dot, 7, mark.colour, -1, cv2.LINE_AA)
        _write(picture, f"{mark.title} {mark.hota:.1f}", (x, y + 5))


def _write(picture: Picture, text: str, place: tuple[int, int]) -> None:
    cv2.putText(picture, text, place, _FONT, 0.48, _INK, 1, cv2.LINE_AA)


def main(source: Path, target: Path) -> None:
    """Read the JSON of a run and write the picture."""
    results = json.loads(source.read_text(encoding="utf-8"))["results"]
    cv2.imwrite(str(target), draw(marks(results)), [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
