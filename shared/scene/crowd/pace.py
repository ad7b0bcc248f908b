"""When the camera takes its pictures: a fixed rate, a rate that changes, frames that get lost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Instants = NDArray[np.int64]  # (T,) microseconds of media time, rising, the first 0

_RATES = (1.0, 0.5, 0.25)
_PERIOD_S = 2.0


@dataclass(frozen=True)
class Pace:
    """How the frames of a sequence follow each other.

    Attributes:
        fps: the nominal rate.
        varying: every two seconds the rate becomes the nominal one, a half or a quarter of it, at random.
        lost: share of the frames, in [0, 1), that never arrive.
    """

    fps: float = 25.0
    varying: bool = False
    lost: float = 0.0


def instants(pace: Pace, duration_s: float, rng: np.random.Generator) -> Instants:
    """The times of the frames within `duration_s`."""
    frames = int(duration_s * pace.fps)
    index = np.arange(frames)
    kept = rng.random(frames) >= pace.lost
    if pace.varying:
        period = (index / (pace.fps * _PERIOD_S)).astype(int)
        stride = (1 / rng.choice(_RATES, size=int(duration_s / _PERIOD_S) + 1)).astype(int)
        kept &= index % stride[period] == 0
    kept[:1] = True
    times: Instants = np.rint(index[kept] * 1e6 / pace.fps).astype(np.int64)
    return times
