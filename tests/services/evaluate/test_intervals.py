"""Intervals for small counts."""

import numpy as np
import pytest
from numpy.typing import NDArray

from services.evaluate.intervals import Bootstrap, Interval, wilson


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    # Source: Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17,
    # 1998, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(hits: int, total: int, low: float, high: float) -> None:
    interval = wilson(hits, total)
    assert interval is not None
    assert [interval.low, interval.high] == pytest.approx([low, high], abs=1e-4)


def test_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None


def test_the_bootstrap_of_a_mean_is_as_wide_as_theory_says() -> None:
    values = np.arange(100) / 99

    def mean(chosen: NDArray[np.int64]) -> list[float | None]:
        return [float(values[chosen].mean()), None]

    interval, undefined = Bootstrap(2000, seed=3).intervals(100, mean)
    deviation = values.std() / 10
    assert undefined is None
    assert interval is not None
    assert interval.low == pytest.approx(0.5 - 1.96 * deviation, abs=0.01)
    assert interval.high == pytest.approx(0.5 + 1.96 * deviation, abs=0.01)


def test_the_same_seed_draws_the_same_pictures() -> None:
    def first(chosen: NDArray[np.int64]) -> list[float | None]:
        return [float(chosen[0])]

    assert Bootstrap(50, 1).intervals(9, first) == Bootstrap(50, 1).intervals(9, first)


def test_without_resamples_there_are_no_intervals() -> None:
    assert Bootstrap(0).intervals(3, lambda _: [1.0, 2.0]) == [None, None]


def test_what_never_varies_has_a_width_of_zero() -> None:
    assert Bootstrap(20).intervals(3, lambda _: [1.0]) == [Interval(1.0, 1.0)]
