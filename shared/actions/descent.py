"""How far and how fast the hips have come down: a short memory of heights in media time."""

import msgspec

from shared.rules.moment import Descent, Features

# The time from standing to the floor.
# Source: in 25 real falls of older people 0.58 s (SD 0.26) from the start of the descent and 1.27 s from the
# loss of balance to the impact of the pelvis (Choi, Wakeling and Robinovitch, Journal of Biomechanics 48,
# 2015, 911-920).
WINDOW_S = 1.3
# Somebody who vanished in the middle (fast motion loses poses) may come back lying: look across the gap.
GAP_S = 2.5
# Unseen for longer than this is a gap: no speed can be told from it.
SPEED_GAP_S = 0.45
SPEED_SPAN_S = 0.35
_STEP_US = 95_000  # samples closer than this are not kept: the memory stays small at any frame rate


class Height(msgspec.Struct, frozen=True, array_like=True):
    """The hips at one moment: y in px downwards, px in a metre, and how low the body was."""

    pts_us: int
    hip_y_px: float
    scale_px_m: float
    low: float


def remember(heights: tuple[Height, ...], features: Features, pts_us: int, low: float) -> tuple[Height, ...]:
    """The memory with this picture in it, at most `GAP_S` + `WINDOW_S` long."""
    oldest_us = pts_us - round((GAP_S + WINDOW_S) * 1e6)
    kept = tuple(height for height in heights if height.pts_us >= oldest_us)
    if kept and pts_us - kept[-1].pts_us < _STEP_US:
        return kept
    return (*kept, Height(pts_us, features.hip_y_px, features.scale_px_m, low))


def descent(heights: tuple[Height, ...], features: Features, pts_us: int) -> Descent | None:
    """The descent that ends now; None without a memory.

    The window is `WINDOW_S` of time in which the person was seen: a gap of up to `GAP_S` does not count.
    """
    now = Height(pts_us, features.hip_y_px, features.scale_px_m, 0.0)
    window = _window((*heights, now))
    if len(window) < 2:
        return None
    top = min(range(len(window) - 1), key=lambda index: window[index].hip_y_px)
    first = window[top]
    drop_m = (now.hip_y_px - first.hip_y_px) / first.scale_px_m
    low_before = min(height.low for height in window[: top + 1])
    return Descent(first.pts_us, drop_m, _speed(window[top:]), low_before)


def _window(heights: tuple[Height, ...]) -> tuple[Height, ...]:
    seen_s, index = 0.0, len(heights) - 1
    while index > 0:
        step_s = (heights[index].pts_us - heights[index - 1].pts_us) / 1e6
        if step_s > GAP_S:
            break
        seen_s += step_s if step_s <= SPEED_GAP_S else 0.0
        if seen_s > WINDOW_S:
            break
        index -= 1
    return heights[index:]


def _speed(window: tuple[Height, ...]) -> float | None:
    best = 0.0
    for start, first in enumerate(window):
        for previous, last in zip(window[start:], window[start + 1 :], strict=False):
            if (last.pts_us - previous.pts_us) / 1e6 > SPEED_GAP_S:
                return None
            span_s = (last.pts_us - first.pts_us) / 1e6
            if span_s >= SPEED_SPAN_S:
                best = max(best, (last.hip_y_px - first.hip_y_px) / first.scale_px_m / span_s)
                break
    return best
