"""The scenarios: who is in the room and what they do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shared.scene import falling
from shared.scene.mannequin import Look
from shared.scene.posture import (
    BENDING,
    HALF_SQUATTING,
    SIT_BACK,
    SQUATTING,
    STANDING,
    Posture,
    Stance,
    lying_on_bed,
    rising,
    sitting,
    sitting_turned_to_lie,
)
from shared.scene.room import BED, BED_EDGE_M, BED_M, BED_WIDTH_M, CHAIR, SEAT_M
from shared.scene.script import PostureKind, Script
from shared.scene.url import SceneSpec

_LANES_M = (  # where further people walk, clear of the furniture: distance, from left to right
    *((3.05, -1.7, 1.7), (3.75, -1.7, 1.7), (4.95, 0.55, 2.4), (3.4, -1.6, 1.6)),
    *((2.85, -1.5, 1.5), (3.9, -1.7, 0.7), (3.25, -1.6, 1.6), (3.6, -1.7, 1.7)),
)
_OUTSIDE_M = 2.75  # to the side of the room, out of the usual picture
_WIDEST_BEND_DEG = 70.0  # what a walk takes in its stride; the rest is turned on the spot
_LEAST_WALK_M = 0.4
_EMPTY_S, _LAST_S = 10.0, 0.5


@dataclass(frozen=True)
class Actor:
    """A person of the scene: number, looks and part."""

    person: int
    look: Look
    script: Script


@dataclass(frozen=True)
class Cast:
    """Everybody of a scene and how long it takes, seconds."""

    actors: tuple[Actor, ...]
    duration_s: float


def cast(spec: SceneSpec) -> Cast:
    """The people of a scenario; the same spec always gives the same ones."""
    if spec.scenario == "empty":
        return Cast((), spec.duration_s or _EMPTY_S)
    parts: tuple[_Part, ...] = (
        (_cross, _cross_back) if spec.scenario == "crossing" else (_PARTS[spec.scenario],)
    )
    actors = [_actor(spec.seed, person, part) for person, part in enumerate(parts)]
    duration = spec.duration_s or max(actor.script.end_s for actor in actors) + _LAST_S
    people = spec.people or len(actors)
    actors += [_actor(spec.seed, person, _pacing(person, duration)) for person in range(len(actors), people)]
    return Cast(tuple(actors), duration)


_Part = Callable[[int, Look, np.random.Generator], Script]


def _actor(seed: int, person: int, part: _Part) -> Actor:
    generator = np.random.default_rng([seed, person])
    look = Look.of(generator)
    return Actor(person, look, part(person, look, generator))


def _enter(person: int, look: Look, generator: np.random.Generator, to: Stance, side: float = 0.0) -> Script:
    """Walk in from the left (side -1) or the right (1), or from where the generator says."""
    side = side or float(generator.choice([-1.0, 1.0]))
    start = Stance(side * _OUTSIDE_M, float(generator.uniform(3.2, 3.6)), 0.0 if side < 0 else 180.0)
    script = Script(person, look.stature_m, start, float(generator.uniform(0.95, 1.25)))
    bend = (to.yaw_deg - start.yaw_deg + 180) % 360 - 180
    script.walk_to(replace(to, yaw_deg=start.yaw_deg + min(max(bend, -_WIDEST_BEND_DEG), _WIDEST_BEND_DEG)))
    if abs(bend) > _WIDEST_BEND_DEG:
        script.turn_to(to.yaw_deg)
    return script


def _spot(generator: np.random.Generator, yaw_deg: float) -> Stance:
    """Somewhere in the free middle of the room."""
    return Stance(float(generator.uniform(-0.4, 0.4)), float(generator.uniform(3.3, 3.8)), yaw_deg)


def _walk(person: int, look: Look, generator: np.random.Generator) -> Script:
    """In, towards the camera, about, and out again on the other side."""
    side = float(generator.choice([-1.0, 1.0]))
    heading = 0.0 if side < 0 else 180.0
    script = _enter(person, look, generator, Stance(side * 0.9, 4.1, heading), side)
    script.walk_to(Stance(0.0, 3.2, -90.0 + 30 * side))
    script.stay(0.8)
    script.turn_to(90.0 - 20 * side)
    script.walk_to(Stance(-side * 0.4, 4.2, heading))
    script.walk_to(Stance(-side * _OUTSIDE_M, 3.9, heading))
    return script


def _to_chair(script: Script) -> None:
    feet = CHAIR.ahead(SIT_BACK * script.stature_m + 0.03)
    script.walk_to(Stance(feet.x, feet.y, 25.0 if script.stance.x < feet.x else 160.0))
    script.turn_to(CHAIR.yaw_deg)


def _sit_and_rise(script: Script, stay_s: float) -> None:
    seat = SEAT_M / script.stature_m
    script.stay(0.4)
    script.sit_down((STANDING, rising(seat), sitting(seat)), 1.6)
    script.stay(stay_s, PostureKind.SITTING)
    script.stand_up((sitting(seat), rising(seat), STANDING), 1.7)
    script.stay(0.6)


def _sit(person: int, look: Look, generator: np.random.Generator) -> Script:
    script = _enter(person, look, generator, Stance(0.2, 3.6, 0.0), -1.0)
    _to_chair(script)
    _sit_and_rise(script, 4.0)
    script.walk_to(Stance(0.0, 3.5, 180.0))
    script.stay(0.8)
    return script


def _bending(low: Sequence[Posture], down_s: float) -> _Part:
    def part(person: int, look: Look, generator: np.random.Generator) -> Script:
        yaw = float(generator.uniform(-150, -30))
        script = _enter(person, look, generator, _spot(generator, yaw))
        script.stay(0.6)
        for _ in range(2):
            script.bend(low, down_s, 0.7, 1.3)
            script.stay(0.8)
        return script

    return part


def _falling(keys: Sequence[Posture], end: Posture, lies_deg: float) -> _Part:
    """A fall in the free middle of the room, more across the view than along it.

    `lies_deg` is from where the body faces to where its head comes to lie.
    """

    def part(person: int, look: Look, generator: np.random.Generator) -> Script:
        lies = float(generator.choice([0.0, 180.0]) + generator.uniform(-45, 45))
        middle = Stance(float(generator.uniform(-0.3, 0.3)), float(generator.uniform(3.4, 3.6)), lies)
        feet = middle.ahead(-0.45 * look.stature_m)
        script = _enter(person, look, generator, replace(feet, yaw_deg=lies - lies_deg))
        script.stay(0.5)
        _fall(script, generator, keys, end)
        script.lie_still(7.0)
        return script

    return part


def _fall(script: Script, generator: np.random.Generator, keys: Sequence[Posture], end: Posture) -> None:
    """A free fall from the height of the hips takes 0.4 s; toppling about the feet about twice that."""
    script.fall(keys, end, float(generator.uniform(0.70, 0.95)) * (script.stature_m / 1.7) ** 0.5)


def _lie_on_bed(person: int, look: Look, generator: np.random.Generator) -> Script:
    feet = BED.ahead(BED_WIDTH_M / 2 + BED_EDGE_M, -0.05)
    script = _enter(person, look, generator, Stance(feet.x, feet.y, 130.0), 1.0)
    script.turn_to(BED.yaw_deg)
    surface = BED_M / look.stature_m
    script.stay(0.4)
    script.sit_down((STANDING, rising(surface), sitting(surface)), 1.7)
    script.stay(2.0, PostureKind.SITTING)
    script.lie_down((sitting(surface), sitting_turned_to_lie(surface), lying_on_bed(surface)), 3.2)
    script.lie_still(5.0)
    return script


def _cross(person: int, look: Look, generator: np.random.Generator) -> Script:
    script = Script(person, look.stature_m, Stance(-2.4, 3.9, 0.0), float(generator.uniform(0.95, 1.15)))
    script.walk_to(Stance(2.4, 3.9, 0.0))
    return script


def _cross_back(person: int, look: Look, generator: np.random.Generator) -> Script:
    script = Script(person, look.stature_m, Stance(2.4, 3.25, 180.0), float(generator.uniform(0.95, 1.15)))
    script.walk_to(Stance(-2.4, 3.25, 180.0))
    return script


def _demo(person: int, look: Look, generator: np.random.Generator) -> Script:
    """Walk in, sit on the chair, stand up, walk on, fall, lie still."""
    script = _enter(person, look, generator, Stance(-0.6, 3.5, 0.0), -1.0)
    _to_chair(script)
    _sit_and_rise(script, 3.0)
    script.walk_to(Stance(0.25, 3.55, 180.0))
    _fall(script, generator, falling.FORWARD, falling.PRONE)
    script.lie_still(6.5)
    return script


def _pacing(person: int, duration_s: float) -> _Part:
    """To and fro across the room for as long as the scene takes."""

    def part(number: int, look: Look, generator: np.random.Generator) -> Script:
        lane, left, right = _LANES_M[person % len(_LANES_M)]
        rightwards = bool(generator.integers(2))
        start = Stance(float(generator.uniform(left, right)), lane, 0.0 if rightwards else 180.0)
        script = Script(number, look.stature_m, start, float(generator.uniform(0.8, 1.2)))
        while script.end_s < duration_s:
            end = Stance(right if rightwards else left, lane, script.stance.yaw_deg)
            if abs(end.x - script.stance.x) > _LEAST_WALK_M:
                script.walk_to(end)
            script.turn_to(script.stance.yaw_deg + 180.0)
            rightwards = not rightwards
        return script

    return part


_PARTS: dict[str, _Part] = {
    "walk": _walk,
    "sit": _sit,
    "bend": _bending((BENDING,), 1.3),
    "squat": _bending((HALF_SQUATTING, SQUATTING), 1.4),
    "fall_forward": _falling(falling.FORWARD, falling.PRONE, 0.0),
    "fall_backward": _falling(falling.BACKWARD, falling.SUPINE, 180.0),
    "fall_sideways": _falling(falling.SIDEWAYS, falling.ON_SIDE, 90.0),
    "lie_on_bed": _lie_on_bed,
    "demo": _demo,
}
