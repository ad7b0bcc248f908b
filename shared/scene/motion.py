"""How a body moves between postures: along keys, on foot along a curve, turning on the spot.

Each motion gives rows (world frame, metres) for a time between 0 and its duration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, pi, radians, sin
from typing import Protocol

import numpy as np
from scipy.interpolate import PchipInterpolator

from shared.scene.posture import STANDING, Posture, Stance, place
from shared.scene.skeleton import (
    ANKLE_HEIGHT,
    ANKLES,
    CHEST,
    FOREARMS,
    HEAD,
    KNEES,
    PELVIS,
    TOES,
    UPPER_ARMS,
    Floats,
    Rows,
)

_STAND = STANDING.rows()
_FOOT_LIFT = 0.045  # of the ankle in mid-swing, statures
_STEP, _QUICKEST_STEP_S = 0.40, 0.42  # statures, seconds
_WALKING_HIP = 0.965  # of the standing height: the legs must reach both feet


class Motion(Protocol):
    """Anything that moves a body for a while."""

    @property
    def duration_s(self) -> float: ...

    def rows(self, time_s: float) -> Rows:
        """Rows in the room, `time_s` in [0, duration]."""


def ease(share: float) -> float:
    """Minimum-jerk course from 0 to 1.

    Source: Flash and Hogan 1985, doi 10.1523/JNEUROSCI.05-07-01688.1985.
    """
    s = min(max(share, 0.0), 1.0)
    course: float = s**3 * (10 - 15 * s + 6 * s**2)
    return course


def topple(share: float) -> float:
    """Course of a fall: gravity speeds it up until the ground stops it."""
    s = min(max(share, 0.0), 1.0)
    return 0.15 * s + 0.85 * float(s**2.2)


class Keyed:
    """Through key postures at even steps of progress; `course` turns the share of time into progress."""

    def __init__(self, keys: Sequence[Rows], duration_s: float, falling: bool = False) -> None:
        self.duration_s = duration_s
        self._course = topple if falling else ease
        self._curve = PchipInterpolator(np.linspace(0, 1, len(keys)), np.stack(keys), axis=0)

    def rows(self, time_s: float) -> Rows:
        rows: Rows = self._curve(self._course(time_s / self.duration_s))
        return rows


def keyed(keys: Sequence[Posture], stance: Stance, stature_m: float, duration_s: float) -> Keyed:
    return Keyed([place(k.rows(), stance, stature_m) for k in keys], duration_s)


def fall(keys: Sequence[Posture], stance: Stance, stature_m: float, duration_s: float) -> Keyed:
    return Keyed([place(k.rows(), stance, stature_m) for k in keys], duration_s, falling=True)


class Still:
    """Stays as it is, but for breathing and the little sway that nobody can hold back."""

    def __init__(self, rows: Rows, duration_s: float, sway_m: float = 0.004) -> None:
        self.duration_s = duration_s
        self._rows = rows
        self._sway_m = sway_m

    def rows(self, time_s: float) -> Rows:
        rows = self._rows.copy()
        fade = min(1.0, time_s, self.duration_s - time_s)
        wave = self._sway_m * max(fade, 0.0) * np.array([sin(1.9 * time_s), sin(1.3 * time_s), 0.0])
        rows[PELVIS] += wave
        rows[CHEST] += 3 * wave
        return rows


class Turn:
    """On the spot, in steps of at most 50 degrees, one foot after the other."""

    STEP_DEG, STEP_S = 50.0, 0.7

    def __init__(self, start: Stance, yaw_deg: float, stature_m: float) -> None:
        self._start, self._h = start, stature_m
        self._angle = (yaw_deg - start.yaw_deg + 180) % 360 - 180
        self._steps = max(1, ceil(abs(self._angle) / self.STEP_DEG))
        self.duration_s = self._steps * self.STEP_S

    def _at(self, turned: float) -> Rows:
        yaw = self._start.yaw_deg + self._angle * turned
        return place(_STAND, Stance(self._start.x, self._start.y, yaw), self._h)

    def rows(self, time_s: float) -> Rows:
        done, share = divmod(min(time_s / self.STEP_S, self._steps - 1e-9), 1.0)
        rows = self._at((done + ease(share)) / self._steps)
        first = 0 if self._angle > 0 else 1
        for foot, part in ((first, 2 * share), (1 - first, 2 * share - 1)):
            turned = self._at((done + ease(part)) / self._steps)
            rows[ANKLES][foot] = turned[ANKLES][foot]
            rows[TOES][foot], rows[KNEES][foot] = turned[TOES][foot], turned[KNEES][foot]
            rows[ANKLES][foot][2] += _FOOT_LIFT * self._h * sin(pi * min(max(part, 0.0), 1.0)) ** 2
        return rows


@dataclass(frozen=True)
class Course:
    """A curve on the floor that leaves one stance and arrives at another, both facing along it."""

    start: Stance
    end: Stance

    def sample(self, count: int = 200) -> tuple[Floats, Floats]:
        """(count, 2) points and (count,) distances walked, metres."""
        a, b = np.array([self.start.x, self.start.y]), np.array([self.end.x, self.end.y])
        pull = float(np.linalg.norm(b - a))
        out, back = (pull * s.axes()[:2, 0] for s in (self.start, self.end))
        t = np.linspace(0, 1, count)[:, None]
        points = (2 * t**3 - 3 * t**2 + 1) * a + (t**3 - 2 * t**2 + t) * out
        points = points + (3 * t**2 - 2 * t**3) * b + (t**3 - t**2) * back
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        return points, np.concatenate([[0.0], np.cumsum(steps)])


class Walk:
    """Steps along a curve; each foot stays where it is planted until it swings."""

    def __init__(self, course: Course, speed_m_s: float, stature_m: float) -> None:
        self._h = stature_m
        self._points, self._walked = course.sample()
        self._headings = np.unwrap(np.arctan2(*np.gradient(self._points, axis=0).T[::-1]))
        length = float(self._walked[-1])
        self._steps = 1 + max(1, round(length / (_STEP * stature_m)))
        self._step_s = max(_QUICKEST_STEP_S, length / (self._steps - 1) / speed_m_s)
        self._length = length
        self.duration_s = (self._steps + 1) * self._step_s

    def _progress(self, step: float) -> float:
        """Distance after so many steps: the first and the last one speed up and slow down."""
        n = self._steps
        s = min(max(step, 0.0), float(n))
        gone = s - 0.5 + 0.5 * (1 - s) ** 2 if s < 1 else s - 0.5
        if s > n - 1:
            gone -= 0.5 * (s - n + 1) ** 2
        return self._length * gone / (n - 1)

    def _stance(self, distance: float) -> Stance:
        x, y = (float(np.interp(distance, self._walked, self._points[:, i])) for i in range(2))
        heading = float(np.interp(distance, self._walked, self._headings))
        return Stance(x, y, heading * 180 / pi)

    def _plant(self, step: int) -> Rows:
        """Where a foot stands that landed at the end of `step`: half a step ahead of the body."""
        reached = 0.0 if step < 0 else self._progress(step + 1.5)
        return place(_STAND, self._stance(reached), self._h)

    def rows(self, time_s: float) -> Rows:
        at = min(time_s / self._step_s, self._steps + 1 - 1e-9)
        step, share = int(at), at % 1.0
        stance = self._stance(self._progress(at))
        rows = place(_STAND, stance, self._h)
        moving = min(1.0, at, self._steps + 1 - at)
        rows[PELVIS][2] *= 1 - (1 - _WALKING_HIP) * ease(moving) * (0.75 + 0.25 * np.cos(2 * pi * share))
        swing = step % 2
        self._set_foot(rows, swing, step, share)
        self._set_foot(rows, 1 - swing, step - 1, 1.0)
        self._swing_arms(rows, stance, moving)
        return rows

    def _set_foot(self, rows: Rows, foot: int, step: int, share: float) -> None:
        before, after = self._plant(step - 2), self._plant(step)
        way = ease(share)
        for part in (ANKLES, TOES, KNEES):
            rows[part][foot] = (1 - way) * before[part][foot] + way * after[part][foot]
        stride = float(np.linalg.norm((after - before)[ANKLES][foot]))
        lift = min(1.0, stride / (0.3 * self._h)) * sin(pi * share) ** 2
        rows[ANKLES][foot][2] = ANKLE_HEIGHT * self._h + _FOOT_LIFT * self._h * lift
        rows[TOES][foot][2] -= 0.5 * lift * (1 - 1.6 * share)

    def _swing_arms(self, rows: Rows, stance: Stance, moving: float) -> None:
        ahead = stance.axes()[:, 0]
        for arm in (0, 1):
            lead = float((rows[ANKLES][1 - arm] - rows[PELVIS]) @ ahead) / self._h
            angle = radians(110) * lead * moving
            rows[UPPER_ARMS][arm] += ahead * np.tan(min(max(angle, -0.6), 0.6))
            rows[FOREARMS][arm] += ahead * (np.tan(min(max(angle, -0.4), 0.7)) + 0.25 * moving)
        rows[CHEST][1] += 0.04 * moving * ahead
        rows[HEAD][1] += 0.02 * moving * ahead
