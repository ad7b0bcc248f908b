"""A Kalman filter over boxes, all tracks of a camera in one matrix, in media time.

A box is centre and size, `(cx, cy, w, h)` px, and each of the four moves by itself. Velocity fades with a
time constant (an Ornstein-Uhlenbeck velocity), so that a track nobody sees comes to rest instead of leaving
the picture. All noise is in proportion to the body, so covariances are kept in body sizes: they depend on
when a track was seen, not on where. What an observation is off is in proportion to the box's own sides.

A matrix of T filters is (`ROWS`, T) float32, one track in a column, four rows for each of

    0 to 3    cx, cy, w, h in px                 4 to 7    their velocities in px/s
    8 to 11   variances of position              12 to 15  covariances of position and velocity
    16 to 19  variances of velocity              20, 21    restlessness of centre and of sides

Restlessness carries the process noise. It is 1 at birth; a policy may let it follow how far people are from
where they were expected, so that who dances is looked for in a wider circle than who walks: arms that swing
change the sides and leave the centre where it was, so each has its own. A prediction is linear: one matrix,
made once for each step of time, takes all tracks ahead.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.tracking.observations import Single
from shared.tracking.scalars import ONE, ZERO, single

ROWS = 22
POSITION, SIDES, CENTRE_VELOCITY, SIDES_VELOCITY = slice(0, 4), slice(2, 4), slice(4, 6), slice(6, 8)
_VELOCITY, _VARIANCES, _CROSS, _SPEEDS = slice(4, 8), slice(8, 12), slice(12, 16), slice(16, 20)
RESTLESS = slice(20, 22)

# A newborn track's velocity is unknown up to a walk: 1.4 m/s are 0.8 body heights/s.
BIRTH_SPEED_SIGMA = 0.8
# A centre is the mean of two edges and a side their difference: that is twice as far off.
_SIDES_NOISE = 4.0
# Bounds of restlessness, and what one sighting says of it at most: a single jump is no dance.
_LEAST_RESTLESS, _MOST_RESTLESS, _MOST_ODD = single(0.1), single(64.0), 9.0


class Dynamics(NamedTuple):
    """How people move: see `Policy`; `variance` is that of an observed centre, in sides of the box."""

    acceleration: float
    variance: float
    fade_s: float
    fade_sides_s: float


@lru_cache(maxsize=128)
def transition(elapsed_us: int, dynamics: Dynamics) -> Single:
    """(`ROWS`, `ROWS`) takes filters `elapsed_us` ahead, exactly.

    Source: the transition and noise of an integrated Ornstein-Uhlenbeck process (Singer 1970 one order down).
    """
    elapsed_s = elapsed_us / 1e6
    matrix = np.zeros((ROWS, ROWS))
    matrix[RESTLESS, RESTLESS] = np.eye(2)
    for row, fade_s in enumerate((dynamics.fade_s,) * 2 + (dynamics.fade_sides_s,) * 2):
        keep = math.exp(-elapsed_s / fade_s)
        reach_s = fade_s * (1 - keep)
        matrix[row, [row, row + 4]] = 1.0, reach_s
        matrix[row + 4, row + 4] = keep
        places = [row + 8, row + 12, row + 16]
        matrix[np.ix_(places, places)] = (
            (1.0, 2 * reach_s, reach_s**2),
            (0.0, keep, keep * reach_s),
            (0.0, 0.0, keep**2),
        )
        matrix[places, RESTLESS.start + row // 2] = dynamics.acceleration * np.array(
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
    size, noise, _ = expected(filters, dynamics.variance)
    filters[_VARIANCES] = noise / size
    filters[_SPEEDS] = BIRTH_SPEED_SIGMA**2
    filters[RESTLESS] = 1.0
    return filters


def unsettled(filters: Single) -> float:
    """Share in [0, 1] of T > 0 filters that are more restless than at birth, in centre or sides: few
    walkers are, and most dancers.
    """
    centre, sides = filters[RESTLESS]
    return np.count_nonzero(np.maximum(centre, sides) > ONE) / len(centre)


class Expected(NamedTuple):
    """What the next observations will be off, (4, T) px^2: the squared body sizes, the part that is not the
    people's, and all of it.
    """

    size: Single
    noise: Single
    variances: Single


def expected(filters: Single, variance: float) -> Expected:
    """How near to their positions the filters will be observed; `variance` in sides of the box."""
    sides = filters[SIDES]
    rows = _spreading(variance).dot(sides * sides)
    noise, size = rows[8:], np.maximum(rows[:4], rows[4:8])
    variances = filters[_VARIANCES] * size
    variances += noise
    return Expected(size, noise, variances)


@lru_cache(maxsize=16)
def _spreading(variance: float) -> Single:
    """(12, 2) takes the squares of the sides to themselves twice over, to each other, and to the noise."""
    same, other = np.eye(2), np.eye(2)[::-1]
    own = variance * same
    return np.concatenate([same, same, other, other, own, _SIDES_NOISE * own]).astype(np.float32)


def predict(filters: Single, elapsed_us: int, dynamics: Dynamics) -> Single:
    """The filters `elapsed_us` >= 0 later."""
    ahead: Single = transition(elapsed_us, dynamics).dot(filters)
    sides = ahead[SIDES]
    np.maximum(sides, ONE, out=sides)
    return ahead


def update(
    filters: Single,
    observed: Single,
    expected: Expected,
    adapt: float = 0.0,
    unseen: NDArray[np.bool_] | None = None,
) -> None:
    """Correct the filters, in place, with what was seen of them.

    Args:
        filters: (`ROWS`, T).
        observed: (4, T) cx, cy, w, h; anything finite for who was not seen.
        expected: of these filters.
        adapt: how fast restlessness follows the surprises; 0: it does not.
        unseen: (T,) who was not seen, and stays as predicted; None: all were seen.
    """
    # Rows of equal shape throughout: where NumPy has to stretch one of them, it takes four times as long.
    position, velocity = filters[POSITION], filters[_VELOCITY]
    variances, cross, speeds = filters[_VARIANCES], filters[_CROSS], filters[_SPEEDS]
    trust = expected.size / expected.variances
    if unseen is not None:
        np.copyto(trust, ZERO, where=unseen)
    gain, velocity_gain = variances * trust, cross * trust
    surprise: Single = observed - position
    if adapt:
        odd = surprise * surprise
        odd /= expected.variances
        _feel(filters[RESTLESS], odd, adapt, unseen)
    speeds -= velocity_gain * cross
    velocity_gain *= surprise
    velocity += velocity_gain
    surprise *= gain
    position += surprise
    rest = np.subtract(ONE, gain, out=gain)
    variances *= rest
    cross *= rest
    sides = filters[SIDES]
    np.maximum(sides, ONE, out=sides)


def _feel(restless: Single, odd: Single, adapt: float, unseen: NDArray[np.bool_] | None) -> None:
    """Let restlessness (2, T), in place, follow the means of squared surprises (4, T), which are to be 1.

    Source: covariance matching by innovations, Mehra, "Approaches to adaptive filtering", IEEE Transactions
    on Automatic Control 17(5), 1972; here two factors for each track.
    """
    mean, usual, most = _following(adapt)
    factor: Single = mean.dot(odd)
    np.minimum(factor, most, out=factor)
    factor -= usual
    if unseen is not None:
        np.copyto(factor, ZERO, where=unseen)
    np.exp(factor, out=factor)
    restless *= factor
    np.maximum(restless, _LEAST_RESTLESS, out=restless)
    np.minimum(restless, _MOST_RESTLESS, out=restless)


@lru_cache(maxsize=16)
def _following(adapt: float) -> tuple[Single, Single, Single]:
    """(2, 4) takes surprises to their means times `adapt`; () the usual mean and the most, times that."""
    means = np.repeat(np.eye(2), 2, axis=1) * (adapt / 2)
    return means.astype(np.float32), single(adapt), single(adapt * _MOST_ODD)
