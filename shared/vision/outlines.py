"""Zones, lines and masks of a camera in its picture, for people who draw them."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.bus.frames import Image
from shared.rules.zone import Line, Zone, ZoneKind
from shared.vision.captions import DARK, FONT, LIGHT

Colour = tuple[int, int, int]  # BGR
Pixels = NDArray[np.int32]

KINDS: dict[ZoneKind, Colour] = {
    ZoneKind.BED: (230, 160, 60),
    ZoneKind.SOFA: (190, 110, 200),
    ZoneKind.CHAIR: (60, 190, 230),
    ZoneKind.FLOOR: (90, 200, 90),
    ZoneKind.EXIT: (70, 80, 230),
    ZoneKind.AREA: (200, 200, 120),
}
LINE: Colour = (60, 240, 255)
_FILL = 0.3
_ARROW_SHARE = 0.06  # of the picture's shorter side


def draw_places(image: Image, zones: Sequence[Zone], lines: Sequence[Line], *, grid: bool = False) -> Image:
    """A copy of a picture (H, W, 3) BGR with the zones, each in the colour of its kind, and the lines.

    The arrow across a line shows which way is in. `grid`: with lines at the tenths of width and height.
    """
    size_px = np.array([image.shape[1], image.shape[0]])
    outlines = [_pixels(zone.points, size_px) for zone in zones]
    drawn = image.copy()
    for zone, outline in zip(zones, outlines, strict=True):
        cv2.fillPoly(drawn, [outline], KINDS[zone.kind])
    drawn = cv2.addWeighted(drawn, _FILL, image, 1 - _FILL, 0).astype(np.uint8, copy=False)
    thick = max(1, min(image.shape[:2]) // 240)
    for zone, outline in zip(zones, outlines, strict=True):
        cv2.polylines(drawn, [outline], True, KINDS[zone.kind], thick, cv2.LINE_AA)
    for line in lines:
        _draw_line(drawn, _pixels(line.points, size_px), thick)
    if grid:
        _draw_grid(drawn, thick)
    for zone, outline in zip(zones, outlines, strict=True):
        _name(drawn, f"{zone.name} ({zone.kind})", outline.mean(axis=0), thick)
    for line in lines:
        _name(drawn, line.name, _pixels(line.points, size_px)[1], thick)
    return drawn


def _pixels(points: Sequence[tuple[float, float]], size_px: NDArray[np.int_]) -> Pixels:
    return np.asarray(np.round(np.array(points) * size_px), np.int32)


def _draw_grid(image: Image, thick: int) -> None:
    height, width = image.shape[:2]
    for tenth in range(1, 10):
        x, y = round(width * tenth / 10), round(height * tenth / 10)
        cv2.line(image, (x, 0), (x, height), LIGHT, 1)
        cv2.line(image, (0, y), (width, y), LIGHT, 1)
        _name(image, f".{tenth}", np.array([x, 0.0]), thick)
        _name(image, f".{tenth}", np.array([0.0, y]), thick)


def _draw_line(image: Image, ends: Pixels, thick: int) -> None:
    start, end = ends.astype(np.float64)
    along = (end - start) / max(1.0, float(np.linalg.norm(end - start)))
    inwards = np.array([-along[1], along[0]]) * _ARROW_SHARE * min(image.shape[:2])
    middle = (start + end) / 2
    cv2.line(image, _at(start), _at(end), LINE, 2 * thick, cv2.LINE_AA)
    cv2.arrowedLine(
        image, _at(middle - inwards), _at(middle + inwards), LINE, thick, cv2.LINE_AA, tipLength=0.4
    )
    _name(image, "in", middle + 1.5 * inwards, thick)


def _name(image: Image, text: str, place: NDArray[np.floating] | Pixels, thick: int) -> None:
    """Centred on a place, as far as the picture's edges let it."""
    size = 0.4 * thick + 0.05
    (width, height), _ = cv2.getTextSize(text, FONT, size, thick)
    left = min(max(2, round(float(place[0])) - width // 2), max(2, image.shape[1] - width - 2))
    base = min(max(height + 2, round(float(place[1])) + height // 2), image.shape[0] - 4)
    for ink, stroke in ((DARK, 2 * thick + 1), (LIGHT, thick)):
        cv2.putText(image, text, (left, base), FONT, size, ink, stroke, cv2.LINE_AA)


def _at(point: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
