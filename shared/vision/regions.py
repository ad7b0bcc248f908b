"""Rotated squares of a picture that a network looks at, and the way back from its pixels to the picture's."""

import math

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.bus.frames import Image

Points = NDArray[np.float32]  # (..., 2) x, y

_DECODER_REDUCTIONS = (4, 2)


class Region(msgspec.Struct, frozen=True):
    """A square of `size_px` around (x, y) in source pixels, turned by `rotation` (radians, clockwise on the
    screen).
    """

    x: float
    y: float
    size_px: float
    rotation: float

    def turn(self) -> NDArray[np.float64]:
        """The (2, 2) matrix that turns an offset inside the region into one in the picture."""
        cos, sin = math.cos(self.rotation), math.sin(self.rotation)
        return np.array([[cos, -sin], [sin, cos]])

    def to_picture(self, points: Points) -> Points:
        """Points (..., 2) in the region's own units, 0 to 1 from corner to corner, as source pixels."""
        offsets = (points - 0.5) * self.size_px
        return np.asarray(offsets @ self.turn().T + (self.x, self.y), np.float32)

    def from_picture(self, points: Points) -> Points:
        """The inverse of `to_picture`; the region must have a size."""
        offsets = (points - np.array((self.x, self.y))) @ self.turn()
        return np.asarray(offsets / self.size_px + 0.5, np.float32)


def reduction_for(size_px: float, wanted_px: float) -> int:
    """How far the JPEG decoder may shrink a picture so that `size_px` of it still has `wanted_px` pixels:
    4, 2 or 1.
    """
    return next((k for k in _DECODER_REDUCTIONS if size_px >= k * wanted_px), 1)


def cut(image: Image, region: Region, side_px: int, *, reduce: int = 1, replicate: bool) -> Image:
    """Resample a region to a (side_px, side_px, 3) RGB square, bilinearly.

    Args:
        image: (H, W, 3) BGR, the picture decoded at 1/`reduce` of its size.
        region: in pixels of the whole picture.
        side_px: pixels along the result.
        reduce: 1, 2, 4 or 8.
        replicate: outside the picture repeat its border pixels; otherwise black.

    A pixel of a picture reduced by k covers k source pixels, so that its centre lies at k * x + (k - 1) / 2.
    """
    step = region.size_px / side_px
    turn = region.turn() * step / reduce
    centre = (np.array((region.x, region.y)) - (reduce - 1) / 2) / reduce
    matrix = np.column_stack((turn, centre - turn @ np.full(2, side_px / 2)))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    border = cv2.BORDER_REPLICATE if replicate else cv2.BORDER_CONSTANT
    square = cv2.warpAffine(image, matrix, (side_px, side_px), flags=flags, borderMode=border)
    return np.asarray(cv2.cvtColor(square, cv2.COLOR_BGR2RGB), np.uint8)


def whole_picture(width_px: int, height_px: int) -> Region:
    """The upright square around the whole picture, which is what a letterbox shows."""
    return Region(width_px / 2, height_px / 2, float(max(width_px, height_px)), 0.0)
