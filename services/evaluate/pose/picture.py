"""A case drawn: labelled against found skeletons."""

import cv2
import numpy as np
from numpy.typing import NDArray

from services.evaluate.canvas import FOUND, LABELLED, enlarged, label, plain
from services.evaluate.pose.cases import Case, Pair
from shared.bus.frames import Image
from shared.vision.captions import Colour, captioned
from shared.vision.skeletons.coco import COCO17

Floats = NDArray[np.float64]


def draw_case(case: Case, image: Image, name: str) -> Image:
    """The picture (H, W, 3) with everybody's two skeletons and OKS, under a caption that names them."""
    drawn, scale = enlarged(image)
    for pair in case.pairs:
        if pair.labelled is not None:
            _draw(drawn, _rows(pair.labelled.keypoints, scale), LABELLED)
        if pair.found is not None:
            _draw(drawn, _rows(pair.found.keypoints, scale), FOUND)
    for pair in case.pairs:
        label(drawn, _words(pair), _top(pair, scale), LABELLED if pair.found is None else FOUND)
    caption = (
        plain(f"{case.picture.file_name}  OKS {case.goodness:.2f}"),
        ("labelled", LABELLED),
        (name, FOUND),
    )
    return captioned(drawn, caption)


def _words(pair: Pair) -> str:
    if pair.found is None:
        return "missed"
    if pair.labelled is None:
        return f"nobody there ({pair.found.score:.2f})"
    return f"OKS {pair.oks:.2f}"


def _rows(keypoints: tuple[float, ...], scale: float) -> Floats:
    """(17, 3): x, y in px of the drawing, and whether there is a point at all."""
    rows = np.array(keypoints, np.float64).reshape(-1, 3)
    there = (rows[:, 2] > 0) & (np.abs(rows[:, :2]) < 32_000).all(axis=1)
    return np.column_stack((rows[:, :2] * scale, there))


def _draw(image: Image, rows: Floats, colour: Colour) -> None:
    for first, last in COCO17.bones:
        if rows[first, 2] and rows[last, 2]:
            cv2.line(image, _pixel(rows[first]), _pixel(rows[last]), colour, 2, cv2.LINE_AA)
    for row in rows:
        if row[2]:
            cv2.circle(image, _pixel(row), 3, colour, cv2.FILLED, cv2.LINE_AA)


def _top(pair: Pair, scale: float) -> tuple[float, float]:
    person = pair.found or pair.labelled
    assert person is not None
    rows = _rows(person.keypoints, scale)
    seen = rows[rows[:, 2] > 0, :2]
    if not len(seen):
        return 4.0, 20.0
    return float(seen[:, 0].min()), float(seen[:, 1].min()) - 6


def _pixel(row: Floats) -> tuple[int, int]:
    return round(float(row[0])), round(float(row[1]))
