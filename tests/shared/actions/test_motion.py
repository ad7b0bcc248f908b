import math
from collections.abc import Callable

import pytest

from shared.actions.descent import Height
from shared.actions.motion import gait, motion
from shared.actions.trail import Sample, Trail, recall, remember
from shared.rules.moment import Motion

NAN = math.nan
Place = Callable[[float], float]


def still(time_s: float) -> float:
    del time_s
    return 0.0


def play(
    seconds: float,
    fps: float = 15,
    x_m: Place = still,
    knee_deg: Place = still,
    size_px: Place = lambda _: 80.0,
) -> Motion:
    """What the end of a movement shows; the body has 100 px in a metre."""
    data, found = b"", Motion()
    for frame in range(round(seconds * fps) + 1):
        time_s = frame / fps
        pts_us = round(time_s * 1e6)
        bends = (NAN, NAN, knee_deg(time_s), 5.0)
        step_m = 0.3 * math.sin(2 * math.pi * time_s * 0.9)
        height = Height(pts_us, 2000, 450, 1000, 2750, 0)
        sample = Sample(height, (100 + 100 * x_m(time_s), 200.0), 100.0, size_px(time_s), step_m, bends)
        found = motion(recall(data, pts_us), sample)
        data = remember(data, sample)
    return found


def test_the_first_picture_shows_no_motion() -> None:
    height = Height(0, 2000, 450, 1000, None, 0)
    found = motion(Trail(), Sample(height, (0, 0), 100.0, 80.0, NAN, (NAN, NAN, NAN, NAN)))
    assert all(math.isnan(getattr(found, name)) for name in Motion.__dataclass_fields__)


@pytest.mark.parametrize("fps", [6, 10, 30])
def test_speed_does_not_depend_on_the_frame_rate(fps: float) -> None:
    found = play(2.0, fps, x_m=lambda time_s: 0.8 * time_s)
    assert found.speed_m_s == pytest.approx(0.8, rel=0.02)
    assert found.across_m_s == pytest.approx(0.8, rel=0.02)
    assert found.jump_m == 0


def test_a_pose_that_goes_over_to_somebody_else_jumps() -> None:
    assert play(2.0, x_m=lambda time_s: 1.5 * (time_s >= 2.0)).jump_m > 1


@pytest.mark.parametrize(
    ("x_m", "knee_deg", "least", "most"),
    [
        (still, still, 1.0, 1.0),
        (lambda time_s: 0.03 * math.sin(9 * time_s), still, 0.7, 0.95),
        (lambda time_s: 0.3 * time_s, still, 0.0, 0.0),
        (still, lambda time_s: 60 * (time_s > 2), 0.2, 0.4),
    ],
    ids=["nothing moves", "breathing", "walking", "a knee is bent"],
)
def test_stillness_is_about_all_of_the_body(x_m: Place, knee_deg: Place, least: float, most: float) -> None:
    assert least <= play(3.0, x_m=x_m, knee_deg=knee_deg).stillness <= most


def test_the_range_of_motion_is_that_of_two_seconds() -> None:
    moved = play(3.0, knee_deg=lambda time_s: 80.0 * (time_s < 0.5))
    assert moved.rom_legs_deg <= 5
    assert play(3.0, knee_deg=lambda time_s: 80.0 * (time_s > 2.5)).rom_legs_deg == 80
    assert math.isnan(moved.rom_arms_deg)


def test_area_is_compared_with_what_was_before() -> None:
    assert play(3.0, size_px=lambda time_s: 80.0 if time_s < 2.5 else 40.0).area_change == pytest.approx(0.25)


@pytest.mark.parametrize("fps", [8, 15, 30])
def test_steps_are_counted_at_any_frame_rate(fps: float) -> None:
    found = play(4.0, fps)
    assert found.cadence_spm == pytest.approx(108, rel=0.08)
    assert found.stride_m == pytest.approx(0.6, rel=0.1)


@pytest.mark.parametrize(
    ("known", "cadence_spm"),
    [
        ([], NAN),
        ([(0, 0.3), (500_000, 0.3)], NAN),
        ([(n * 100_000, 0.02 * (-1) ** n) for n in range(30)], 0.0),
        ([(n * 100_000, 0.3) for n in range(30)], 0.0),
        ([(n * 100_000, 0.3 * (-1) ** (n // 5) if n < 15 else 0.0) for n in range(30)], 0.0),
        ([(n * 100_000, 0.3 * (-1) ** (n // 5)) for n in range(30)], 120.0),
    ],
    ids=["no feet", "too short", "jitter", "one foot in front", "stopped", "walking"],
)
def test_a_gait_is_feet_that_change(known: list[tuple[int, float]], cadence_spm: float) -> None:
    assert gait(known)[0] == pytest.approx(cadence_spm, nan_ok=True)
