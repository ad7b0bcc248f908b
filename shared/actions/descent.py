"""How far and how fast the hips have come down: a short memory of heights in media time."""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from shared.rules.moment import Descent, Features

# The time from standing to the floor.
# Source: in 25 real falls of older people 0.58 s (SD 0.26) from the start of the descent and 1.27 s from the
# loss of balance to the impact of the pelvis (Choi, Wakeling and Robinovitch, Journal of Biomechanics 48,
# 2015, 911-920).
WINDOW_S = 1.3
# Somebody who vanished in the middle (fast motion loses poses) may come back lying: look across the gap.
GAP_S = 2.5
# Who slides down from a chair or along a wall takes longer, but it is one movement.
SLIDE_S = 3.6
# Unseen for longer than this is a gap: no speed can be told from it.
SPEED_GAP_S = 0.45
SPEED_SPAN_S = 0.35
# Who rests keeps the hips within so much of each other's height (m): the errors of a pose, and turning over.
_REST_M = 0.16
_REST_SAMPLES = 4
_NEWBORN_S = 0.5  # what came before a descent that begins so soon after a track is not known


class Height(msgspec.Struct, frozen=True, array_like=True):
    """A body at one moment, in tenths of a px and hundredths, as a trail keeps it.

    `hip` is the hips' y downwards, `rise` the shoulders over them, `scale` the pixels in a metre, `feet` the
    y of the lower ankle (None where it does not show), `low` how low the body was.
    """

    pts_us: int
    hip: int
    rise: int
    scale: int
    feet: int | None
    low: int

    @classmethod
    def of(cls, features: Features, pts_us: int, low: float) -> "Height":
        """What is kept of a body's features."""
        scale = features.scale_px_m
        feet = (
            None if math.isnan(features.hip_m) else round(10 * (features.hip_y_px + features.hip_m * scale))
        )
        return cls(
            pts_us,
            round(10 * features.hip_y_px),
            round(10 * features.rise_m * scale),
            max(1, round(10 * scale)),
            feet,
            round(100 * low),
        )


Heights = Sequence[Height]


def descent(
    heights: tuple[Height, ...], features: Features, pts_us: int, window_s: float = WINDOW_S
) -> Descent | None:
    """The descent that ends now; None without a memory.

    The window is `window_s` of time in which the person was seen: a gap of up to `GAP_S` does not count.
    """
    now = Height.of(features, pts_us, 0.0)
    known = (*heights, now)
    window = known[_first(known, window_s) :]
    if len(window) < 2:
        return None
    top = min(range(len(window) - 1), key=lambda index: window[index].hip)
    first = window[top]
    before = window[: top + 1]
    from_m, feet = _standing(before)
    return Descent(
        started_us=first.pts_us,
        drop_m=(now.hip - first.hip) / first.scale,
        trunk_drop_m=(now.hip - now.rise - first.hip + first.rise) / first.scale,
        speed_m_s=_speed(window[top:]),
        low_before=min(height.low for height in before) / 100,
        steady_low_before=_steady_low(before),
        steady_low_since=_steady_low(window[top:-1]),
        from_m=from_m,
        feet_y_px=feet,
        rested=_rested(before),
        newborn=len(window) == len(known) and first.pts_us - known[0].pts_us < _NEWBORN_S * 1e6,
    )


def _first(heights: Heights, window_s: float) -> int:
    seen_s, index = 0.0, len(heights) - 1
    while index > 0:
        step_s = (heights[index].pts_us - heights[index - 1].pts_us) / 1e6
        if step_s > GAP_S:
            break
        seen_s += step_s if step_s <= SPEED_GAP_S else 0.0
        if seen_s > window_s:
            break
        index -= 1
    return index


def _standing(before: Heights) -> tuple[float | None, float | None]:
    """How high the hips were over the feet before they came down (m), and the y of the feet (px).

    The feet are the middle of what was seen: single poses put them anywhere.
    """
    known = [height.feet for height in before if height.feet is not None]
    if not known:
        return None, None
    feet, top = statistics.median(known), before[-1]
    return (feet - top.hip) / top.scale, feet / 10


def _steady_low(heights: Heights) -> float:
    """How low a body was where it was most upright, in two pictures in a row: one may have misread it."""
    lows = [height.low for height in heights]
    return min(map(max, pairwise(lows)), default=lows[0]) / 100


def _rested(before: Heights) -> bool:
    """Whether the body was at rest up to the descent."""
    hips = [height.hip for height in before]
    return len(hips) >= _REST_SAMPLES and max(hips) - min(hips) <= _REST_M * before[-1].scale


def _speed(window: Heights) -> float | None:
    best = 0.0
    for start, first in enumerate(window):
        for previous, last in zip(window[start:], window[start + 1 :], strict=False):
            if (last.pts_us - previous.pts_us) / 1e6 > SPEED_GAP_S:
                return None
            span_s = (last.pts_us - first.pts_us) / 1e6
            if span_s >= SPEED_SPAN_S:
                best = max(best, (last.hip - first.hip) / first.scale / span_s)
                break
    return best
