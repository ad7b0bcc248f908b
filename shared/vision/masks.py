"""Silhouettes and part maps: from a network's maps to a message, and back onto a picture."""

import math
import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.messages import Box, Mask, PartMap
from shared.vision.boxes import Floats
from shared.vision.regions import Region

Bits = NDArray[np.bool_]  # (H, W)
Classes = NDArray[np.uint8]  # (H, W) class numbers, 0 for none

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
    rows = _inflate(mask.bits, row_bytes, mask).reshape(mask.height, row_bytes)
    return np.unpackbits(rows, axis=1, count=mask.width).astype(bool)


def pack_parts(classes: Classes, box: Box, palette: str) -> PartMap:
    """The message of a part map (H, W), class numbers of `palette`, that fills `box`."""
    height, width = classes.shape
    return PartMap(box, width, height, palette, zlib.compress(classes.tobytes(), _FASTEST))


def unpack_parts(parts: PartMap) -> Classes:
    """The class numbers (H, W) of a message.

    Raises:
        ValueError: the bytes are not a map of that width and height.
    """
    return _inflate(parts.cells, parts.width, parts).reshape(parts.height, parts.width)


def _inflate(data: bytes, row_bytes: int, grid: Mask | PartMap) -> NDArray[np.uint8]:
    """The bytes of a grid, read-only; never more than it may have, whatever they claim to be."""
    expected = row_bytes * grid.height
    try:
        inflated = zlib.decompressobj().decompress(data, expected + 1)
    except zlib.error as error:
        raise ValueError(f"a mask's cells are not zlib data: {error}") from error
    if len(inflated) != expected:
        raise ValueError(f"a mask's bytes do not fill {grid.width} x {grid.height} cells")
    return np.frombuffer(inflated, np.uint8)


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


def resample(
    values: Floats, region: Region, box: Box, shape: tuple[int, int], cells: tuple[float, float] | None = None
) -> Floats:
    """What a map (H, W) that was read from `region` says at the cells of a grid that fills `box`, bilinearly.

    Cells outside the map are 0.

    Args:
        values: the first is that of the region's first corner.
        region: in source pixels.
        box: in source pixels.
        shape: rows and columns of the grid.
        cells: rows and columns of the map that the region spans; None: all of them.
    """
    rows, columns = cells or values.shape
    corners = np.array(((0, 0), (1, 0), (0, 1)), np.float32)
    across, down = (box[2] - box[0]) / shape[1], (box[3] - box[1]) / shape[0]
    x, y = box[0] + across / 2, box[1] + down / 2
    picture = np.array(((x, y), (x + across, y), (x, y + down)), np.float32)
    seen = region.from_picture(picture) * np.array((columns, rows), np.float32)
    matrix = cv2.getAffineTransform(corners, seen)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(values, matrix, shape[::-1], flags=flags), np.float32)
