"""A drawing as PNG: drawn four times as large with OpenCV, and made smaller, so that lines are smooth."""

import cv2
import numpy as np

from services.evaluate.explain.ink import PAPER, Anchor, Bar, Dot, Drawing, Mark, Path, Point, Text
from shared.bus.frames import Image

_SCALE = 2  # px of the PNG for one of the drawing
_FINE = 4  # ... and while it is drawn
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_CAP_PX = 21.0  # height of the font's capitals at size 1
_CAP = 0.72  # ... of other fonts, of their size
_DASH, _BREAK = 5.0, 4.0
_SHIFT = 4  # binary digits behind the point of a place


def png(drawing: Drawing) -> bytes:
    """The bytes of a PNG file."""
    done, data = cv2.imencode(".png", image_of(drawing), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert done  # PNG takes any picture
    return data.tobytes()


def image_of(drawing: Drawing) -> Image:
    """(H, W, 3) BGR, `_SCALE` times the size of the drawing."""
    height, width = round(drawing.height * _SCALE), round(drawing.width * _SCALE)
    canvas = np.full((height * _FINE // _SCALE, width * _FINE // _SCALE, 3), 255, np.uint8)
    for mark in drawing.marks:
        _draw(canvas, mark)
    small = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def _draw(canvas: Image, mark: Mark) -> None:
    if isinstance(mark, Bar):
        corner = _fixed((mark.x, mark.y)), _fixed((mark.x + mark.width, mark.y + mark.height))
        cv2.rectangle(canvas, *corner, _bgr(mark.fill), cv2.FILLED, cv2.LINE_AA, _SHIFT)
    elif isinstance(mark, Path):
        for piece in _dashes(mark) if mark.dashed else [mark.points]:
            points = np.array([_fixed(point) for point in piece], np.int32)
            thick = max(1, round(mark.width * _FINE))
            cv2.polylines(canvas, [points], False, _bgr(mark.colour), thick, cv2.LINE_AA, _SHIFT)
    elif isinstance(mark, Dot):
        _disc(canvas, mark, mark.radius + (1.0 if mark.hollow else 0.0), mark.colour)
        if mark.hollow:
            _disc(canvas, mark, mark.radius - 1.0, PAPER)
    else:
        _write(canvas, mark)


def _disc(canvas: Image, mark: Dot, radius: float, colour: str) -> None:
    size = round(radius * _FINE * (1 << _SHIFT))
    cv2.circle(canvas, _fixed((mark.x, mark.y)), size, _bgr(colour), cv2.FILLED, cv2.LINE_AA, _SHIFT)


def _write(canvas: Image, mark: Text) -> None:
    scale = mark.size * _CAP * _FINE / _CAP_PX
    thick = max(1, round(mark.size * _FINE * (0.15 if mark.bold else 0.095)))
    (width, _), _ = cv2.getTextSize(mark.text, _FONT, scale, thick)
    shift = {Anchor.START: 0.0, Anchor.MIDDLE: 0.5, Anchor.END: 1.0}[mark.anchor]
    place = round(mark.x * _FINE - shift * width), round(mark.y * _FINE)
    cv2.putText(canvas, mark.text, place, _FONT, scale, _bgr(mark.colour), thick, cv2.LINE_AA)


def _dashes(mark: Path) -> list[list[Point]]:
    """The dashes of each straight part."""
    pieces = []
    for one, two in zip(mark.points, mark.points[1:], strict=False):
        way = np.subtract(two, one)
        length = float(np.hypot(*way))
        for start in np.arange(0.0, length, _DASH + _BREAK):
            ends = [start / length, min(start + _DASH, length) / length]
            pieces.append([(one[0] + float(way[0]) * end, one[1] + float(way[1]) * end) for end in ends])
    return pieces


def _fixed(point: Point) -> tuple[int, int]:
    x, y = (round(value * _FINE * (1 << _SHIFT)) for value in point)
    return x, y


def _bgr(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return blue, green, red
