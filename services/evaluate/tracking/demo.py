"""Three people in 20 frames, tracked by the real tracker: when a track is believed, kept and given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.evaluate.tracking.motchallenge import Floats
from services.evaluate.tracking.running import pts_us_of
from shared.tracking import Found, Observations, Policy, State, Tracker

FRAMES = 20
RATE_HZ = 25.0
_SIZE_PX = (60.0, 160.0)
_SPEED_PX = 3.0  # per frame


class Life(StrEnum):
    """What a track of a person is."""

    NONE = "none"
    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    LOST = "lost"
    REMOVED = "removed"


@dataclass(frozen=True)
class Actor:
    """A person who walks at `start_px` of the picture's width, and is hidden in these frames."""

    name: str
    start_px: float
    hidden: range


ACTORS = (
    Actor("A", 40.0, range(0)),
    Actor("B", 240.0, range(8, 11)),
    Actor("C", 440.0, range(8, 14)),
)


@dataclass(frozen=True)
class Moment:
    """A person in a frame: seen or not, and the track that is his; its id is 0 where there is none."""

    frame: int
    actor: str
    seen: bool
    id: int
    state: Life


def play(policy: Policy) -> tuple[Moment, ...]:
    """Every person in every frame, as the tracker tells it, frame by frame."""
    tracker, latest = Tracker(policy), {actor.name: 0 for actor in ACTORS}
    moments: list[Moment] = []
    for frame in range(1, FRAMES + 1):
        seen = [actor for actor in ACTORS if frame not in actor.hidden]
        found = tracker.step(pts_us_of(frame - 1, RATE_HZ), _observations(seen, frame))
        for actor in ACTORS:
            moment = _moment(frame, actor, seen, found, latest[actor.name])
            latest[actor.name] = 0 if moment.state is Life.REMOVED else moment.id
            moments.append(moment)
    return tuple(moments)


def _observations(seen: Sequence[Actor], frame: int) -> Observations:
    boxes = np.array([_box(actor, frame) for actor in seen], np.float64).reshape(-1, 4)
    return Observations(boxes, np.full(len(seen), 0.9))


def _box(actor: Actor, frame: int) -> Floats:
    left_px = actor.start_px + _SPEED_PX * frame
    return np.array((left_px, 100.0, left_px + _SIZE_PX[0], 100.0 + _SIZE_PX[1]))


def _moment(frame: int, actor: Actor, seen: Sequence[Actor], found: Found, before: int) -> Moment:
    """`before` is the track that was the person's one frame ago."""
    if actor in seen:
        place = seen.index(actor)
        confirmed = found.states[place] == State.CONFIRMED
        life = Life.CONFIRMED if confirmed else Life.TENTATIVE
        number = int(found.ids[place])
        return Moment(frame, actor.name, True, number, life if number else Life.NONE)
    if not before:
        return Moment(frame, actor.name, False, 0, Life.NONE)
    if before in found.removed:
        return Moment(frame, actor.name, False, before, Life.REMOVED)
    life = Life.LOST if before in found.lost.ids else Life.TENTATIVE  # only confirmed tracks are told as lost
    return Moment(frame, actor.name, False, before, life)
