"""People who dance: much alike, close together, fast, with limbs that change the shape of their boxes.

What is hard in DanceTrack (Sun et al., arXiv:2111.14690): places are swapped right in front of each other,
directions change from beat to beat, and a box says little about where its centre will be next.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.scene.camera import Floats
from shared.scene.crowd.view import Motion

STEP_S = 0.02
_CENTRE_M = 9.0  # from the camera
_BEAT_S = (0.45, 0.7)  # 85 to 130 beats per minute
_SWAY_M = 0.35
_SHAPE_S = 0.09  # limbs follow with this time constant
_BREADTH = 0.27

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Style:
    """How people dance; as it comes, fast and each much for himself.

    Attributes:
        stage_m: half the breadth, half the depth.
        formation_beats: how long a formation stands, from, to.
        swaps: share of those who go to another place with a new formation.
        omega: 1/s, how fast a place is taken, with `speed_m_s` and `acceleration_m_s2` at most.
        together: chance that somebody does what the others do on a beat.
        arms: breadth of the poses, of the trunk's.
        reaches: height of the poses, of the body's.
        jumps, jump_m: chance of a jump on a beat, and how high.
    """

    stage_m: tuple[float, float] = (3.8, 2.0)
    formation_beats: tuple[int, int] = (3, 9)
    swaps: float = 0.6
    omega: float = 6.0
    speed_m_s: float = 4.5
    acceleration_m_s2: float = 14.0
    together: float = 0.7
    arms: tuple[float, ...] = (1.0, 1.0, 1.5, 2.2, 3.0)
    reaches: tuple[float, ...] = (1.0, 0.95, 1.1, 0.75, 0.6)
    jumps: float = 0.15
    jump_m: float = 0.35


DANCE = Style()
# A rehearsed show: formations stand longer, all do the same, and places are swapped at a run, not a sprint.
SHOW = Style(
    stage_m=(3.2, 1.6),
    formation_beats=(6, 16),
    swaps=0.7,
    omega=3.0,
    speed_m_s=2.5,
    acceleration_m_s2=7.0,
    together=0.9,
)
# Splits, cartwheels, leaps: bodies that lie across and stand on end within a beat.
ACROBATICS = Style(
    formation_beats=(5, 12),
    omega=4.0,
    together=0.4,
    arms=(1.0, 1.5, 2.5, 4.0, 3.0),
    reaches=(1.0, 1.1, 0.5, 0.35, 0.7),
    jumps=0.3,
    jump_m=0.7,
)


def dance(people: int, duration_s: float, rng: np.random.Generator, style: Style = DANCE) -> Motion:
    """`people` on a stage, every `STEP_S` for `duration_s`."""
    steps = int(duration_s / STEP_S) + 2
    beat = _beats(steps, rng)
    target = _formations(beat, people, style, rng) + _sway(beat, people, style, rng)
    height = np.clip(rng.normal(1.7, 0.05, people), 1.55, 1.85)
    pose = _poses(beat, people, style, rng)
    breadth = _BREADTH * height * _eased(np.take(style.arms, pose))
    reach = height * _eased(np.take(style.reaches, pose))
    jumps = _together(rng.random((beat[-1] + 1, people)) < style.jumps, style, rng)
    lift = style.jump_m * jumps[beat] * np.abs(np.sin(np.pi * _phase(beat)))[:, None]
    return Motion(
        position_m=_followed(target, style),
        size_m=np.stack([breadth, reach], axis=2),
        lift_m=lift,
        present=np.ones((steps, people), bool),
        person=np.broadcast_to(np.arange(people, dtype=np.int64), (steps, people)),
    )


def _beats(steps: int, rng: np.random.Generator) -> Indices:
    """(T,) which beat each step belongs to."""
    beat: Indices = (np.arange(steps) * STEP_S / rng.uniform(*_BEAT_S)).astype(np.intp)
    return beat


def _phase(beat: Indices) -> Floats:
    """(T,) how far each step is within its beat, in [0, 1)."""
    starts = np.searchsorted(beat, beat)
    length = np.bincount(beat)[beat]
    phase: Floats = (np.arange(beat.size) - starts) / length
    return phase


def _formations(beat: Indices, people: int, style: Style, rng: np.random.Generator) -> Floats:
    """(T, P, 2) the place of each on the stage, m; some swap theirs at every new formation."""
    at = np.empty((beat[-1] + 1, people, 2))
    owner, first = np.arange(people), 0
    while first < len(at):
        places = rng.uniform(-1, 1, (people, 2)) * style.stage_m + (0.0, _CENTRE_M)
        movers = np.flatnonzero(rng.random(people) < style.swaps)
        owner[movers] = owner[rng.permutation(movers)]
        ranked = places[np.argsort(places[:, 0])]  # side by side, so that swaps are crossings
        until = first + int(rng.integers(*style.formation_beats))
        at[first:until] = ranked[owner]
        first = until
    formations: Floats = at[beat]
    return formations


def _sway(beat: Indices, people: int, style: Style, rng: np.random.Generator) -> Floats:
    """(T, P, 2) steps to a side, new at every beat, m."""
    steps = _SWAY_M * rng.uniform(-1, 1, (beat[-1] + 1, people, 2))
    sway: Floats = _together(steps, style, rng)[beat]
    return sway


def _poses(beat: Indices, people: int, style: Style, rng: np.random.Generator) -> Indices:
    """(T, P) which pose each is in."""
    each = rng.integers(0, len(style.arms), (beat[-1] + 1, people))
    poses: Indices = _together(each, style, rng)[beat]
    return poses


def _together(each: NDArray[Any], style: Style, rng: np.random.Generator) -> NDArray[Any]:
    """(B, P, ...) per beat: what each does, or most often what the first does."""
    same = rng.random(each.shape[:2]) < style.together
    return np.where(same.reshape(same.shape + (1,) * (each.ndim - 2)), each[:, :1], each)


def _eased(steps: Floats) -> Floats:
    """(T, P) the same with every jump drawn out over `_SHAPE_S`."""
    keep = np.exp(-STEP_S / _SHAPE_S)
    eased = steps.copy()
    for now in range(1, len(eased)):
        eased[now] = keep * eased[now - 1] + (1 - keep) * steps[now]
    return eased


def _followed(target: Floats, style: Style) -> Floats:
    """(T, P, 2) bodies that run to their targets, with bounded speed and acceleration."""
    position = np.empty_like(target)
    position[0] = now = target[0]
    velocity = np.zeros_like(now)
    for step in range(1, len(target)):
        pull = style.omega**2 * (target[step] - now) - 2 * style.omega * velocity
        push = _bounded(pull, style.acceleration_m_s2)
        velocity = _bounded(velocity + push * STEP_S, style.speed_m_s)
        position[step] = now = now + velocity * STEP_S
    return position


def _bounded(vectors: Floats, longest: float) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    bounded: Floats = vectors * np.minimum(1.0, longest / np.maximum(length, 1e-9))
    return bounded
