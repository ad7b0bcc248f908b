"""Filters that take the tremble out of landmarks, in media time."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_REFERENCE_HZ = 30.0


@dataclass(frozen=True)
class OneEuro:
    """Settings of the one-euro filter: cut-off in Hz at rest, its growth with speed, cut-off of the speed.

    Source: Casiez, Roussel, Vogel, "1 euro filter", CHI 2012.
    """

    min_cutoff_hz: float
    beta: float
    speed_cutoff_hz: float = 1.0


IMAGE_LANDMARKS = OneEuro(min_cutoff_hz=0.05, beta=80.0)  # as MediaPipe; speed in region sizes per second
WORLD_LANDMARKS = OneEuro(min_cutoff_hz=0.1, beta=40.0)  # as MediaPipe; speed in metres per second


@dataclass(frozen=True)
class Smooth:
    """What the filter remembers: the last raw values, the filtered values and speeds, all of one shape,
    float32.
    """

    raw: Floats
    value: Floats
    speed: Floats

    @classmethod
    def start(cls, values: Floats) -> "Smooth":
        """The first observation: passed on as it is, at rest."""
        return cls(values, values, np.zeros_like(values))


def _weight(cutoff_hz: NDArray[np.float64] | float, passed_s: float) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + 1 / (2 * math.pi * np.asarray(cutoff_hz) * passed_s)))


def one_euro(settings: OneEuro, before: Smooth, values: Floats, passed_s: float, scale: float) -> Smooth:
    """Filter one more observation.

    Args:
        settings: the filter's.
        before: what the filter remembers.
        values: the observation, of the same shape.
        passed_s: media time since the last one. An observation that brings no time along (a repeated or
            misdated frame) changes nothing; after a long gap the new values win by themselves.
        scale: speeds are counted in units of `scale`.
    """
    if passed_s <= 0:
        return before
    raw_speed = (values.astype(np.float64) - before.raw) / (scale * passed_s)
    speed = before.speed + _weight(settings.speed_cutoff_hz, passed_s) * (raw_speed - before.speed)
    cutoff_hz = settings.min_cutoff_hz + settings.beta * np.abs(speed)
    value = before.value + _weight(cutoff_hz, passed_s) * (values - before.value)
    return Smooth(values, value.astype(np.float32), speed.astype(np.float32))


def low_pass(before: Floats, values: Floats, passed_s: float, share: float = 0.1) -> Floats:
    """Exponential smoothing that takes `share` of the new values at 30 frames/s, and as much per second at
    any rate.
    """
    if passed_s <= 0:
        return before
    taken = 1 - (1 - share) ** (passed_s * _REFERENCE_HZ)
    return np.asarray(before + np.float32(taken) * (values - before), np.float32)
