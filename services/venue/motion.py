"""A Kalman filter for people on the ground, many at once, in media time.

State: x, y in metres, velocity in m/s. Velocity fades with the time constant `FADE_S` (an
Ornstein-Uhlenbeck velocity), so that somebody whom no camera sees comes to rest instead of running away.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FADE_S = 10.0
# Spectral density of the acceleration, m^2/s^3. With the fade it makes a speed of 3.2 m/s (one sigma) of
# somebody about whom nothing is known: walking and running. A fade of 3 s takes 6 % off a sprint (8 m/s at 25
# pictures/s, 0.15 m), one of 10 s takes 2 %.
ACCELERATION_PSD = 2.0
BIRTH_SPEED_M_S = 2.0


@dataclass(frozen=True, eq=False)
class Motion:
    """N people: `mean` (N, 4) x, y, vx, vy; `covariance` (N, 4, 4)."""

    mean: Floats
    covariance: Floats


def born(metres: Floats, noise: Floats) -> Motion:
    """Seen once, at (N, 2) with covariance (N, 2, 2)."""
    covariance = np.zeros((len(metres), 4, 4))
    covariance[:, :2, :2] = noise
    covariance[:, [2, 3], [2, 3]] = BIRTH_SPEED_M_S**2
    return Motion(np.column_stack([metres, np.zeros_like(metres)]), covariance)


def predict(motion: Motion, elapsed_s: Floats) -> Motion:
    """Where they are (N,) `elapsed_s` later; exact for any step.

    Earlier where it is negative, which is for sightings that come late: the velocity is kept, and the noise
    is that of as long a step forward.

    Source: transition and noise of an integrated Ornstein-Uhlenbeck process.
    """
    step = np.abs(elapsed_s)
    keep = np.exp(-step / FADE_S)
    reach = FADE_S * (1 - keep)
    ahead = elapsed_s >= 0
    moves = np.zeros((len(step), 4, 4))
    moves[:, range(4), range(4)] = 1.0
    for axis in (0, 1):
        moves[:, axis, axis + 2] = np.where(ahead, reach, elapsed_s)
        moves[:, axis + 2, axis + 2] = np.where(ahead, keep, 1.0)
    mean = np.einsum("nij,nj->ni", moves, motion.mean)
    return Motion(mean, moves @ motion.covariance @ moves.transpose(0, 2, 1) + _noise(step, keep, reach))


def _noise(step: Floats, keep: Floats, reach: Floats) -> Floats:
    noise = np.zeros((len(step), 4, 4))
    pp = FADE_S**2 * (step - 2 * reach + FADE_S / 2 * (1 - keep**2))
    pv, vv = reach**2 / 2, FADE_S / 2 * (1 - keep**2)
    for axis in (0, 1):
        noise[:, axis, axis] = pp
        noise[:, axis, axis + 2] = noise[:, axis + 2, axis] = pv
        noise[:, axis + 2, axis + 2] = vv
    return ACCELERATION_PSD * noise


def update(motion: Motion, metres: Floats, noise: Floats) -> Motion:
    """After each was seen at its row of `metres` (N, 2), with covariance (N, 2, 2)."""
    spread = motion.covariance[:, :2, :2] + noise
    gain = np.linalg.solve(spread, motion.covariance[:, :2, :]).transpose(0, 2, 1)
    mean = motion.mean + np.einsum("nij,nj->ni", gain, metres - motion.mean[:, :2])
    covariance = motion.covariance - gain @ motion.covariance[:, :2, :]
    return Motion(mean, (covariance + covariance.transpose(0, 2, 1)) / 2)


def squared_distances(first: Motion, second: Motion, together_m: float) -> Floats:
    """(N, M) squared Mahalanobis distances of all pairs of places, in [0, ...).

    Args:
        first: N people.
        second: M people.
        together_m: standard deviation, along x and along y, between two views of one person.
    """
    offset = first.mean[:, None, :2] - second.mean[None, :, :2]
    spread = first.covariance[:, None, :2, :2] + second.covariance[None, :, :2, :2]
    a = spread[..., 0, 0] + together_m**2
    b = spread[..., 0, 1]
    d = spread[..., 1, 1] + together_m**2
    x, y = offset[..., 0], offset[..., 1]
    return np.asarray((d * x**2 - 2 * b * x * y + a * y**2) / (a * d - b**2), np.float64)
