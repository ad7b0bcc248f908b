"""Everything that is known about one track, and one moment more of it."""

import math
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from shared.actions.descent import SLIDE_S, Height, descent
from shared.actions.detail import DetailState, arms_up, confidence, follow, refine, rest
from shared.actions.features import HIPS, Landmarks, landmarks, measure, scale_px_m
from shared.actions.geometry import middle
from shared.actions.motion import motion
from shared.actions.places import Places, place_of, scale_of
from shared.actions.posture import PostureState, certainty, classify, lowness, settle
from shared.actions.shape import limb_sight, shape, trust
from shared.actions.stature import (
    LEAST_SCALE_SHARE,
    Stature,
    expected_px,
    grown,
    scale_share,
    shares,
)
from shared.actions.trail import Sample, recall, remember
from shared.actions.view import SURE_BODIES, UNSEEN, View, learn, vertical_at
from shared.messages import Person
from shared.rules import States
from shared.rules.lowness import TRUNK_UP_M
from shared.rules.moment import Descent, Features, Moment, Posture, Shape, Sight
from shared.settings import Actions as Settings

# The size of a body in the picture changes with its distance, hence slowly; single poses are off by a tenth.
_SCALE_S = 0.5
_TRUST_S = 1.0  # a limb is hidden for moments; what sits on furniture is never sure for long
_LEAST_TRUST = 0.5  # whoever is less surely there says nothing of the camera
# A box that comes so close to the left or right edge of the picture may be cut off by it: half of a body's
# breadth, since boxes go around landmarks.
_SIDE_M = 0.15


class Memory(msgspec.Struct, frozen=True, array_like=True):
    """What is known of one track; about 1.5 kB.

    Attributes:
        track: its name in events, that of the tracker when it began.
        named_us: when the tracker last spoke of it.
        alias: what the tracker calls the body by now, where that is another name.
        born_us: when the body of that name was first seen.
        box: where it was last seen, in whole px.
        inside: the zones in which it was last seen.
        trust: how surely its poses of about the last second are this body's, 0 to 1; None where not known.
    """

    track: int
    named_us: int
    alias: int | None = None
    born_us: int = 0
    box: tuple[int, int, int, int] | None = None
    scale_px_m: float | None = None
    scale_us: int = 0
    trail: bytes = b""
    posture: PostureState = PostureState()
    detail: DetailState = DetailState()
    stature: Stature = Stature()
    inside: tuple[str, ...] = ()
    trust: float | None = None
    rules: States = States()

    @property
    def called(self) -> int:
        """The tracker's name of the body."""
        return self.track if self.alias is None else self.alias


@dataclass(frozen=True)
class Instant:
    """When and by which camera a frame was taken.

    Attributes:
        pts_us: media time.
        wall_us: wall time (Unix), in microseconds as well.
        size_px: width and height of the picture.
        view: what the camera's people have told of it.
        tilt_deg: of the camera, as configured; None: as they have told.
    """

    pts_us: int
    wall_us: int
    size_px: tuple[int, int] = (0, 0)
    view: View = UNSEEN
    tilt_deg: float | None = None


def observe(memory: Memory, person: Person, now: Instant, settings: Settings) -> tuple[Memory, Moment]:
    """The track is in the picture as `person`; the memory with that, and what the rules see of it."""
    x0, y0, x1, y1 = map(round, person.box)
    memory = msgspec.structs.replace(memory, named_us=now.pts_us, box=(x0, y0, x1, y1))
    seen = landmarks(person)
    raw = math.nan if seen is None else scale_px_m(seen)
    if seen is None or math.isnan(raw) or _is_no_person(person, raw, now):
        memory = msgspec.structs.replace(memory, detail=rest(memory.detail, now.pts_us))
        return memory, _unseen(memory, now, Sight.HIDDEN, person)
    limbs = limb_sight(person)
    sure = trust(limbs, seen.presence)
    memory = _known(memory, raw, sure, now.pts_us)
    return _seen(memory, _look(memory, seen, limbs, sure, person, now), person, now, settings)


def _is_no_person(person: Person, scale: float, now: Instant) -> bool:
    """Whether a pose is so small for its place that it must be on furniture, a toy or a picture."""
    share = scale_share(person.box[3], scale, now.view, now.size_px[1])
    return now.view.bodies >= SURE_BODIES and share < LEAST_SCALE_SHARE


def miss(memory: Memory, person: Person, now: Instant) -> tuple[Memory, Moment]:
    """The tracker still follows the track, expected as `person`, but nobody is seen there."""
    detail = rest(memory.detail, now.pts_us)
    memory = msgspec.structs.replace(memory, named_us=now.pts_us, detail=detail)
    return memory, _unseen(memory, now, Sight.LOST, person)


def absent(memory: Memory, now: Instant, sight: Sight) -> Moment:
    """The tracker says nothing of the track (`Sight.UNKNOWN`), or it has ended (`Sight.GONE`)."""
    return _unseen(memory, now, sight, None)


def locate(memory: Memory, moment: Moment, places: Places) -> tuple[Memory, Moment]:
    """The moment with the person's place, and with the zones and lines as seen from there."""
    if places.empty:
        return memory, moment
    place = place_of(moment)
    if place is None or moment.box is None:
        return memory, replace(moment, zones=places.named(memory.inside)) if memory.inside else moment
    scale = scale_of(moment, memory.scale_px_m, moment.box)
    zones = places.around(place, memory.inside, scale)
    moment = replace(moment, place=place, zones=zones, lines=places.against(place, scale))
    inside = tuple(zone.name for zone in zones)
    return memory if inside == memory.inside else msgspec.structs.replace(memory, inside=inside), moment


