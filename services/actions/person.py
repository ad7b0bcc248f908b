"""Everything the rules know about one track, and one picture more of it."""

import math
from dataclasses import dataclass

import msgspec

from services.actions import fall
from services.actions.descent import Height, descent, remember
from services.actions.fall import FallState, Moment
from services.actions.features import Features, landmarks, measure, scale_px_m
from services.actions.posture import Posture, PostureState, classify, lowness, settle
from services.actions.transition import Base, Change, follow
from shared.messages import Person, Phase
from shared.settings import Actions as Settings

# The size of a body in the picture changes with its distance, hence slowly; single poses are off by a tenth.
_SCALE_S = 0.5


class Memory(msgspec.Struct, frozen=True, array_like=True):
    """Rule state of one track; about 1.5 kB. `named_us`: when the tracker last spoke of it."""

    track: int
    named_us: int
    scale_px_m: float | None = None
    scale_us: int = 0
    heights: tuple[Height, ...] = ()
    posture: PostureState = PostureState()
    base: Base = Base()
    fall: FallState = FallState()


@dataclass(frozen=True)
class Report:
    """What a picture changed: the memory after it and what there is to tell.

    `fall` is the incident that `phase` belongs to; the memory may hold none any more.
    """

    memory: Memory
    phase: Phase | None = None
    fall: FallState | None = None
    change: Change | None = None
    features: Features | None = None


def observe(memory: Memory, person: Person, pts_us: int, settings: Settings) -> Report:
    """The track is in the picture as `person`; who shows too little counts as unseen."""
    memory = msgspec.structs.replace(memory, named_us=pts_us)
    seen = landmarks(person)
    raw = math.nan if seen is None else scale_px_m(seen)
    if seen is None or math.isnan(raw):
        return _told(memory, fall.unseen(memory.fall, pts_us, settings))
    memory = _scaled(memory, raw, pts_us)
    features = measure(seen, memory.scale_px_m or raw)
    return _seen(memory, features, pts_us, settings)


def miss(memory: Memory, pts_us: int, settings: Settings) -> Report:
    """The tracker still follows the track, but nobody is seen there."""
    return _told(msgspec.structs.replace(memory, named_us=pts_us), fall.unseen(memory.fall, pts_us, settings))


def leave(memory: Memory) -> Report:
    """The track, or the run, has ended."""
    return _told(memory, fall.gone(memory.fall))


def _scaled(memory: Memory, raw: float, pts_us: int) -> Memory:
    if memory.scale_px_m is None:
        scale = raw
    else:
        share = 1 - math.exp(-max(0, pts_us - memory.scale_us) / 1e6 / _SCALE_S)
        scale = memory.scale_px_m * (raw / memory.scale_px_m) ** share
    return msgspec.structs.replace(memory, scale_px_m=scale, scale_us=pts_us)


def _seen(memory: Memory, features: Features, pts_us: int, settings: Settings) -> Report:
    low = lowness(features)
    posture = classify(features, memory.posture.posture)
    hold_s = _hold_s(posture, settings)
    settled = settle(memory.posture, posture, pts_us, hold_s)
    moment = Moment(pts_us, features, low, descent(memory.heights, features, pts_us), settled.posture)
    step = fall.seen(memory.fall, moment, settings)
    memory = msgspec.structs.replace(
        memory, posture=settled, heights=remember(memory.heights, features, pts_us, low)
    )
    report = _told(memory, step)
    if report.memory.fall.explains:
        return report
    if step.report is Phase.RECOVERED and step.state.raised_us is not None:
        base, change = Base(settled.posture, pts_us), None
    else:
        base, change = follow(memory.base, settled, posture, pts_us)
    after = msgspec.structs.replace(report.memory, base=base)
    return Report(after, report.phase, report.fall, change, features)


def _hold_s(posture: Posture, settings: Settings) -> float:
    if posture is Posture.LYING:
        return settings.lying_s
    return settings.sitting_s if posture is Posture.SITTING else settings.posture_s


def _told(memory: Memory, step: fall.Step) -> Report:
    closed = step.state.phase in {Phase.RECOVERED, Phase.LOST}
    state = FallState() if closed else step.state
    return Report(msgspec.structs.replace(memory, fall=state), step.report, step.state)
