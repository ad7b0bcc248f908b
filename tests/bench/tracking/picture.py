"""Draws frames of filmed crowds into one PNG: `python -m tests.bench.tracking.picture OUT.png`."""

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.scene.crowd.detections import detect
from shared.scene.crowd.film import CrowdSpec, Film, film

Picture = NDArray[np.uint8]  # (H, W, 3) BGR

_SHOWN = (
    CrowdSpec("walk", 5, 8.0),
    CrowdSpec("walk", 20, 8.0),
    CrowdSpec("walk", 60, 8.0),
    CrowdSpec("walk", 200, 8.0),
    CrowdSpec("dance", 8, 8.0),
    CrowdSpec("dance", 14, 8.0),
)
_FLOOR, _SKY = (70, 66, 62), (96, 92, 88)
_SIDE_PX = (640, 360)
_COLOURS = 12


def draw(shot: Film, frame: int) -> Picture:
    """One frame: people as figures, the nearer over the farther, and the detections as thin boxes."""
    width, height = shot.size_px
    picture = np.full((height, width, 3), _FLOOR, np.uint8)
    rows = np.arange(shot.ids.size)[shot.rows(frame)]
    for row in rows[np.argsort(shot.boxes[rows, 3])]:
        _figure(picture, shot.boxes[row], _colour(int(shot.ids[row])))
    found = detect(shot)
    for box in found.boxes[found.frames == frame].round().astype(int).tolist():
        cv2.rectangle(picture, box[:2], box[2:], (250, 250, 250), 2, cv2.LINE_AA)
    return picture


def _figure(picture: Picture, box: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    x0, y0, x1, y1 = box
    breadth, height, middle = x1 - x0, y1 - y0, (x0 + x1) / 2
    head = height * 0.07
    dark = (colour[0] * 2 // 3, colour[1] * 2 // 3, colour[2] * 2 // 3)
    cv2.circle(picture, _at(middle, y0 + head), max(1, int(head)), dark, -1, cv2.LINE_AA)
    trunk = (_at(middle, y0 + 0.36 * height), (int(breadth * 0.42), int(height * 0.22)))
    cv2.ellipse(picture, *trunk, 0, 0, 360, colour, -1, cv2.LINE_AA)
    for side in (-0.1, 0.1):
        hip, foot = _at(middle + side * height / 2, y0 + 0.5 * height), _at(middle + side * height, y1)
        cv2.line(picture, hip, foot, dark, max(1, int(height * 0.06)), cv2.LINE_AA)


def _at(x: float, y: float) -> tuple[int, int]:
    return round(x), round(y)


def _colour(person: int) -> tuple[int, int, int]:
    hue = np.array([[[person * 5 % _COLOURS * 180 // _COLOURS, 110, 200]]], np.uint8)
    blue, green, red = cv2.cvtColor(hue, cv2.COLOR_HSV2BGR)[0, 0].tolist()
    return blue, green, red


def main(target: Path) -> None:
    """Six crowds, two in a row."""
    tiles = []
    for spec in _SHOWN:
        shot = film(spec)
        tile = cv2.resize(draw(shot, shot.pts_us.size // 2), _SIDE_PX, interpolation=cv2.INTER_AREA)
        label = f"{spec.motion}, {spec.people} people"
        cv2.putText(tile, label, (10, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 1, cv2.LINE_AA)
        tiles.append(tile)
    sheet = np.vstack([np.hstack(tiles[first : first + 2]) for first in range(0, len(tiles), 2)])
    cv2.imwrite(str(target), sheet // 16 * 16, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
