"""Pictures for people who compare: large enough to read, with a caption above."""

from collections.abc import Sequence

import cv2
import numpy as np

from shared.bus.frames import Image

Colour = tuple[int, int, int]  # BGR

LABELLED: Colour = (90, 200, 60)
FOUND: Colour = (40, 120, 255)
_TEXT: Colour = (240, 240, 240)
_STRIP: Colour = (32, 32, 32)
_STRIP_PX = 24
_LEAST_PX, _MOST_PX = 560, 1280  # of the longer side
_FONT, _SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.45


def enlarged(image: Image) -> tuple[Image, float]:
    """A picture (H, W, 3) at a size that people can read and screens can show, and how much larger it is."""
    longest = max(image.shape[:2])
    scale = min(max(longest, _LEAST_PX), _MOST_PX) / longest
    if scale == 1:
        return image.copy(), 1.0
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=how).astype(np.uint8, copy=False), scale


def captioned(image: Image, parts: Sequence[tuple[str, Colour]]) -> Image:
    """The picture under a strip with texts, each in its colour."""
    strip = np.full((_STRIP_PX, image.shape[1], 3), _STRIP, np.uint8)
    x = 6
    for text, colour in parts:
        cv2.putText(strip, text, (x, _STRIP_PX - 8), _FONT, _SIZE, colour, 1, cv2.LINE_AA)
        x += cv2.getTextSize(text, _FONT, _SIZE, 1)[0][0] + 12
    return np.concatenate((strip, image))


def plain(text: str) -> tuple[str, Colour]:
    """A part of a caption in the usual colour."""
    return text, _TEXT


def label(image: Image, text: str, at: tuple[float, float], colour: Colour) -> None:
    """Write on a dark ground, whole inside the picture; `at` is the text's lower left corner in px."""
    (width, height), _ = cv2.getTextSize(text, _FONT, _SIZE, 1)
    x = int(min(max(at[0], 2), image.shape[1] - width - 3))
    y = int(min(max(at[1], height + 4), image.shape[0] - 4))
    cv2.rectangle(image, (x - 2, y - height - 3), (x + width + 2, y + 3), _STRIP, cv2.FILLED)
    cv2.putText(image, text, (x, y), _FONT, _SIZE, colour, 1, cv2.LINE_AA)
