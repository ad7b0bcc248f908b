"""Jumping, against what looks like it."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from shared.rules.jump import RULE
from shared.rules.moment import Features, Moment
from tests.shared.rules.acting import BODY, PX_M, during, play, seen

G = 9.81
TIPTOE_M = 0.09
Heights = tuple[float, float]  # hips and lower ankle over their heights in standing, metres


def body_at(hips_m: float, feet_m: float, x_m: float = 0.0) -> Features:
    return replace(
        BODY,
        hip_y_px=BODY.hip_y_px - hips_m * PX_M,
        hip_x_px=BODY.hip_x_px + x_m * PX_M,
        hip_m=0.75 + hips_m - feet_m,
        foot_y_px=BODY.foot_y_px - feet_m * PX_M,
    )


def jump(height_m: float, at_s: float = 2.0) -> Callable[[float], Heights]:
    """Down, up on the toes, a flight, and down into the knees: as people jump."""
    flight_s = math.sqrt(8 * height_m / G)
    speed_m_s = G * flight_s / 2
    push_s = 0.25  # from the lowest point to take-off

    def heights(time_s: float) -> Heights:
        air_s = time_s - at_s
        if air_s < -push_s - 0.3 or air_s > flight_s + 0.6:
            return 0.0, 0.0
        if air_s < -push_s:
            return -0.25 * math.sin((air_s + push_s + 0.3) / 0.3 * math.pi / 2), 0.0
        if air_s < 0:
            share = (air_s + push_s) / push_s
            return -0.25 + (0.25 + TIPTOE_M) * share**1.5, TIPTOE_M * max(0.0, share - 0.8) / 0.2
        if air_s <= flight_s:
            risen_m = TIPTOE_M + speed_m_s * air_s - G * air_s**2 / 2
            return risen_m, risen_m
        after_s = air_s - flight_s
        return TIPTOE_M * max(0.0, 1 - 8 * after_s) - 0.2 * math.sin(min(1.0, after_s / 0.6) * math.pi), 0.0

    return heights


def film(
    heights: Callable[[float], Heights], fps: float = 30, lasting_s: float = 5, noise_m: float = 0.01
) -> list[Moment]:
    rng = np.random.default_rng(2)
    return [
        seen(time_s, body_at(*(np.array(heights(time_s)) + rng.normal(0, noise_m, 2)).tolist()))
        for time_s in during(0, lasting_s, fps)
    ]


@pytest.mark.parametrize("fps", [12, 15, 25, 30, 60])
@pytest.mark.parametrize("height_m", [0.2, 0.3, 0.5, 0.7])
def test_a_jump_is_told_at_landing_with_its_height(height_m: float, fps: float) -> None:
    (report,) = play(RULE, film(jump(height_m), fps))
    flight_s = math.sqrt(8 * height_m / G)
    assert report.started_us / 1e6 == pytest.approx(2.0, abs=0.07)
    assert (report.raised_us or 0) / 1e6 == pytest.approx(2.0 + flight_s, abs=0.15)
    assert report.evidence["height_m"] == pytest.approx(height_m, rel=0.35)
    assert report.evidence["flight_s"] == pytest.approx(flight_s, rel=0.17)


def eased(*keys: tuple[float, float, float]) -> Callable[[float], Heights]:
    """Hips and feet through (second, hips, feet)."""
    times, hips, feet = zip(*keys, strict=True)

    def heights(time_s: float) -> Heights:
        return float(np.interp(time_s, times, hips)), float(np.interp(time_s, times, feet))

    return heights


HARMLESS = {
    "a squat": eased((0, 0, 0), (2, 0, 0), (2.5, -0.4, 0), (3, 0, 0)),
    "a fast squat": eased((0, 0, 0), (2, 0, 0), (2.25, -0.4, 0), (2.5, 0.03, 0)),
    "sitting down": eased((0, 0, 0), (2, 0, 0), (2.6, -0.35, 0)),
    "sitting down and up": eased((0, 0, 0), (2, 0, 0), (2.5, -0.35, 0), (3.2, -0.35, 0), (3.7, 0, 0)),
    "on tiptoe": eased((0, 0, 0), (2, 0, 0), (2.2, 0.1, 0.1), (2.7, 0.1, 0.1), (2.9, 0, 0)),
    "up a stool": eased((0, 0, 0), (2, 0, 0), (2.6, 0.4, 0.4), (5, 0.4, 0.4)),
    "up a stool and down": eased((0, 0, 0), (2, 0, 0), (2.5, 0.4, 0.4), (3.5, 0.4, 0.4), (4, 0, 0)),
    "up stairs": eased((0, 0, 0), (1, 0, 0), (5, 1.6, 1.6)),
    "stretching without leaving the ground": eased((0, 0, 0), (2, 0, 0), (2.25, 0.3, 0), (2.5, 0, 0)),
    "feet that a pose loses for a moment": eased((0, 0, 0), (2, 0, 0), (2.2, 0, 0.4), (2.4, 0, 0)),
    "a fall": eased((0, 0, 0), (2, 0, 0), (2.7, -0.65, 0)),
    "walking away from the camera": eased((0, 0, 0), (2, 0, 0), (4, 1.2, 1.2)),
    "running": lambda t: (0.05 * math.sin(2 * math.pi * 2.8 * t), 0.12 * abs(math.sin(math.pi * 2.8 * t))),
    "hopping low": jump(0.06),
    "too slow for gravity": lambda t: (x := 0.15 * math.sin(min(max(t - 2, 0) / 0.9, 1) * math.pi), x),
}


@pytest.mark.parametrize("fps", [10, 15, 30])
@pytest.mark.parametrize("name", HARMLESS)
def test_what_looks_like_a_jump_is_none(name: str, fps: float) -> None:
    assert play(RULE, film(HARMLESS[name], fps)) == []


def test_two_jumps_are_two_events() -> None:
    first, second = jump(0.3, 1.3), jump(0.4, 3.2)
    reports = play(RULE, film(lambda t: first(t) if t < 2.5 else second(t)))
    assert [round(report.started_us / 1e6) for report in reports] == [1, 3]


def bouncing(height_m: float, ground_s: float) -> Callable[[float], Heights]:
    """One jump after the other, with the knees bent in between."""
    flight_s = math.sqrt(8 * height_m / G)

    def heights(time_s: float) -> Heights:
        air_s = time_s % (flight_s + ground_s)
        if air_s < flight_s:
            risen_m = TIPTOE_M + G / 2 * air_s * (flight_s - air_s)
            return risen_m, risen_m
        share = (air_s - flight_s) / ground_s
        return TIPTOE_M - 0.25 * math.sin(share * math.pi), 0.0

    return heights


@pytest.mark.parametrize("fps", [15, 30])
def test_each_of_many_jumps_in_a_row_is_told_with_nobody_ever_standing(fps: float) -> None:
    reports = play(RULE, film(bouncing(0.25, 0.3), fps, lasting_s=7.5))
    assert 7 <= len(reports) <= 10  # of ten, after about a second to find the ground
    assert [r.evidence["height_m"] for r in reports] == pytest.approx([0.25] * len(reports), rel=0.45)


def test_without_ankles_nothing_is_told() -> None:
    hidden = [replace(m, body=replace(m.body, hip_m=math.nan)) for m in film(jump(0.4)) if m.body is not None]
    assert play(RULE, hidden) == []


def test_somebody_who_has_only_just_come_has_no_height_to_jump_from() -> None:
    assert play(RULE, film(jump(0.4, 0.1), lasting_s=1.5)) == []
