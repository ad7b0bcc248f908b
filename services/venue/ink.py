"""Lines, rings and letters for pictures of a calibration; everything is drawn in place."""

import cv2
import numpy as np

from services.venue.motion import Floats
from shared.bus.frames import Image
from shared.vision.captions import FONT, SIZE, Colour

_EDGE: Colour = (25, 25, 25)
_FAR_PX = 1e5  # beyond, a line's end would not fit the drawing's whole numbers


def trace(image: Image, px: Floats, colour: Colour, thickness: int) -> None:
    """Join (S, 2) pixels; where one has no place (NaN) the line has a gap."""
    shown = np.isfinite(px).all(axis=1) & (np.abs(np.nan_to_num(px)) < _FAR_PX).all(axis=1)
    edges = np.flatnonzero(np.diff(np.r_[False, shown, False].astype(np.int8))).reshape(-1, 2)
    for start, end in edges:
        corners = px[start:end].round().astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(image, [corners], False, colour, thickness, cv2.LINE_AA)


def write(image: Image, text: str, at: tuple[float, float], colour: Colour) -> None:
    """Letters with a dark edge, whole inside the picture; `at` is their lower left corner."""
    (width, height), _ = cv2.getTextSize(text, FONT, SIZE, 1)
    x = int(min(max(at[0], 2), max(image.shape[1] - width - 3, 2)))
    y = int(min(max(at[1], height + 3), image.shape[0] - 4))
    for ink, thickness in ((_EDGE, 3), (colour, 1)):
        cv2.putText(image, text, (x, y), FONT, SIZE, ink, thickness, cv2.LINE_AA)


def ring(image: Image, at: Floats, colour: Colour) -> None:
    """Where something was marked."""
    cv2.circle(image, _pixel(at), 7, _EDGE, 3, cv2.LINE_AA)
    cv2.circle(image, _pixel(at), 7, colour, 1, cv2.LINE_AA)


def cross(image: Image, at: Floats, colour: Colour) -> None:
    """Where something is found to be; nothing where that has no place in the picture."""
    if not (np.isfinite(at).all() and (np.abs(at) < _FAR_PX).all()):
        return
    cv2.drawMarker(image, _pixel(at), _EDGE, cv2.MARKER_TILTED_CROSS, 11, 3, cv2.LINE_AA)
    cv2.drawMarker(image, _pixel(at), colour, cv2.MARKER_TILTED_CROSS, 11, 1, cv2.LINE_AA)


def ellipse(image: Image, corners: Floats, colour: Colour) -> None:
    """A closed line through (S, 2) pixels."""
    trace(image, np.vstack([corners, corners[:1]]), colour, 1)


def _pixel(at: Floats) -> tuple[int, int]:
    return round(float(at[0])), round(float(at[1]))
