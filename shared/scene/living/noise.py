"""Errors that last: a network errs on a posture, not on a picture."""

from math import exp, sqrt

import numpy as np

from shared.scene.living.view import Mask
from shared.scene.skeleton import Floats


def wander(
    times_s: Floats, constant_s: float, shape: tuple[int, ...], generator: np.random.Generator
) -> Floats:
    """(T, *shape) noise of standard deviation 1 that forgets itself within `constant_s`."""
    noise = generator.standard_normal((len(times_s), *shape))
    for index in range(1, len(times_s)):
        kept = exp(-(times_s[index] - times_s[index - 1]) / constant_s)
        noise[index] = kept * noise[index - 1] + sqrt(1 - kept * kept) * noise[index]
    return noise


def below(values: Floats) -> Floats:
    """The share of a normal distribution below each value; logistic approximation, off by 0.01 at most."""
    share: Floats = 1 / (1 + np.exp(-1.702 * values))
    return share


def episodes(
    times_s: Floats, per_s: Floats | float, length_s: tuple[float, float], generator: np.random.Generator
) -> Mask:
    """(T,) moments of trouble that begins so often and lasts so long."""
    rates = np.broadcast_to(per_s, times_s.shape)
    steps = np.diff(times_s, prepend=times_s[0])
    starts = times_s[generator.random(len(times_s)) < rates * steps]
    ends = starts + generator.uniform(*length_s, len(starts))
    inside: Mask = np.asarray(((times_s[:, None] >= starts) & (times_s[:, None] < ends)).any(axis=1))
    return inside


def runs(marks: Mask) -> list[tuple[int, int]]:
    """First and past-the-last index of each run of true ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marks.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
