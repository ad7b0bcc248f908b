"""Tracks under a camera that moves."""

import numpy as np
from numpy.typing import NDArray

from shared.tracking import motion
from shared.tracking.tracks import FLOOR, LAST, TALL, Tracks

Warp = NDArray[np.float64]  # (2, 3) takes places of one picture to places of another, px


def moved(tracks: Tracks, warp: NDArray[np.floating]) -> None:
    """Take the tracks, in place, to where a camera's motion has taken the picture.

    Centres follow the whole of `warp` (2, 3), velocities its linear part, sizes its scale.
    """
    turn, shift = warp[:, :2].astype(np.float32), warp[:, 2:].astype(np.float32)
    scale = np.float32(np.sqrt(abs(np.linalg.det(warp[:, :2].astype(np.float64)))))
    filters, looks = tracks.filters, tracks.looks
    foot = np.stack([looks[0], looks[FLOOR]])
    filters[:2] = turn @ filters[:2] + shift
    filters[motion.CENTRE_VELOCITY] = turn @ filters[motion.CENTRE_VELOCITY]
    filters[motion.SIDES] *= scale
    filters[motion.SIDES_VELOCITY] *= scale
    looks[:2] = turn @ looks[:2] + shift
    looks[LAST][2:] *= scale
    looks[TALL] *= scale
    looks[FLOOR] = (turn @ foot + shift)[1]
    tracks.shapes = tracks.shapes.copy()
    tracks.shapes[..., :2] = tracks.shapes[..., :2] @ turn.T
    tracks.history = tracks.history @ turn.T + shift[:, 0]
