"""What a perfect network would say: drawn heatmaps, distributions and offsets."""

import numpy as np
from numpy.typing import NDArray

from shared.vision.decoding.posenet import EDGES, PoseNetLayout

Floats = NDArray[np.float32]
Outputs = tuple[Floats, Floats, Floats]

HEIGHT, WIDTH = 64, 48  # cells of a heatmap
INPUT_PX = (192, 256)

POSENET = PoseNetLayout((481, 353))
ROWS, COLUMNS = 23, 31

FIGURE = np.array(
    [
        *((0, -80), (6, -86), (-6, -86), (12, -82), (-12, -82)),
        *((26, -50), (-24, -52), (40, -10), (-42, -14), (48, 26), (-30, 22)),
        *((16, 30), (-16, 32), (20, 78), (-24, 76), (22, 122), (-18, 120)),
    ],
    np.float32,
)
"""(17, 2) x, y in pixels from the middle of a body; no two limbs are mirror images."""


def gaussians(
    centres: NDArray[np.floating], sigma: float = 2.0, shape: tuple[int, int] = (HEIGHT, WIDTH)
) -> Floats:
    """Heatmaps (N, K, H, W) of height 1 around centres (N, K, 2) x, y in cells."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    squares = (x - centres[..., 0, None, None]) ** 2 + (y - centres[..., 1, None, None]) ** 2
    return np.asarray(np.exp(-squares / (2 * sigma**2)), np.float32)


def distributions(places_px: NDArray[np.floating], length_px: int, split: int, height: float = 1.0) -> Floats:
    """Gaussians (N, K, split * length) around places (N, K) in pixels."""
    bins = np.arange(length_px * split) / split
    return np.asarray(height * np.exp(-((bins - places_px[..., None]) ** 2) / (2 * 6**2)), np.float32)


def bodies_at(*middles: tuple[float, float]) -> Floats:
    """(P, 17, 2) figures in pixels."""
    return np.stack([FIGURE + np.array(middle, np.float32) for middle in middles])


def posenet_outputs(bodies_px: Floats) -> Outputs:
    """For bodies (P, 17, 2) x, y in pixels of the input: heatmaps (17, H, W), short (34, H, W) and mid
    (64, H, W) offsets, all of the body whose keypoint is nearest.
    """
    rows, columns = np.mgrid[:ROWS, :COLUMNS] * POSENET.stride
    cells = np.stack((columns, rows), axis=-1).astype(np.float32)
    away = bodies_px[:, :, None, None] - cells  # (P, 17, H, W, 2)
    nearest = np.hypot(away[..., 0], away[..., 1]).argmin(axis=0)[None, ..., None]
    short = np.take_along_axis(away, nearest, axis=0)[0]  # (17, H, W, 2)
    heatmaps = 4 - (short**2).sum(axis=-1) / 300
    mid = np.empty((2, 2, 16, ROWS, COLUMNS), np.float32)
    for edge, (parent, child) in enumerate(EDGES):
        for way, (start, end) in enumerate(((parent, child), (child, parent))):
            leads = np.take_along_axis(away[:, end], nearest[:, start], axis=0)[0]
            mid[way, 0, edge], mid[way, 1, edge] = leads[..., 1], leads[..., 0]
    offsets = np.concatenate((short[..., 1], short[..., 0]))
    return heatmaps.astype(np.float32), offsets.astype(np.float32), mid.reshape(64, ROWS, COLUMNS)
