"""What the last seconds of a body show: speed, stillness, range of motion, stride and cadence."""

import math
from collections.abc import Sequence

from shared.actions.geometry import largest, mean
from shared.actions.trail import Sample, Trail
from shared.rules.moment import Motion

RECENT_S = 2.0  # stillness and range of motion look back so far, and need half of it
SPEED_S = 0.4  # errors of single poses, 0.05 m, are no speed then
GAIT_S = 3.0  # three steps of a slow walk
# Nobody moves faster in a room: a sprint starts at that, and falling hips land at 2.1 m/s (SD 0.6).
# Source: Choi, Wakeling and Robinovitch, Journal of Biomechanics 48, 2015, 911-920.
_FASTEST_M_S = 3.0
_JUMP_S = 0.5
_RESTLESS_M, _RESTLESS_DEG = 0.3, 90.0  # movement of hips and of limbs that leaves nothing of stillness
_STEP_M = 0.08  # an ankle that far before the other one makes a step: half a shuffling one
_STEPS_END_S = 1.2  # who has not changed feet for so long has stopped walking
_TURNS = 2  # changes of the foot in front that make a walk


def motion(trail: Trail, now: Sample) -> Motion:
    """The motion that ends with this moment."""
    if not trail.times_us:
        return Motion()
    recent = trail.first_after(now.pts_us - round(RECENT_S * 1e6))
    arms, legs, stillness = math.nan, math.nan, math.nan
    if recent < len(trail.times_us) and now.pts_us - trail.times_us[recent] >= RECENT_S / 2 * 1e6:
        ranges = trail.ranges_deg(recent, now)
        arms, legs = largest(ranges[:2]), largest(ranges[2:])
        stillness = _stillness(trail, recent, now, largest((arms, legs)))
    cadence_spm, stride_m = gait(trail.steps(trail.first_after(now.pts_us - round(GAIT_S * 1e6)), now))
    speed_m_s, across_m_s = _speeds_m_s(trail, now)
    return Motion(
        speed_m_s=speed_m_s,
        across_m_s=across_m_s,
        jump_m=_jump_m(trail, now),
        stillness=stillness,
        rom_arms_deg=arms,
        rom_legs_deg=legs,
        stride_m=stride_m,
        cadence_spm=cadence_spm,
        area_change=_area_change(trail, now),
    )


def gait(known: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """Steps in a minute and the length of a stride in metres; 0 for who does not walk, NaN without feet.

    A step is a change of the foot that is in front, a stride two of them: twice the mean of how far the feet
    are apart in between, at most.

    Args:
        known: media times in microseconds, and how far the left ankle is before the right one, in metres.
    """
    if len(known) < _TURNS or known[-1][0] - known[0][0] < GAIT_S / 3 * 1e6:
        return math.nan, math.nan
    turns, peaks, front = [], [0.0], 0
    for pts_us, step_m in known:
        side = (step_m > _STEP_M) - (step_m < -_STEP_M)
        if side and side != front:
            if front:
                turns.append(pts_us)
                peaks.append(0.0)
            front = side
        peaks[-1] = max(peaks[-1], abs(step_m))
    walks = len(turns) >= _TURNS and known[-1][0] - turns[-1] <= _STEPS_END_S * 1e6
    if not walks:
        return 0.0, 0.0
    return 60e6 * (len(turns) - 1) / (turns[-1] - turns[0]), 2 * mean(peaks[1:-1])


def _speeds_m_s(trail: Trail, now: Sample) -> tuple[float, float]:
    """Of the hips, and along the rows alone, over the shortest span of `SPEED_S` or more; NaN where that is
    twice as long.
    """
    place = trail.first_after(now.pts_us - round(SPEED_S * 1e6) + 1) - 1
    if place < 0:
        return math.nan, math.nan
    span_s = (now.pts_us - trail.times_us[place]) / 1e6
    if span_s > 2 * SPEED_S:
        return math.nan, math.nan
    before = trail.hip_px(place)
    x_px, y_px = now.hip_px[0] - before[0], now.hip_px[1] - before[1]
    return math.hypot(x_px, y_px) / now.scale_px_m / span_s, abs(x_px) / now.scale_px_m / span_s


def _jump_m(trail: Trail, now: Sample) -> float:
    span_s = (now.pts_us - trail.times_us[-1]) / 1e6
    moved_m = math.dist(now.hip_px, trail.hip_px(-1)) / now.scale_px_m
    return max(0.0, moved_m - _FASTEST_M_S * span_s) if span_s <= _JUMP_S else math.nan


def _stillness(trail: Trail, first: int, now: Sample, moved_deg: float) -> float:
    xs = [*trail.x_px[first:], now.hip_px[0]]
    ys = [*(hip / 10 for hip in trail.hip[first:]), now.hip_px[1]]
    moved_m = math.hypot(max(xs) - min(xs), max(ys) - min(ys)) / now.scale_px_m
    return max(0.0, 1.0 - largest((moved_m / _RESTLESS_M, moved_deg / _RESTLESS_DEG)))


def _area_change(trail: Trail, now: Sample) -> float:
    """The box's area against its median a second and more ago."""
    before = sorted(trail.size_px[: trail.first_after(now.pts_us - 1_000_000 + 1)])
    usual_px = before[len(before) // 2] if before else 0.0
    return (now.size_px / usual_px) ** 2 if usual_px > 0 else math.nan
