"""Plays scripts before cameras: suites by name, takes by seed."""

import zlib
from dataclasses import dataclass

import numpy as np

from shared.scene.living.company import join
from shared.scene.living.conditions import Conditions, Hidden
from shared.scene.living.mistakes import mistaken
from shared.scene.living.part import Label, Part, stooped
from shared.scene.living.pose import Poses, pose
from shared.scene.living.someone import Someone
from shared.scene.living.stage import Stage
from shared.scene.living.suites import SUITES
from shared.scene.living.things import things
from shared.scene.living.view import Aim, Block, Mask, Truth, View, look_at, outline, see
from shared.scene.posture import Stance
from shared.scene.skeleton import Floats, landmarks, solve

_SHOULDERS, _HIPS, _LEGS = [11, 12], [23, 24], [25, 26, 27, 28]
_BEFORE_S, _SHOWN_BEFORE, _TRIES = 1.5, 0.5, 30
_LIMBS = [0, *range(11, 17), *range(23, 29)]


@dataclass(frozen=True, eq=False)
class Take:
    """One scene as the pose stage would tell it.

    Attributes:
        name: suite and seed, unique.
        factors: the level of each factor, "script" among them.
        times_s: (T,) media time of the pictures.
        persons: what is said of each person, and of things that are taken for persons.
        labels: what happens.
        zones: name and (N, 2) corners in px of where lying is rest.
        truths: what a perfect eye sees of each person; for pictures and tests.
        blocks: furniture.
        view: the camera.
    """

    name: str
    factors: dict[str, str]
    times_s: Floats
    persons: tuple[Poses, ...]
    labels: tuple[Label, ...]
    zones: tuple[tuple[str, Floats], ...]
    truths: tuple[Truth, ...]
    blocks: tuple[Block, ...]
    view: View


def play(suite: str, seed: int) -> Take:
    """Take `seed` of a suite, the same at every call; seeds go through its scripts in turn.

    Raises:
        KeyError: there is no such suite.
    """
    chosen = SUITES[suite]
    generator = np.random.default_rng([zlib.crc32(suite.encode()), seed])
    conditions = chosen.conditions(Conditions.of(generator))
    script = list(chosen.scripts)[seed % len(chosen.scripts)]
    stage = Stage(generator, conditions.age)
    chosen.scripts[script](stage)
    times = conditions.times_s(stage.cast[0][1].end_s, generator)
    join(stage, conditions.company)
    worlds = [_world(someone, part, times) for someone, part in stage.cast]
    act = _Act.of(worlds[0], times, stage.moment_s)
    view, blocks = _film(stage, conditions, act, chosen.along_axis)
    truths = see(worlds, view.camera, blocks)
    looked_at = mistaken(truths, times, generator)
    persons = [pose(truth, times, conditions.faults(generator), generator) for truth in looked_at]
    if conditions.low_things:
        persons += things(view, times, generator)
    return Take(
        name=f"{suite}/{seed:04d}",
        factors={
            "script": script,
            "lies": _direction(act.moment, view),
            "seen": _seen(truths[0], times >= stage.moment_s),
            **conditions.levels(view),
        },
        times_s=times,
        persons=tuple(persons),
        labels=tuple(label for _, part in stage.cast for label in part.labels),
        zones=tuple(("bed", outline(bed.top(), view.camera)) for bed in stage.beds),
        truths=tuple(truths),
        blocks=blocks,
        view=view,
    )


def _world(someone: Someone, part: Part, times_s: Floats) -> Floats:
    """(T, 33, 3) metres."""
    rows = stooped(part.rows(times_s), someone.stoop_deg)
    return landmarks(solve(rows, someone.actor.stature_m, someone.build), someone.build)


@dataclass(frozen=True, eq=False)
class _Act:
    """Landmarks (33, 3) in metres of the actor at the moment that matters, and before it."""

    moment: Floats
    before: Floats

    @classmethod
    def of(cls, world: Floats, times_s: Floats, moment_s: float) -> "_Act":
        at, before = (
            max(0, int(np.searchsorted(times_s, time_s)) - 1) for time_s in (moment_s, moment_s - _BEFORE_S)
        )
        return cls(world[at], world[before])


def _film(
    stage: Stage, conditions: Conditions, act: _Act, along_axis: bool
) -> tuple[View, tuple[Block, ...]]:
    """A camera that sees what leads to the moment, at least, and what stands in its way."""
    x, y, _ = act.moment[_HIPS].mean(axis=0)
    trunk = (act.moment[_SHOULDERS].mean(axis=0) - act.moment[_HIPS].mean(axis=0))[:2]
    heading = float(np.arctan2(trunk[1], trunk[0])) if along_axis else None
    aim = Aim(float(x), float(y), conditions.hidden is Hidden.EDGE, heading)
    for _ in range(_TRIES):
        view = look_at(aim, stage.generator)
        blocks = tuple(stage.blocks)
        if conditions.hidden is Hidden.LEGS:
            blocks = (*blocks, _screen(stage, act.moment, view))
        (truth,) = see([act.before[None]], view.camera, blocks)
        if (truth.inside & truth.clear)[0, _LIMBS].mean() >= _SHOWN_BEFORE:
            break
    return view, blocks


def _screen(stage: Stage, moment: Floats, view: View) -> Block:
    """A low table, a chest or the back of a sofa between the camera and the lower legs."""
    legs = moment[_LEGS].mean(axis=0)[:2]
    way = view.camera.origin[:2] - legs
    away = float(np.linalg.norm(way))
    x, y = legs + way / away * min(stage.between(0.45, 0.8), 0.5 * away)
    facing = Stance(float(x), float(y), float(np.degrees(np.arctan2(way[1], way[0]))))
    return Block(facing, 0.4, stage.between(0.9, 1.4), stage.between(0.45, 0.75))


def _seen(truth: Truth, after: Mask) -> str:
    """How much of the actor's trunk and limbs shows from the moment that matters on."""
    shown = (truth.inside & truth.clear)[after][:, _LIMBS]
    share = float(shown.mean()) if shown.size else 0.0
    return "0-35 %" if share < 0.35 else "35-75 %" if share < 0.75 else "75-100 %"


def _direction(moment: Floats, view: View) -> str:
    """Where the head lies at the moment that matters, as seen from the camera."""
    trunk = moment[_SHOULDERS].mean(axis=0) - moment[_HIPS].mean(axis=0)
    if trunk[2] > 0.7 * float(np.linalg.norm(trunk)):
        return "upright"
    away = moment[_HIPS].mean(axis=0)[:2] - view.camera.origin[:2]
    cosine = float(trunk[:2] @ away / max(1e-6, np.linalg.norm(trunk[:2]) * np.linalg.norm(away)))
    if abs(cosine) < 0.7:
        return "across"
    return "away" if cosine > 0 else "towards"
