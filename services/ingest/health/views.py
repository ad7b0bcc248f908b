"""What a camera's view is like: its light, its structure, and whether it is the view that it was."""

import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ingest.health.looks import CELLS, Cells, Grey, cells, changes
from shared.bus.frames import Image

Edges = NDArray[np.float32]  # (2, 30, 40): strength of edges by cos and sin of twice their angle, -1 to 1

_SMOOTH_CELLS = 1.0  # of the small picture, against the noise of a camera that amplifies a dark one
_NOISE = 1.5  # grey levels from one small pixel to the next, which noise makes after that
_BLACK = 8.0  # added to the brightness, so that noise in a black picture is no structure
_EDGE_FLOOR = 4.0  # squared grey levels: weaker edges fade, strong ones count alike whatever the light
_EDGE_SHARE = 0.2  # ... and so do those far below the picture's own
_MOVING = 10.0  # grey levels from one second to the next
_BLOCKS = (8, 6)  # width, height
_STRUCTURED = 0.15  # edges of a block that can be told from another block's
_LEAST_BLOCKS = 6


@dataclass(frozen=True)
class View:
    """One picture as health sees it.

    `digest` is the same for the same picture. `brightness` is the mean, 0 to 1. `detail` is how much
    neighbouring pixels differ, as a share of the brightness: a room has 0.02 to 0.11.
    """

    digest: int
    brightness: float
    detail: float
    cells: Cells
    edges: Edges


def view(image: Image, look: Grey) -> View:
    """The view of an (H, W, 3) BGR picture and its small grey copy.

    The digest is a CRC of all pixels. Two pictures that differ share one once in four thousand million times;
    a camera counts as frozen after ten in a row.
    """
    smooth = cv2.GaussianBlur(look.astype(np.float32), (0, 0), _SMOOTH_CELLS)
    across = cv2.Scharr(smooth, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(smooth, cv2.CV_32F, 0, 1, scale=1 / 32)
    energy = across * across + down * down
    mean = float(look.mean())
    return View(
        digest=zlib.crc32(np.ascontiguousarray(image).data),
        brightness=mean / 255,
        detail=float(np.maximum(np.sqrt(energy) - _NOISE, 0).mean()) / (mean + _BLACK),
        cells=cells(look),
        edges=_edges(across, down, energy),
    )


def likeness(edges: Edges, reference: Edges, still: NDArray[np.bool_]) -> float | None:
    """How much two views are alike, from about 0 (another view) to 1, by the median of their blocks.

    Blocks without edges in the reference and those that move say nothing; None where too few are left.

    Args:
        edges: of the view in question.
        reference: of the view that it should be.
        still: (30, 40), which cells do not move.
    """
    both, one, other = (
        cv2.resize(np.where(still, product, 0).astype(np.float32), _BLOCKS, interpolation=cv2.INTER_AREA)
        for product in ((edges * reference).sum(0), (edges * edges).sum(0), (reference * reference).sum(0))
    )
    size = CELLS[0] * CELLS[1] / (_BLOCKS[0] * _BLOCKS[1])
    structured = other * size > _STRUCTURED
    if np.count_nonzero(structured) < _LEAST_BLOCKS:
        return None
    return float(np.median((both / np.sqrt(one * other + 1e-9))[structured]))


def still_cells(now: Cells, before: Cells) -> NDArray[np.bool_]:
    """(30, 40): which cells are as they were, and so are all around them."""
    moving = (changes(now, before) > _MOVING).astype(np.uint8)
    still: NDArray[np.bool_] = np.asarray(cv2.dilate(moving, np.ones((3, 3), np.uint8))) == 0
    return still


def _edges(across: cv2.typing.MatLike, down: cv2.typing.MatLike, energy: cv2.typing.MatLike) -> Edges:
    """Strength and direction of the edges of each cell, whatever the gain.

    Twice the angle makes an edge the same from dark to bright and from bright to dark, since infrared light
    turns many around.

    Source: Bigun and Granlund, Optimal orientation detection of linear symmetry (ICCV 1987).
    """
    parts = (
        cv2.resize(part, CELLS, interpolation=cv2.INTER_AREA)
        for part in (across * across - down * down, 2 * across * down, energy)
    )
    cosine, sine, total = parts
    scale = total + _EDGE_FLOOR + _EDGE_SHARE * float(total.mean())
    return np.stack([cosine / scale, sine / scale]).astype(np.float32)
