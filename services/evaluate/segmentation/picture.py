"""Labelled and found classes of a picture side by side, and where they differ."""

import cv2
import numpy as np

from services.evaluate.canvas import FOUND, LABELLED, enlarged, plain
from services.evaluate.segmentation.classmaps import IGNORED, ClassMap
from shared.bus.frames import Image
from shared.vision.captions import captioned

_TINT = 0.55
_MISSED = (60, 60, 255)
_INVENTED = (255, 160, 40)
_UNCOUNTED = (128, 128, 128)
_GOLDEN = 0.618034  # steps of this part of the colour circle keep neighbours apart
_FIRST = 0.24  # where the circle begins: people are magenta, which few rooms are


def draw_maps(image: Image, labelled: ClassMap, found: ClassMap, words: tuple[str, str]) -> Image:
    """Three panes (H, W, 3) beside each other under a caption of `words`: about the picture, whose map.

    Labelled classes, found classes, and in the last pane what was missed (red), invented (blue), and counts
    as neither (grey). Pixels of a wrong class are missed.
    """
    wrong = np.zeros_like(labelled)
    wrong[(labelled != found) & (labelled != 0)] = 1
    wrong[(labelled != found) & (labelled == 0)] = 2
    wrong[labelled == IGNORED] = 3
    palette = np.array([(0, 0, 0), _MISSED, _INVENTED, _UNCOUNTED], np.uint8)
    panes = [
        captioned(
            _tinted(image, palette_of()[labelled], labelled), (plain(words[0]), ("labelled", LABELLED))
        ),
        captioned(_tinted(image, palette_of()[found], found), ((words[1], FOUND),)),
        captioned(_tinted(image, palette[wrong], wrong), (("missed", _MISSED), ("invented", _INVENTED))),
    ]
    return np.concatenate(panes, axis=1)


def palette_of() -> Image:
    """(256, 3) BGR: black for the background, grey for what does not count, and colours that differ."""
    hues = np.full((1, 256, 3), 255, np.uint8)
    hues[0, :, 0] = (np.arange(256) * _GOLDEN + _FIRST) % 1 * 180
    hues[0, :, 1] = 200
    colours = np.array(cv2.cvtColor(hues, cv2.COLOR_HSV2BGR)[0], np.uint8)
    colours[0], colours[IGNORED] = 0, _UNCOUNTED
    return colours


def _tinted(image: Image, colours: Image, where: ClassMap) -> Image:
    mixed = cv2.addWeighted(image, 1 - _TINT, colours, _TINT, 0)
    drawn = np.where((where != 0)[..., None], mixed, image).astype(np.uint8)
    return enlarged(drawn)[0]
