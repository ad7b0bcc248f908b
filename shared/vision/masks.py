"""Silhouettes: from a network's probabilities to the bits of a message, and back onto a picture."""

import math
import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.messages import Box, Mask
from shared.vision.boxes import Floats
from shared.vision.regions import Region

Bits = NDArray[np.bool_]  # (H, W)

_FASTEST = 1  # zlib level: silhouettes shrink to a few hundred bytes at any


def pack(bits: Bits, box: Box) -> Mask:
    """The message of a silhouette (H, W) that fills `box`."""
    height, width = bits.shape
    return Mask(box, width, height, zlib.compress(np.packbits(bits, axis=1).tobytes(), _FASTEST))


def unpack(mask: Mask) -> Bits:
    """The silhouette (H, W) of a message.

    Raises:
        ValueError: the bytes are not a silhouette of that width and height.
    """
    row_bytes = (mask.width + 7) // 8
    expected = row_bytes * mask.height
    try:
        data = zlib.decompressobj().decompress(mask.bits, expected + 1)
    except zlib.error as error:
        raise ValueError(f"a mask's bits are not zlib data: {error}") from error
    if len(data) != expected:
        raise ValueError(f"a mask's bits do not fill {mask.width} x {mask.height} cells")
    rows = np.frombuffer(data, np.uint8).reshape(mask.height, row_bytes)
    return np.unpackbits(rows, axis=1, count=mask.width).astype(bool)


def paste(cells: NDArray[np.uint8], box: Box, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Lay a grid (H, W) of small numbers that fills `box` over an empty picture (height_px, width_px), cell
    by cell.
    """
    height, width = cells.shape
    x0, y0, x1, y1 = box
    if x1 <= x0 or y1 <= y0:
        return np.zeros((height_px, width_px), np.uint8)
    across, down = width / (x1 - x0), height / (y1 - y0)
    columns = np.floor((np.arange(width_px) - x0) * across).astype(np.int64)
    rows = np.floor((np.arange(height_px) - y0) * down).astype(np.int64)
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None]
    spread = cells[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)[None]]
    return np.asarray(spread * inside, np.uint8)


def grid_shape(box: Box, longest: int) -> tuple[int, int]:
    """Rows and columns of square cells that fill `box`, `longest` along its longer side and at least one."""
    width, height = box[2] - box[0], box[3] - box[1]
    scale = longest / max(width, height)
    return max(1, math.ceil(height * scale)), max(1, math.ceil(width * scale))


def cell_centres(shape: tuple[int, int], box: Box) -> tuple[Floats, Floats]:
    """Where the centres of a grid's cells are in the picture: x of the columns, y of the rows."""
    rows, columns = shape
    x0, y0, x1, y1 = box
    x = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    y = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    return x.astype(np.float32), y.astype(np.float32)


def resample(probabilities: Floats, region: Region, box: Box, shape: tuple[int, int]) -> Floats:
    """What a square of probabilities (S, S) that was read from `region` says at the cells of a grid that
    fills `box`.

    Cells outside the region have probability 0.
    """
    side = probabilities.shape[0]
    corners = np.array(((0, 0), (1, 0), (0, 1)), np.float32)
    across, down = (box[2] - box[0]) / shape[1], (box[3] - box[1]) / shape[0]
    x, y = box[0] + across / 2, box[1] + down / 2
    picture = np.array(((x, y), (x + across, y), (x, y + down)), np.float32)
    matrix = cv2.getAffineTransform(corners, region.from_picture(picture) * side)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(probabilities, matrix, shape[::-1], flags=flags), np.float32)
