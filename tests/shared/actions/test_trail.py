import math

import pytest

from shared.actions.descent import Height
from shared.actions.trail import KEPT_S, SAMPLE_BYTES, STEP_US, Sample, Trail, recall, remember

NAN = math.nan
BENDS = (10.0, NAN, 170.0, 0.0)


def sample(
    time_s: float, hip_px: tuple[float, float] = (100.0, 200.0), step_m: float = 0.25, feet: int | None = 2800
) -> Sample:
    height = Height(round(time_s * 1e6), round(10 * hip_px[1]), 450, 1000, feet, 30)
    return Sample(height, hip_px, 100.0, 80.0, step_m, BENDS)


def trail_of(samples: list[Sample]) -> bytes:
    data = b""
    for one in samples:
        data = remember(data, one)
    return data


def test_nothing_is_remembered_at_first() -> None:
    assert recall(b"", 5) == Trail()


@pytest.mark.parametrize("feet", [2800, None, 1000])
def test_what_was_kept_comes_back(feet: int | None) -> None:
    kept = sample(1.0, feet=feet)
    trail = recall(trail_of([kept]), 1_500_000)
    assert trail.heights() == (kept.height,)
    assert trail.hip_px(0) == (100.0, 200.0)
    assert trail.bends == ((10, 255, 170, 0),)
    assert trail.steps(0, sample(1.5, step_m=NAN)) == [(1_000_000, 0.25)]


def test_times_come_back_whole_though_they_are_kept_modulo_seventy_one_minutes() -> None:
    late_s = 3 * (1 << 32) / 1e6 - 0.2
    times = [late_s, late_s + 0.1, late_s + 0.3]
    trail = recall(trail_of([sample(time) for time in times]), round((late_s + 1) * 1e6))
    assert list(trail.times_us) == [round(time * 1e6) for time in times]


def test_the_memory_is_bounded_at_any_frame_rate() -> None:
    data = trail_of([sample(n / 120) for n in range(2000)])
    assert len(data) <= (KEPT_S * 1e6 / STEP_US + 1) * SAMPLE_BYTES
    assert len(data) <= 1000


def test_bodies_far_beyond_the_picture_are_kept_as_far_as_there_is_room() -> None:
    far = Sample(Height(0, 9_000_000_000, 99_999, 99_999, -99_999, 100), (9e3, 9e8), 9_999.9, 9e3, 9.0, BENDS)
    (height,) = recall(far.pack(), 0).heights()
    assert (height.hip, height.rise, height.scale) == (2**28 - 1, 32_767, 65_535)


def test_a_range_of_motion_needs_a_joint_that_is_seen_half_of_the_time() -> None:
    trail = recall(trail_of([sample(n / 10) for n in range(10)]), 1_000_000)
    now = Sample(sample(1.0).height, (0, 0), 100.0, 80.0, NAN, (40.0, 5.0, NAN, 0.0))
    assert trail.ranges_deg(0, now)[0] == 30
    assert math.isnan(trail.ranges_deg(0, now)[1])
    assert trail.ranges_deg(0, now)[2:] == [0, 0]
