"""Silhouettes and body parts as tints over a picture, in the colours of their palette."""

import cv2
import numpy as np

from shared.bus.frames import Image
from shared.messages import Box, Person
from shared.vision import palettes
from shared.vision.capsules import capsules_of
from shared.vision.limbs import NOBODY, Silhouette, take_apart
from shared.vision.masks import Classes, paste, unpack, unpack_parts

MASK_ALPHA = 0.5  # how much of the tint covers the picture


def tint(image: Image, person: Person, alpha: float = MASK_ALPHA) -> None:
    """Tint a person in place (H, W, 3): by body part, else by limb, else the whole silhouette.

    Args:
        image: BGR; changed.
        person: without a mask nothing is drawn.
        alpha: 0 (nothing) to 1 (the tint alone).
    """
    found = _classes_of(person)
    if found is None:
        return
    classes, box, palette = found
    height_px, width_px = image.shape[:2]
    laid = paste(classes, box, width_px, height_px)
    mixed = cv2.addWeighted(image, 1 - alpha, palettes.colours(palette)[laid], alpha, 0)
    np.copyto(image, mixed, where=(laid > 0)[..., None])


def _classes_of(person: Person) -> tuple[Classes, Box, str] | None:
    """What each cell shows, the box that the cells fill, and the palette."""
    if person.parts is not None:
        return unpack_parts(person.parts), person.parts.box, person.parts.palette
    if person.mask is None:
        return None
    bits = unpack(person.mask)
    capsules = capsules_of(person)
    if capsules is None or not capsules.usable:
        return bits.astype(np.uint8), person.mask.box, "binary"
    silhouette = Silhouette(bits, person.mask.box, bits.astype(np.float32))
    cells = take_apart(silhouette, capsules).cells
    return np.where(cells == NOBODY, 0, cells + 1).astype(np.uint8), person.mask.box, "limbs"
