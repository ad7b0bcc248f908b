"""Percentiles from counted buckets."""

import numpy as np
import pytest

from shared.statistics import duration_key, percentile_ms


def counted(milliseconds: list[float]) -> dict[str, int]:
    counts: dict[str, int] = {"other:ms:1": 5, "pose:frames": 9}
    for value in milliseconds:
        key = duration_key("pose", value)
        counts[key] = counts.get(key, 0) + 1
    return counts


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_percentile_is_right_to_seven_percent(share: float) -> None:
    values = np.random.default_rng(1).lognormal(2.5, 0.8, 4000)
    estimate = percentile_ms(counted(values.tolist()), "pose", share)
    assert estimate == pytest.approx(np.quantile(values, share), rel=0.08)


def test_nothing_counted_has_no_percentile() -> None:
    assert percentile_ms(counted([]), "pose", 0.5) is None


@pytest.mark.parametrize(("milliseconds", "low", "high"), [(0.0, 0, 0.2), (1e9, 1e6, 1e9)])
def test_extreme_durations_stay_in_the_outer_buckets(milliseconds: float, low: float, high: float) -> None:
    estimate = percentile_ms(counted([milliseconds]), "pose", 0.5)
    assert estimate is not None
    assert low <= estimate <= high
