"""What somebody does, move after move, and the labels of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import pi, sin

import numpy as np

from shared.scene.living.keys import ALL_FOURS
from shared.scene.motion import Course, Keyed, Motion, Still, Turn, Walk
from shared.scene.posture import Posture, Stance, place
from shared.scene.skeleton import (
    ANKLES,
    CHEST,
    FOREARMS,
    HIPS,
    KNEES,
    PELVIS,
    POSITIONS,
    ROWS,
    TOES,
    UPPER_ARMS,
    Floats,
    Rows,
)

Time = float | tuple[float, float]

_CRAWL_REACH, _CRAWL_PERIOD_S = 0.16, 1.2  # statures, seconds
_KNEES_GIVE = 0.0007  # of the height of the hips, for each degree of stoop


@dataclass(frozen=True)
class Label:
    """Something that happens, as the label files of real clips have it; seconds of media time.

    Attributes:
        kind: what it is, `fall_backward`, `sit_down`, ...
        times: by the names of the label files: descent_s, ground_s, settled_s, last_on_ground_s of a fall,
            start_s, seated_s, down_s, upright_s, end_s of others; lowest_s is (first, last).
        fall: whether an alert is due.
        reaches: "floor" or "bed", where somebody comes to lie.
        person: who does it.
    """

    kind: str
    times: dict[str, Time] = field(default_factory=dict)
    fall: bool = False
    reaches: str | None = None
    person: int = 0

    def entry(self) -> dict[str, object]:
        """The label as an entry of `events` in a label file."""
        known: dict[str, object] = {"kind": self.kind, **self.times, "person": self.person}
        if self.fall:
            known["fall"] = True
        return known if self.reaches is None else known | {"reaches": self.reaches}


class Crawl:
    """On hands and knees straight ahead; arms and legs in turn."""

    def __init__(self, start: Stance, length_m: float, speed_m_s: float, stature_m: float) -> None:
        self._start, self._speed, self._h = start, speed_m_s, stature_m
        self.duration_s = length_m / speed_m_s

    def rows(self, time_s: float) -> Rows:
        rows = ALL_FOURS.rows()
        swing = sin(2 * pi * time_s / _CRAWL_PERIOD_S)
        for side, sign in ((0, 1.0), (1, -1.0)):
            rows[ANKLES][side][0] += 0.5 * _CRAWL_REACH * sign * swing
            rows[UPPER_ARMS][side][0] -= 0.35 * sign * swing
        rows[CHEST][1] += np.array([0.0, 0.06 * swing, 0.0])
        return place(rows, self._start.ahead(self._speed * time_s), self._h)


@dataclass(frozen=True)
class Actor:
    """How a person moves: size in grown-up legs, mirrored or not, and a manner of their own.

    `manner` (`ROWS`, 3) is added to all directions of every posture.
    """

    stature_m: float
    speed_m_s: float
    mirrored: bool
    manner: Floats

    @classmethod
    def of(cls, stature_m: float, speed_m_s: float, generator: np.random.Generator) -> "Actor":
        manner = generator.normal(0, 0.07, (ROWS, 3))
        manner[POSITIONS] = 0.0
        return cls(stature_m, speed_m_s, bool(generator.integers(2)), manner)

    def rows(self, posture: Posture) -> Rows:
        """A posture as this person takes it, stature 1."""
        rows = posture.rows() + self.manner
        return _mirror(rows) if self.mirrored else rows


def _mirror(rows: Rows) -> Rows:
    """Left becomes right."""
    mirrored = rows.copy()
    for pair in (ANKLES, TOES, KNEES, UPPER_ARMS, FOREARMS):
        mirrored[pair] = rows[pair][::-1]
    mirrored[:, 1] *= -1
    return mirrored


class Part:
    """Moves in a row; before its start and after its end the person stays as at the first and the last."""

    def __init__(self, actor: Actor, stance: Stance, first: Posture, number: int = 0) -> None:
        self.actor, self.stance, self.number = actor, stance, number
        self.labels: list[Label] = []
        self.end_s = 0.0
        self._moves: list[tuple[float, Motion]] = []
        self._last = self._placed(first)

    def to(self, keys: Sequence[Posture], duration_s: float) -> float:
        """On purpose, with a smooth start and end, through `keys`; the time at the end."""
        return self._through(keys, duration_s, falling=False)

    def drop(self, keys: Sequence[Posture], duration_s: float) -> float:
        """Faster and faster, as gravity has it, through `keys`; the time at the end."""
        return self._through(keys, duration_s, falling=True)

    def stay(self, duration_s: float, sway_m: float = 0.004) -> float:
        return self._add(Still(self._last, duration_s, sway_m))

    def walk_to(self, end: Stance) -> float:
        walk = Walk(Course(self.stance, end), self.actor.speed_m_s, self.actor.stature_m)
        self.stance = end
        return self._add(walk)

    def turn_to(self, yaw_deg: float) -> float:
        turn = Turn(self.stance, yaw_deg, self.actor.stature_m)
        self.stance = replace(self.stance, yaw_deg=yaw_deg)
        return self._add(turn)

    def crawl(self, length_m: float, speed_m_s: float) -> float:
        end = self._add(Crawl(self.stance, length_m, speed_m_s, self.actor.stature_m))
        self.stance = self.stance.ahead(length_m)
        return end

    def label(self, kind: str, fall: bool = False, reaches: str | None = None, **times: Time) -> None:
        self.labels.append(Label(kind, dict(times), fall, reaches, self.number))

    def rows(self, times_s: Floats) -> Rows:
        """(T, `ROWS`, 3) at each of these moments."""
        starts = np.array([start for start, _ in self._moves])
        chosen = np.clip(np.searchsorted(starts, times_s, side="right") - 1, 0, None)
        return np.stack([self._rows(int(c), float(t)) for c, t in zip(chosen, times_s, strict=True)])

    def _rows(self, index: int, time_s: float) -> Rows:
        start, motion = self._moves[index]
        return motion.rows(min(max(time_s - start, 0.0), motion.duration_s))

    def _placed(self, posture: Posture) -> Rows:
        return place(self.actor.rows(posture), self.stance, self.actor.stature_m)

    def _through(self, keys: Sequence[Posture], duration_s: float, falling: bool) -> float:
        rows = [self._last, *(self._placed(key) for key in keys)]
        return self._add(Keyed(rows, duration_s, falling))

    def _add(self, motion: Motion) -> float:
        self._moves.append((self.end_s, motion))
        self._last = motion.rows(motion.duration_s)
        self.end_s += motion.duration_s
        return self.end_s


def stooped(rows: Rows, stoop_deg: float) -> Rows:
    """(T, `ROWS`, 3) with the chest bent forward by so much where it is upright, and the head by half."""
    if stoop_deg == 0:
        return rows
    bent = rows.copy()
    for part, share in ((CHEST, 1.0), (slice(HIPS.start, HIPS.stop), 0.2), (slice(15, 17), 0.6)):
        forward, up = rows[:, part.start], rows[:, part.start + 1]
        upright = np.clip(up[:, 2:] / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9), 0, 1)
        angle = np.radians(stoop_deg * share) * upright
        bent[:, part.start + 1] = up * np.cos(angle) + forward * np.sin(angle)
        bent[:, part.start] = forward * np.cos(angle) - up * np.sin(angle)
    bent[:, PELVIS, 2] *= 1 - _KNEES_GIVE * stoop_deg
    return bent
