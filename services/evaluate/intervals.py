"""How far a number may be off because few pictures were looked at."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Z = 1.959964  # of the normal distribution: 95 % lie within
_SHARES = (2.5, 97.5)
_LEAST = 20  # resamples that say something about the ends


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval."""

    low: float
    high: float


def wilson(hits: int, total: int) -> Interval | None:
    """The interval of a share of independent yes-or-no results; None of none.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22, 1927.
    """
    if total == 0:
        return None
    share, z2 = hits / total, _Z * _Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True)
class Bootstrap:
    """How pictures are drawn again: so many times, from this seed; 0 times: no intervals."""

    resamples: int = 200
    seed: int = 1

    def intervals(
        self, pictures: int, score: Callable[[NDArray[np.int64]], Sequence[float | None]]
    ) -> list[Interval | None]:
        """The percentile intervals of several numbers at once.

        Args:
            pictures: how many there are.
            score: the numbers for a choice of pictures (indices, with repetitions), None where undefined.

        Returns:
            One for each number; None where too few resamples define it.

        Source: B. Efron, "Bootstrap methods: another look at the jackknife", Ann. Statist. 7, 1979; whole
        pictures are drawn, since the people of one picture are not independent.
        """
        generator = np.random.default_rng(self.seed)
        drawn = [score(generator.integers(0, pictures, pictures)) for _ in range(self.resamples)]
        if not drawn:
            return [None for _ in score(np.arange(pictures))]
        columns = zip(*drawn, strict=True)
        return [_percentiles([value for value in values if value is not None]) for values in columns]


def _percentiles(values: list[float]) -> Interval | None:
    if len(values) < _LEAST:
        return None
    low, high = np.percentile(values, _SHARES)
    return Interval(float(low), float(high))
