"""A Kalman filter over boxes, all tracks of a camera at once, in media time.

A box is centre and size, `(cx, cy, w, h)` px, and each of the four moves by itself: position and velocity
with a 2x2 covariance kept as `(pp, pv, vv)`. Velocity fades with the time constant `FADE_S` (an
Ornstein-Uhlenbeck velocity), so that a track nobody sees comes to rest instead of leaving the picture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# People do not hold a velocity for long: a fall lasts about a second. A change of shape holds for less, and a
# track that nobody sees must keep its size.
FADE_S = np.array([1.0, 1.0, 0.2, 0.2])
# Spectral density of the acceleration in body sizes^2 / s^3. About 2 body heights/s^2 (a third of free fall)
# that lasts for a quarter of a second: 2^2 * 0.25.
ACCELERATION_PSD = 1.0
# Standard deviation of one observed centre or side, in body sizes: a twentieth, as in DeepSORT and ByteTrack.
OBSERVATION_SIGMA = 0.05
# A newborn track's velocity is unknown up to a walk: 1.4 m/s are 0.8 body heights/s.
BIRTH_SPEED_SIGMA = 0.8


@dataclass(frozen=True)
class Motion:
    """Means and covariances of T tracks.

    Attributes:
        position: (T, 4) cx, cy, w, h in px.
        velocity: (T, 4) px/s.
        covariance: (T, 4, 3) variance of position, covariance, variance of velocity.
    """

    position: Floats
    velocity: Floats
    covariance: Floats

    def take(self, rows: NDArray[np.intp]) -> "Motion":
        """The tracks of `rows`, in that order."""
        return Motion(self.position[rows], self.velocity[rows], self.covariance[rows])


def body_sizes(position: Floats) -> Floats:
    """(T,) the longer side of each box in px: height of who stands, length of who lies; at least 1."""
    return np.asarray(position[:, 2:].max(axis=1, initial=1.0), np.float64)


def born(position: Floats) -> Motion:
    """Tracks that have been seen once, at `position` (N, 4)."""
    size = body_sizes(position)[:, None]
    covariance = np.zeros((len(position), 4, 3))
    covariance[..., 0] = (OBSERVATION_SIGMA * size) ** 2
    covariance[..., 2] = (BIRTH_SPEED_SIGMA * size) ** 2
    return Motion(position, np.zeros_like(position), covariance)


def predict(motion: Motion, elapsed_s: float) -> Motion:
    """Where the tracks are `elapsed_s` >= 0 later; exact for any step, so dropped frames change nothing.

    Source: the transition and noise of an integrated Ornstein-Uhlenbeck process (Singer 1970 one order down).
    """
    keep = np.exp(-elapsed_s / FADE_S)
    reach_s = FADE_S * (1 - keep)
    power = ACCELERATION_PSD * body_sizes(motion.position)[:, None] ** 2
    noise_vv = power * FADE_S / 2 * (1 - keep**2)
    noise_pv = power * reach_s**2 / 2
    noise_pp = power * FADE_S**2 * (elapsed_s - 2 * reach_s + FADE_S / 2 * (1 - keep**2))
    pp, pv, vv = np.moveaxis(motion.covariance, 2, 0)
    covariance = np.stack(
        [
            pp + 2 * reach_s * pv + reach_s**2 * vv + noise_pp,
            keep * pv + keep * reach_s * vv + noise_pv,
            keep**2 * vv + noise_vv,
        ],
        axis=2,
    )
    position = motion.position + reach_s * motion.velocity
    position[:, 2:] = np.maximum(position[:, 2:], 1.0)
    return Motion(position, keep * motion.velocity, covariance)


def update(motion: Motion, observed: Floats) -> Motion:
    """The tracks after each has been seen at its row of `observed` (T, 4)."""
    pp, pv, vv = np.moveaxis(motion.covariance, 2, 0)
    noise = (OBSERVATION_SIGMA * body_sizes(observed)[:, None]) ** 2
    gain_p, gain_v = pp / (pp + noise), pv / (pp + noise)
    residual = observed - motion.position
    covariance = np.stack([(1 - gain_p) * pp, (1 - gain_p) * pv, vv - gain_v * pv], axis=2)
    position = motion.position + gain_p * residual
    position[:, 2:] = np.maximum(position[:, 2:], 1.0)
    return Motion(position, motion.velocity + gain_v * residual, covariance)
