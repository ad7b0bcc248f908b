"""People who walk about: goals, stops, turns, groups, and ways out through the sides and through doors.

Each walks towards a goal at a speed of its own and gives way to who is near (social force: Helbing and
Molnar, Phys. Rev. E 51, 1995; here with an isotropic repulsion and a step to the right, so that two who meet
do not block each other). Who leaves is replaced by somebody new.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.scene.camera import Floats
from shared.scene.crowd.view import Bools, Motion, View

STEP_S = 0.04
_WARM_UP_S = 4.0  # before the first frame, so that all have found their pace
_SPEED_M_S, _SPEED_SIGMA = 1.3, 0.25  # Bohannon 1997, comfortable gait of adults: 1.3 to 1.5 m/s
_REACT_S = 0.5
_REPULSION_M_S2, _REACH_M, _BODIES_M = 4.0, 0.25, 0.45
_GROUPED = 0.35  # share of the people who walk in groups of two to four
_OUTSIDE = 1.12  # of the half breadth in the picture, and so many metres beyond it:
_OUTSIDE_M = 2.0
_ARRIVED_M = 0.6
_LEAVES, _BY_DOOR, _STOPS = 0.5, 0.25, 0.4  # chances at a goal
_STOP_S = (1.0, 6.0)
_STOPS_PER_S, _TURNS_PER_S = 0.03, 0.05
_DOOR_S = (1.0, 4.0)  # until somebody else comes out
_STRIDE_M = 1.4
_BREADTH, _SWING = 0.27, 0.3  # of the height; and how much a stride adds to the breadth

Indices = NDArray[np.intp]


def walk(view: View, people: int, duration_s: float, rng: np.random.Generator) -> Motion:
    """About `people` of them in the picture at any time, every `STEP_S` for `duration_s`."""
    crowd = _Crowd(view, round(people * 1.05), rng)
    for _ in range(round(_WARM_UP_S / STEP_S)):
        crowd.step()
    return _stack([crowd.step() for _ in range(int(duration_s / STEP_S) + 2)])


@dataclass(frozen=True)
class _Moment:
    position_m: Floats
    size_m: Floats
    present: Bools
    person: NDArray[np.int64]


def _stack(moments: list[_Moment]) -> Motion:
    position = np.stack([moment.position_m for moment in moments])
    return Motion(
        position_m=position,
        size_m=np.stack([moment.size_m for moment in moments]),
        lift_m=np.zeros(position.shape[:2]),
        present=np.stack([moment.present for moment in moments]),
        person=np.stack([moment.person for moment in moments]),
    )


class _Crowd:
    """What P people do now; `step` moves them by `STEP_S`.

    Rows are places; a place keeps its group, and gets a new person when the old one has left.
    """

    def __init__(self, view: View, places: int, rng: np.random.Generator) -> None:
        self._view, self._rng = view, rng
        self._leader = _groups(places, rng)
        self._leads = self._leader == np.arange(places)
        self._alone = np.bincount(self._leader, minlength=places)[self._leader] == 1
        self._offset = np.where(self._leads[:, None], 0.0, rng.uniform(-0.9, 0.9, (places, 2)))
        self._now_s = 0.0
        self._position = self._inside(places)[self._leader] + self._offset
        self._velocity = np.zeros((places, 2))
        self._goal = self._inside(places)
        self._leaving = np.zeros(places, bool)
        self._door = np.zeros(places, bool)
        self._still_until_s = np.zeros(places)
        self._absent_until_s = np.zeros(places)
        self._stride = rng.uniform(0, 2 * np.pi, places)
        self._person, self._next_person = np.empty(places, np.int64), 0
        self._speed, self._height = np.empty(places), np.empty(places)
        self._renew(np.arange(places))

    def step(self) -> _Moment:
        """Everybody decides, walks on, and those who are gone are replaced."""
        self._now_s += STEP_S
        self._decide()
        self._move()
        self._replace_who_left()
        speed = np.linalg.norm(self._velocity, axis=1)
        self._stride += 2 * np.pi * speed * STEP_S / _STRIDE_M
        swing = 1 + _SWING * np.abs(np.sin(self._stride)) * np.minimum(speed / _SPEED_M_S, 1)
        size = np.stack([_BREADTH * self._height * swing, self._height], axis=1)
        present = self._absent_until_s <= self._now_s
        return _Moment(self._position.copy(), size, present, self._person.copy())

    def _decide(self) -> None:
        """New goals and stops of those who lead; the others follow."""
        count, rng = len(self._leader), self._rng
        near = np.linalg.norm(self._goal - self._position, axis=1) < _ARRIVED_M
        turning = rng.random(count) < _TURNS_PER_S * STEP_S
        arrived = self._leads & ~self._leaving & (near | turning)
        stops = (arrived & near & (rng.random(count) < _STOPS)) | (
            self._leads & ~self._leaving & (rng.random(count) < _STOPS_PER_S * STEP_S)
        )
        pauses = self._now_s + rng.uniform(*_STOP_S, count)
        self._still_until_s = np.where(stops, pauses, self._still_until_s)[self._leader]
        rows = np.flatnonzero(arrived)
        self._goal[rows] = self._inside(rows.size)
        leaves = arrived & (rng.random(count) < _LEAVES)
        self._door = np.where(leaves, self._alone & (rng.random(count) < _BY_DOOR), self._door)
        self._leaving |= leaves
        for places, where in ((leaves & self._door, self._doors), (leaves & ~self._door, self._outside)):
            rows = np.flatnonzero(places)
            self._goal[rows] = where(rows.size)
        self._leaving = self._leaving[self._leader]

    def _move(self) -> None:
        heading = self._velocity[self._leader]
        pace = np.linalg.norm(heading, axis=1, keepdims=True)
        along = np.divide(heading, pace, out=np.zeros_like(heading), where=pace > 0.1)
        side = np.stack([-along[:, 1], along[:, 0]], axis=1)
        beside = self._offset[:, :1] * side + self._offset[:, 1:] * along * 0.5
        goal = np.where(self._leads[:, None], self._goal, self._position[self._leader] + beside)
        offset = goal - self._position
        distance = np.linalg.norm(offset, axis=1)
        speed = np.where(self._leads, self._speed, np.minimum(1.5 * distance, 1.6 * self._speed))
        waits_s = np.maximum(self._still_until_s, self._absent_until_s)  # behind a door until it opens
        speed = np.where(self._now_s < waits_s, 0.0, speed)
        wanted = offset * (speed / np.maximum(distance, 0.05))[:, None]
        self._velocity += ((wanted - self._velocity) / _REACT_S + self._repulsion()) * STEP_S
        now = np.linalg.norm(self._velocity, axis=1)
        self._velocity *= np.minimum(1.0, 1.8 * self._speed / np.maximum(now, 1e-6))[:, None]
        self._position = self._position + self._velocity * STEP_S

    def _repulsion(self) -> Floats:
        """(P, 2) m/s^2 away from everybody near, a quarter of it to the right."""
        apart = self._position[:, None] - self._position[None]
        distance = np.linalg.norm(apart, axis=2) + 1e-6
        np.fill_diagonal(distance, np.inf)
        force = np.minimum(_REPULSION_M_S2 * np.exp((_BODIES_M - distance) / _REACH_M), 2 * _REPULSION_M_S2)
        away = (apart * (force / distance)[..., None]).sum(axis=1)
        push: Floats = away + 0.25 * np.stack([away[:, 1], -away[:, 0]], axis=1)
        return push

    def _replace_who_left(self) -> None:
        beyond = np.abs(self._position[:, 0]) > self._view.half_breadth_m(self._position[:, 1]) * 1.05 + 0.6
        inside = np.zeros(len(self._leader), bool)
        np.logical_or.at(inside, self._leader, ~beyond)
        gone = self._leaving & ~inside[self._leader]
        at_door = np.linalg.norm(self._goal - self._position, axis=1) < _ARRIVED_M
        gone_in = self._leaving & self._door & at_door
        rows = np.flatnonzero(gone_in)
        self._absent_until_s[rows] = self._now_s + self._rng.uniform(*_DOOR_S, rows.size)
        self._renew(rows)
        leaders = np.flatnonzero(gone & self._leads & ~gone_in)
        self._position[leaders] = self._outside(leaders.size)
        rows = np.flatnonzero(np.isin(self._leader, leaders))
        self._position[rows] = self._position[self._leader[rows]] + self._offset[rows]
        self._renew(rows)

    def _renew(self, rows: Indices) -> None:
        """Somebody new in these places, on the way to a goal inside."""
        self._person[rows] = self._next_person + np.arange(rows.size)
        self._next_person += rows.size
        self._speed[rows] = np.clip(self._rng.normal(_SPEED_M_S, _SPEED_SIGMA, rows.size), 0.6, 2.2)
        self._height[rows] = np.clip(self._rng.normal(1.7, 0.1, rows.size), 1.4, 2.0)
        self._goal[rows] = self._inside(rows.size)
        self._velocity[rows] = 0.0
        self._leaving[rows] = self._door[rows] = False

    def _distances(self, count: int) -> Floats:
        """(count,) y with the same density everywhere: the ground in view grows with the distance."""
        near, far = self._view.near_m, self._view.far_m
        y: Floats = np.sqrt(self._rng.uniform(near**2, far**2, count))
        return y

    def _inside(self, count: int) -> Floats:
        y = self._distances(count)
        return np.stack([self._rng.uniform(-0.9, 0.9, count) * self._view.half_breadth_m(y), y], axis=1)

    def _outside(self, count: int) -> Floats:
        y = self._distances(count)
        x = _OUTSIDE * self._view.half_breadth_m(y) + _OUTSIDE_M
        return np.stack([self._rng.choice((-1.0, 1.0), count) * x, y], axis=1)

    def _doors(self, count: int) -> Floats:
        """One of five doors along the far edge."""
        y = np.full(count, self._view.far_m)
        x = self._rng.integers(-2, 3, count) * 0.35 * self._view.half_breadth_m(y)
        return np.stack([x, y], axis=1)


def _groups(places: int, rng: np.random.Generator) -> Indices:
    """(P,) the place of the leader of each; who walks alone leads himself."""
    leader = np.arange(places)
    first = 0
    while first < int(places * _GROUPED) - 1:
        size = int(rng.integers(2, 5))
        leader[first : first + size] = first
        first += size
    return leader
