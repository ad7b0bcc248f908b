"""Pictures for people who compare: large enough to read, and labelled."""

import cv2
import numpy as np

from shared.bus.frames import Image
from shared.vision.captions import DARK, FONT, LIGHT, SIZE, Colour

LABELLED: Colour = (90, 200, 60)
FOUND: Colour = (40, 120, 255)
_LEAST_PX, _MOST_PX = 560, 1280  # of the longer side


def enlarged(image: Image) -> tuple[Image, float]:
    """A picture (H, W, 3) at a size that people can read and screens can show, and how much larger it is."""
    longest = max(image.shape[:2])
    scale = min(max(longest, _LEAST_PX), _MOST_PX) / longest
    if scale == 1:
        return image.copy(), 1.0
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=how).astype(np.uint8, copy=False), scale


def plain(text: str) -> tuple[str, Colour]:
    """A part of a caption in the usual colour."""
    return text, LIGHT


def label(image: Image, text: str, at: tuple[float, float], colour: Colour) -> None:
    """Write on a dark ground, whole inside the picture; `at` is the text's lower left corner in px."""
    (width, height), _ = cv2.getTextSize(text, FONT, SIZE, 1)
    x = int(min(max(at[0], 2), image.shape[1] - width - 3))
    y = int(min(max(at[1], height + 4), image.shape[0] - 4))
    cv2.rectangle(image, (x - 2, y - height - 3), (x + width + 2, y + 3), DARK, cv2.FILLED)
    cv2.putText(image, text, (x, y), FONT, SIZE, colour, 1, cv2.LINE_AA)
