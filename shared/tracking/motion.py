"""A Kalman filter over boxes, all tracks of a camera in one matrix, in media time.

A box is centre and size, `(cx, cy, w, h)` px, and each of the four moves by itself. Velocity fades with a
time constant (an Ornstein-Uhlenbeck velocity), so that a track nobody sees comes to rest instead of leaving
the picture. All noise is in proportion to the body, so covariances are kept in body sizes: they depend on
when a track was seen, not on where, and centre and sides have one each.

A matrix of T filters is (`ROWS`, T) float32, one track in a column:

    0 to 3   cx, cy, w, h                        4 to 7   their velocities, per second
    8, 9     variance of position, centre and sides
    10, 11   its covariance with velocity         12, 13  variance of velocity
    14       ones, which carry the process noise

With that a prediction is linear: one matrix, made once for each step of time, takes all tracks ahead.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from shared.tracking.scene import Single

ROWS = 15
POSITION, VELOCITY, SIDES = slice(0, 4), slice(4, 8), slice(2, 4)
_VARIANCES, _CROSS, _ONES = slice(8, 10), slice(10, 12), 14

# A newborn track's velocity is unknown up to a walk: 1.4 m/s are 0.8 body heights/s.
BIRTH_SPEED_SIGMA = 0.8


class Dynamics(NamedTuple):
    """How people move: see `Policy`; `fades_s` are those of centre and sides."""

    acceleration: float
    variance: float
    fades_s: tuple[float, float]


@lru_cache(maxsize=128)
def transition(elapsed_us: int, dynamics: Dynamics) -> Single:
    """(`ROWS`, `ROWS`) takes filters `elapsed_us` ahead, exactly.

    Source: the transition and noise of an integrated Ornstein-Uhlenbeck process (Singer 1970 one order down).
    """
    elapsed_s = elapsed_us / 1e6
    matrix = np.zeros((ROWS, ROWS))
    matrix[_ONES, _ONES] = 1.0
    for kind, fade_s in enumerate(dynamics.fades_s):
        keep = math.exp(-elapsed_s / fade_s)
        reach_s = fade_s * (1 - keep)
        for row in (2 * kind, 2 * kind + 1):
            matrix[row, [row, row + 4]] = 1.0, reach_s
            matrix[row + 4, row + 4] = keep
        places = [8 + kind, 10 + kind, 12 + kind]
        matrix[np.ix_(places, places)] = (
            (1.0, 2 * reach_s, reach_s**2),
            (0.0, keep, keep * reach_s),
            (0.0, 0.0, keep**2),
        )
        matrix[places, _ONES] = dynamics.acceleration * np.array(
            [
                fade_s**2 * (elapsed_s - 2 * reach_s + fade_s / 2 * (1 - keep**2)),
                reach_s**2 / 2,
                fade_s / 2 * (1 - keep**2),
            ]
        )
    return matrix.astype(np.float32)


def born(position: Single, dynamics: Dynamics) -> Single:
    """(`ROWS`, N) filters that have been seen once, at `position` (4, N)."""
    filters = np.zeros((ROWS, position.shape[1]), np.float32)
    filters[POSITION] = position
    filters[_VARIANCES] = dynamics.variance
    filters[12:14] = BIRTH_SPEED_SIGMA**2
    filters[_ONES] = 1.0
    return filters


def predict(filters: Single, elapsed_us: int, dynamics: Dynamics) -> Single:
    """The filters `elapsed_us` >= 0 later."""
    ahead: Single = np.dot(transition(elapsed_us, dynamics), filters)
    sides = ahead[SIDES]
    np.maximum(sides, 1.0, out=sides)
    return ahead


def update(filters: Single, observed: Single, variance: float) -> None:
    """Correct each filter, in place, with what was seen of it: `observed` (4, T) cx, cy, w, h."""
    count = filters.shape[1]
    covariances = filters[8:12].reshape(2, 2, count)
    gains = covariances / (filters[_VARIANCES] + variance)
    residual = (observed - filters[POSITION]).reshape(1, 2, 2, count)
    moments = filters[:8].reshape(2, 2, 2, count)
    moments += gains[:, :, None] * residual
    filters[12:14] -= gains[1] * filters[_CROSS]
    covariances *= 1.0 - gains[0]
    sides = filters[SIDES]
    np.maximum(sides, 1.0, out=sides)
