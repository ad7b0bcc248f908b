import math

import pytest

from shared.actions.descent import GAP_S, WINDOW_S, Height, descent
from shared.actions.trail import Sample, recall, remember
from shared.rules.falling import is_fall
from shared.rules.moment import Descent, Features


def at(height_m: float) -> Features:
    """Hips so far below the top, at 100 px/m."""
    nan = math.nan
    return Features(100 * height_m, 100, 0.4, nan, nan, nan, nan, nan, 0)


def after(track: list[tuple[float, float, float]]) -> Descent | None:
    """The descent that ends with the last of (second, metres below the top, lowness)."""
    trail, found = b"", None
    for time_s, down_m, low in track:
        pts_us = round(time_s * 1e6)
        found = descent(recall(trail, pts_us).heights(), at(down_m), pts_us)
        height = Height.of(at(down_m), pts_us, low)
        trail = remember(trail, Sample.of(at(down_m), (0, 0, 10, 30), height))
    return found


def steady(seconds: float, speed_m_s: float, fps: float) -> list[tuple[float, float, float]]:
    return [(n / fps, speed_m_s * n / fps, 0.0) for n in range(round(seconds * fps) + 1)]


def test_one_picture_is_no_descent() -> None:
    assert after([(0, 0, 0)]) is None


@pytest.mark.parametrize("fps", [5.0, 10.0, 15.0, 30.0])
def test_drop_and_speed_do_not_depend_on_the_frame_rate(fps: float) -> None:
    found = after(steady(1.0, 0.6, fps))
    assert found is not None
    assert found.drop_m == pytest.approx(0.6, abs=0.01)
    assert found.speed_m_s == pytest.approx(0.6, abs=0.01)


def test_only_the_window_counts() -> None:
    found = after(steady(4.0, 0.1, 10))
    assert found is not None
    assert found.drop_m <= 0.1 * (WINDOW_S + 0.11)


def test_a_gap_is_looked_across_but_hides_the_speed() -> None:
    found = after([(0, 0, 0), (0.2, 0, 0.1), (0.2 + GAP_S - 0.1, 0.7, 1)])
    assert found is not None
    assert found.drop_m == pytest.approx(0.7)
    assert found.speed_m_s is None


def test_a_gap_that_is_too_long_ends_the_memory() -> None:
    assert after([(0, 0, 0), (0.2, 0, 0), (0.2 + GAP_S + 0.2, 0.7, 1)]) is None


@pytest.mark.parametrize(
    ("found", "low", "fall"),
    [
        (Descent(0, 0.6, 1.2, 0.0), 0.9, True),
        (Descent(0, 0.6, None, 0.0), 0.9, True),
        (Descent(0, 0.1, 1.2, 0.0), 0.9, False),
        (Descent(0, 0.6, 0.2, 0.0), 0.9, False),
        (Descent(0, 0.6, 1.2, 0.0), 0.3, False),
        (Descent(0, 0.6, 1.2, 0.8), 0.9, False),
    ],
    ids=["all", "speed unknown", "short", "slow", "upright after", "lying before"],
)
def test_a_fall_is_far_and_fast_from_upright_to_low(found: Descent, low: float, fall: bool) -> None:
    assert is_fall(found, low, lies=low >= 0.55, on_floor=False) is fall


@pytest.mark.parametrize(
    ("lows", "before", "steady"),
    [
        ((0.9, 0.9, 0.9), 0.9, 0.9),
        ((0.9, 0.1, 0.9), 0.1, 0.9),
        ((0.9, 0.2, 0.1), 0.1, 0.2),
        ((0.1,), 0.1, 0.1),
    ],
    ids=["low", "misread once", "upright", "seen once"],
)
def test_one_misread_picture_is_not_steadily_upright(
    lows: tuple[float, ...], before: float, steady: float
) -> None:
    rising = [(n / 10, -0.01 * n, low) for n, low in enumerate(lows)]
    found = after([*rising, (len(lows) / 10, 0.5, 0.9)])
    assert found is not None
    assert (found.low_before, found.steady_low_before) == (before, steady)


def test_who_sits_up_on_the_way_down_was_steadily_upright_since() -> None:
    top = [(n / 10, 0.0, 0.9) for n in range(4)]
    up = [(0.4 + n / 10, 0.4, low) for n, low in enumerate((0.9, 0.1, 0.9, 0.2, 0.1))]
    for end, steady in ((3, 0.9), (5, 0.2)):
        found = after([*top, *up[:end], (1.0, 0.5, 0.9)])
        assert found is not None
        assert found.steady_low_since == steady
