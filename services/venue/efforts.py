"""Distance, speed and sprints of people on the ground, many at once, in media time."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.settings import Effort

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

# A gait sways the body and the feet move by turns: speeds are means of about so long. Longer ones would hide
# the peak of a sprint.
SMOOTH_S = 0.2
_NEVER = -(2**62)  # no time, and differences to it fit


@dataclass(frozen=True, eq=False)
class Efforts:
    """N people.

    Attributes:
        anchor: (N, 2) what follows them on a leash of `Effort.sway_m`.
        distance_m: (N,) so far.
        velocity: (N, 2) m/s, smoothed.
        top_m_s: (N,) highest speed so far.
        sprints: (N,) so far.
        fast_since_us: (N,) when the present run above the threshold began; `_NEVER` outside of one.
        fast_us: (N,) when the speed was last above it.
        timed_us: (N,) when they were last looked at.
    """

    anchor: Floats
    distance_m: Floats
    velocity: Floats
    top_m_s: Floats
    sprints: Times
    fast_since_us: Times
    fast_us: Times
    timed_us: Times


def rested(metres: Floats, now_us: Times) -> Efforts:
    """People of whom nothing is known but that they are at (N, 2)."""
    none = np.zeros(len(metres))
    never = np.full(len(metres), _NEVER)
    return Efforts(
        metres, none, np.zeros_like(metres), none, never * 0, never, never, np.asarray(now_us, np.int64)
    )


def moved(efforts: Efforts, mean: Floats, now_us: Times, settings: Effort) -> Efforts:
    """After N people have come to `mean` (N, 4: x, y, vx, vy) at (N,) `now_us`, not before `timed_us`.

    The distance is that of an anchor on a leash: whoever sways about a place within the leash's length s does
    not move it at all. A path is counted short by s once, by up to 2 s where somebody turns back, and in a
    curve of radius r by the share s^2 / (2 r^2).
    """
    elapsed_s = (now_us - efforts.timed_us) / 1e6
    share = (1 - np.exp(-elapsed_s / SMOOTH_S))[:, None]
    velocity = efforts.velocity + share * (mean[:, 2:] - efforts.velocity)
    offset = mean[:, :2] - efforts.anchor
    far = np.linalg.norm(offset, axis=1)
    pulled = np.maximum(far - settings.sway_m, 0.0)
    speed = np.linalg.norm(velocity, axis=1)
    return _sprinting(
        replace(
            efforts,
            anchor=efforts.anchor + offset * (pulled / np.maximum(far, 1e-9))[:, None],
            distance_m=efforts.distance_m + pulled,
            velocity=velocity,
            top_m_s=np.maximum(efforts.top_m_s, speed),
            timed_us=now_us,
        ),
        speed,
        settings,
    )


def _sprinting(efforts: Efforts, speed: Floats, settings: Effort) -> Efforts:
    """Count a sprint in the moment in which it has lasted long enough."""
    now_us, fast = efforts.timed_us, speed >= settings.sprint_m_s
    running = efforts.fast_since_us != _NEVER
    broken = running & (now_us - efforts.fast_us > settings.sprint_break_s * 1e6)
    begins = fast & (broken | ~running)
    since_us = np.where(begins, now_us, np.where(broken, _NEVER, efforts.fast_since_us))
    needed_us = round(settings.sprint_s * 1e6)
    counted = running & ~broken & (efforts.fast_us - efforts.fast_since_us >= needed_us)
    lasted = fast & (now_us - since_us >= needed_us)
    return replace(
        efforts,
        sprints=efforts.sprints + (lasted & ~counted),
        fast_since_us=since_us,
        fast_us=np.where(fast, now_us, efforts.fast_us),
    )
