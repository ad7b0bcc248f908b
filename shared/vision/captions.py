"""A strip of text above a picture."""

from collections.abc import Sequence

import cv2
import numpy as np

from shared.bus.frames import Image

Colour = tuple[int, int, int]  # BGR

LIGHT: Colour = (240, 240, 240)
DARK: Colour = (32, 32, 32)
FONT, SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.45

_STRIP_PX = 24


def captioned(image: Image, parts: Sequence[tuple[str, Colour]]) -> Image:
    """The picture (H, W, 3) under a strip with texts, each in its colour."""
    strip = np.full((_STRIP_PX, image.shape[1], 3), DARK, np.uint8)
    x = 6
    for text, colour in parts:
        cv2.putText(strip, text, (x, _STRIP_PX - 8), FONT, SIZE, colour, 1, cv2.LINE_AA)
        x += cv2.getTextSize(text, FONT, SIZE, 1)[0][0] + 12
    return np.concatenate((strip, image))
