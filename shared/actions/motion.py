"""What the last seconds of a body show: speed, stillness, range of motion, stride and cadence."""

import math
from collections.abc import Sequence

from shared.actions.geometry import largest, mean
from shared.actions.trail import Sample, Trail
from shared.rules.moment import Motion

RECENT_S = 2.0  # stillness and range of motion look back so far, and need half of it
SPEED_S = 0.3
GAIT_S = 3.0  # three steps of a slow walk
# Nobody moves faster in a room: a sprint starts at that, and falling hips land at 2.1 m/s (SD 0.6).
# Source: Choi, Wakeling and Robinovitch, Journal of Biomechanics 48, 2015, 911-920.
_FASTEST_M_S = 3.0
_JUMP_S = 0.5
_RESTLESS_M, _RESTLESS_DEG = (
    0.3,
    90.0,
)  # movement of hips, and of limbs, at which nothing of stillness is left
_STEP_M = 0.08  # an ankle that far before the other one makes a step: half a shuffling one
_STEPS_END_S = 1.2  # who has not changed feet for so long has stopped walking
_TURNS = 3  # changes of feet that make a walk


def motion(trail: Trail, now: Sample) -> Motion:
    """The motion that ends with this moment."""
    if not trail.samples:
        return Motion()
    recent = [*(s for s in trail.samples if now.pts_us - s.pts_us <= RECENT_S * 1e6), now]
    long_enough = now.pts_us - recent[0].pts_us >= RECENT_S / 2 * 1e6
    arms = _range_deg(recent, (0, 1)) if long_enough else math.nan
    legs = _range_deg(recent, (2, 3)) if long_enough else math.nan
    cadence_spm, stride_m = gait([s for s in (*trail.samples, now) if now.pts_us - s.pts_us <= GAIT_S * 1e6])
    return Motion(
        speed_m_s=_speed_m_s(trail, now),
        jump_m=_jump_m(trail.samples[-1], now),
        stillness=_stillness(recent, arms, legs) if long_enough else math.nan,
        rom_arms_deg=arms,
        rom_legs_deg=legs,
        stride_m=stride_m,
        cadence_spm=cadence_spm,
        area_change=_area_change(trail, now),
    )


def gait(samples: Sequence[Sample]) -> tuple[float, float]:
    """Steps in a minute and the length of a stride in metres; 0 for who does not walk, NaN without feet.

    A step is a change of the foot that is in front, a stride two of them: twice the mean of how far the feet
    are apart in between.
    """
    known = [(s.pts_us, s.step_m) for s in samples if not math.isnan(s.step_m)]
    if len(known) < _TURNS or known[-1][0] - known[0][0] < GAIT_S / 3 * 1e6:
        return math.nan, math.nan
    turns, peaks, front = [], [0.0], 0
    for pts_us, step_m in known:
        side = (step_m > _STEP_M) - (step_m < -_STEP_M)
        if side and side != front:
            turns.append(pts_us)
            peaks.append(0.0)
            front = side
        peaks[-1] = max(peaks[-1], abs(step_m))
    walks = len(turns) >= _TURNS and known[-1][0] - turns[-1] <= _STEPS_END_S * 1e6
    if not walks:
        return 0.0, 0.0
    return 60e6 * (len(turns) - 1) / (turns[-1] - turns[0]), 2 * mean(peaks[1:])


def _away_m(first: Sample, last: Sample) -> float:
    return math.dist(first.hip_px, last.hip_px) / last.scale_px_m


def _speed_m_s(trail: Trail, now: Sample) -> float:
    """Over the shortest span of `SPEED_S` or more; NaN where that is twice as long."""
    for sample in reversed(trail.samples):
        span_s = (now.pts_us - sample.pts_us) / 1e6
        if span_s >= SPEED_S:
            return _away_m(sample, now) / span_s if span_s <= 2 * SPEED_S else math.nan
    return math.nan


def _jump_m(last: Sample, now: Sample) -> float:
    span_s = (now.pts_us - last.pts_us) / 1e6
    return max(0.0, _away_m(last, now) - _FASTEST_M_S * span_s) if span_s <= _JUMP_S else math.nan


def _stillness(recent: Sequence[Sample], arms_deg: float, legs_deg: float) -> float:
    xs, ys = [s.hip_px[0] for s in recent], [s.hip_px[1] for s in recent]
    moved_m = math.hypot(max(xs) - min(xs), max(ys) - min(ys)) / recent[-1].scale_px_m
    restless = largest((moved_m / _RESTLESS_M, arms_deg / _RESTLESS_DEG, legs_deg / _RESTLESS_DEG))
    return max(0.0, 1.0 - restless)


def _range_deg(recent: Sequence[Sample], joints: Sequence[int]) -> float:
    """The largest range of one of these joints."""
    ranges = []
    for joint in joints:
        known = [s.bends_deg[joint] for s in recent if not math.isnan(s.bends_deg[joint])]
        ranges.append(max(known) - min(known) if len(known) > len(recent) / 2 else math.nan)
    return largest(ranges)


def _area_change(trail: Trail, now: Sample) -> float:
    """The box's area against its median a second and more ago."""
    before = sorted(s.size_px for s in trail.samples if now.pts_us - s.pts_us >= 1e6)
    if not before or before[len(before) // 2] <= 0:
        return math.nan
    return float((now.size_px / before[len(before) // 2]) ** 2)