def _known(memory: Memory, raw: float, sure: float, pts_us: int) -> Memory:
    """With the scale and the trust of one more picture in their means."""
    passed_s = max(0, pts_us - memory.scale_us) / 1e6
    scale, mean = memory.scale_px_m, memory.trust
    scale = raw if scale is None else scale * (raw / scale) ** (1 - math.exp(-passed_s / _SCALE_S))
    if not math.isnan(sure):
        mean = sure if mean is None else mean + (sure - mean) * (1 - math.exp(-passed_s / _TRUST_S))
    return msgspec.structs.replace(memory, scale_px_m=scale, scale_us=pts_us, trust=mean)


def teach(view: View, moment: Moment, person: Person, size_px: tuple[int, int]) -> View:
    """What is known of the camera after a moment of `person`, from which only who stands tells something."""
    on_feet = moment.detail.base is Posture.STANDING
    if moment.body is None or not on_feet or not view.listens(moment.pts_us):
        return view
    if moment.body.trust < _LEAST_TRUST:
        return view
    seen = landmarks(person)
    return view if seen is None else learn(view, seen, moment.body, size_px, moment.pts_us)


@dataclass(frozen=True, eq=False)
class _Look:
    """One picture of a person: the body, how well its limbs are seen, and what else comes of it."""

    body: Features
    limbs: dict[str, float]
    stature: Stature


def _look(
    memory: Memory, seen: Landmarks, limbs: dict[str, float], sure: float, person: Person, now: Instant
) -> _Look:
    scale, height_px = memory.scale_px_m or 1.0, now.size_px[1]
    hip_px = middle(seen.picture.tolist(), HIPS)
    body = measure(seen, scale, vertical_at(now.view, now.tilt_deg, hip_px, now.size_px))
    on_feet = memory.detail.settled.posture.base is Posture.STANDING and body.rise_m >= TRUNK_UP_M
    stature = grown(memory.stature, body, now.view, height_px) if on_feet else memory.stature
    body = replace(
        body,
        **shares(body, seen, now.view, stature, height_px),
        trust=sure,
        scale_share=scale_share(person.box[3], scale, now.view, height_px),
    )
    return _Look(body, limbs, stature)


def _seen(
    memory: Memory, look: _Look, person: Person, now: Instant, settings: Settings
) -> tuple[Memory, Moment]:
    pts_us, body, low = now.pts_us, look.body, lowness(look.body)
    posture = classify(body, low, memory.posture.posture)
    settled = settle(memory.posture, posture, pts_us, _hold_s(posture, settings))
    trail = recall(memory.trail, pts_us)
    sample = Sample.of(body, person.box, Height.of(body, pts_us, low), posture)
    moving, heights = motion(trail, sample), trail.heights()
    arms = arms_up(body, memory.detail.arms_up)
    detail = follow(memory.detail, refine(posture, body, moving), arms, pts_us)
    memory = msgspec.structs.replace(
        memory, posture=settled, detail=detail, stature=look.stature, trail=remember(memory.trail, sample)
    )
    moment = _moment(
        memory,
        now,
        Sight.SEEN,
        person,
        body=body,
        low=low,
        certainty=certainty(body, low, settled.posture),
        descent=_seated(descent(heights, body, pts_us), settled.posture),
        slide=_seated(descent(heights, body, pts_us, SLIDE_S), settled.posture),
        seen_posture=posture,
        shape=_shape(memory, person, now, weak=False),
        motion=moving,
        confidence=confidence(detail, memory.trust),
        limbs=look.limbs,
        size_share=body.scale_share / look.stature.factor,
    )
    return memory, moment


def _seated(descent: Descent | None, posture: Posture) -> Descent | None:
    """Who stood has not rested on a seat, however low the hips look: a child's, or those seen from above."""
    if descent is None or posture is not Posture.STANDING:
        return descent
    return replace(descent, rested=False)


def _unseen(memory: Memory, now: Instant, sight: Sight, person: Person | None) -> Moment:
    if person is None or sight is not Sight.HIDDEN:
        return _moment(memory, now, sight, person)
    outline = _shape(memory, person, now, weak=True)
    return _moment(memory, now, sight, person, shape=outline, limbs=limb_sight(person))


def _moment(memory: Memory, now: Instant, sight: Sight, person: Person | None, **shown: Any) -> Moment:
    """What is known at any moment, and what this one shows (fields of `Moment`)."""
    return Moment(
        now.pts_us,
        now.wall_us,
        sight,
        box=None if person is None else person.box,
        posture=memory.posture.posture,
        posture_since_us=memory.posture.since_us,
        detail=memory.detail.settled.posture,
        detail_since_us=memory.detail.settled.since_us,
        arms_up=memory.detail.arms_up,
        trust=math.nan if memory.trust is None else memory.trust,
        lost_low=person is not None and person.lost_low,
        beside=person is not None and _beside(memory, person, now),
        **shown,
    )


def _shape(memory: Memory, person: Person, now: Instant, *, weak: bool) -> Shape:
    scale = math.nan if memory.scale_px_m is None else memory.scale_px_m
    standing = expected_px(person.box[3], scale, now.view, memory.stature, now.size_px[1])
    return shape(person, now.size_px, standing, weak=weak)


def _beside(memory: Memory, person: Person, now: Instant) -> bool:
    margin_px = _SIDE_M * (memory.scale_px_m or 0.0)
    return person.box[0] <= margin_px or person.box[2] >= now.size_px[0] - margin_px


def _hold_s(posture: Posture, settings: Settings) -> float:
    if posture is Posture.LYING:
        return settings.lying_s
    return settings.sitting_s if posture is Posture.SITTING else settings.posture_s
