"""Everything that is known about one track, and one moment more of it."""

import math
from dataclasses import dataclass, replace

import msgspec

from shared.actions.descent import SLIDE_S, Height, descent, remember
from shared.actions.features import landmarks, measure, scale_px_m
from shared.actions.places import Places, place_of, scale_of
from shared.actions.posture import PostureState, certainty, classify, lowness, settle
from shared.messages import EventKind, Person
from shared.rules import RULES, RulesSection, States
from shared.rules.moment import Features, Moment, Posture, Sight
from shared.rules.rule import Report
from shared.settings import Actions as Settings

# The size of a body in the picture changes with its distance, hence slowly; single poses are off by a tenth.
_SCALE_S = 0.5
# A box so close to the left or right edge of the picture (share of its width) is cut off by it.
_SIDE = 0.01


class Memory(msgspec.Struct, frozen=True, array_like=True):
    """What is known of one track; about 1.5 kB. `named_us`: when the tracker last spoke of it; `inside`: the
    zones in which it was last seen.
    """

    track: int
    named_us: int
    scale_px_m: float | None = None
    scale_us: int = 0
    heights: tuple[Height, ...] = ()
    posture: PostureState = PostureState()
    inside: tuple[str, ...] = ()
    rules: States = States()


@dataclass(frozen=True)
class Told:
    """What a moment changed: the memory after it and what there is to tell of which kind."""

    memory: Memory
    reports: tuple[tuple[EventKind, Report], ...] = ()


@dataclass(frozen=True)
class Instant:
    """When a frame was taken: media time, and wall time (Unix), both in microseconds; and how wide it is."""

    pts_us: int
    wall_us: int
    width_px: int = 0


def observe(memory: Memory, person: Person, now: Instant, settings: Settings) -> tuple[Memory, Moment]:
    """The track is in the picture as `person`; the memory with that, and what the rules see of it."""
    memory = msgspec.structs.replace(memory, named_us=now.pts_us)
    seen = landmarks(person)
    raw = math.nan if seen is None else scale_px_m(seen)
    if seen is None or math.isnan(raw):
        return memory, _unseen(memory, now, Sight.HIDDEN, person)
    memory = _scaled(memory, raw, now.pts_us)
    body = measure(seen, memory.scale_px_m or raw)
    return _seen(memory, body, person, now, settings)


def miss(memory: Memory, person: Person, now: Instant) -> tuple[Memory, Moment]:
    """The tracker still follows the track, expected as `person`, but nobody is seen there."""
    memory = msgspec.structs.replace(memory, named_us=now.pts_us)
    return memory, _unseen(memory, now, Sight.LOST, person)


def absent(memory: Memory, now: Instant, sight: Sight) -> Moment:
    """The tracker says nothing of the track (`Sight.UNKNOWN`), or it has ended (`Sight.GONE`)."""
    return _unseen(memory, now, sight, None)


def locate(memory: Memory, moment: Moment, places: Places) -> tuple[Memory, Moment]:
    """The moment with the person's place, and with the zones and lines as seen from there."""
    place = place_of(moment)
    if place is None or moment.box is None:
        return memory, replace(moment, zones=places.named(memory.inside)) if memory.inside else moment
    scale = scale_of(moment, memory.scale_px_m, moment.box)
    zones = places.around(place, memory.inside, scale)
    moment = replace(moment, place=place, zones=zones, lines=places.against(place, scale))
    inside = tuple(zone.name for zone in zones)
    return memory if inside == memory.inside else msgspec.structs.replace(memory, inside=inside), moment


def judge(memory: Memory, moment: Moment, rules: RulesSection) -> Told:
    """What all rules that are switched on say of a moment, in their order."""
    states, reports = {}, []
    for rule in RULES:
        name = rule.kind.value
        options = getattr(rules, name)
        if not options.enabled:
            continue
        step = rule.step(getattr(memory.rules, name), moment, options)
        states[name] = step.state
        reports += [(rule.kind, report) for report in step.reports]
        if step.explains is not None:
            moment = replace(moment, fall=step.explains)
    after = msgspec.structs.replace(memory, rules=msgspec.structs.replace(memory.rules, **states))
    return Told(after, tuple(reports))


def _scaled(memory: Memory, raw: float, pts_us: int) -> Memory:
    if memory.scale_px_m is None:
        scale = raw
    else:
        share = 1 - math.exp(-max(0, pts_us - memory.scale_us) / 1e6 / _SCALE_S)
        scale = memory.scale_px_m * (raw / memory.scale_px_m) ** share
    return msgspec.structs.replace(memory, scale_px_m=scale, scale_us=pts_us)


def _seen(
    memory: Memory, body: Features, person: Person, now: Instant, settings: Settings
) -> tuple[Memory, Moment]:
    low = lowness(body)
    posture = classify(body, memory.posture.posture)
    settled = settle(memory.posture, posture, now.pts_us, _hold_s(posture, settings))
    moment = Moment(
        now.pts_us,
        now.wall_us,
        Sight.SEEN,
        person.box,
        body,
        low,
        certainty(body, settled.posture),
        descent(memory.heights, body, now.pts_us),
        descent(memory.heights, body, now.pts_us, SLIDE_S),
        settled.posture,
        settled.since_us,
        posture,
        beside=_beside(person, now),
    )
    heights = remember(memory.heights, body, now.pts_us, low)
    return msgspec.structs.replace(memory, posture=settled, heights=heights), moment


def _unseen(memory: Memory, now: Instant, sight: Sight, person: Person | None) -> Moment:
    return Moment(
        now.pts_us,
        now.wall_us,
        sight,
        box=None if person is None else person.box,
        posture=memory.posture.posture,
        posture_since_us=memory.posture.since_us,
        lost_low=person is not None and person.lost_low,
        beside=person is not None and _beside(person, now),
    )


def _beside(person: Person, now: Instant) -> bool:
    margin_px = _SIDE * now.width_px
    return person.box[0] <= margin_px or person.box[2] >= now.width_px - margin_px


def _hold_s(posture: Posture, settings: Settings) -> float:
    if posture is Posture.LYING:
        return settings.lying_s
    return settings.sitting_s if posture is Posture.SITTING else settings.posture_s
