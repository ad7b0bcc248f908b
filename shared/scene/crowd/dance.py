"""People who dance: much alike, close together, fast, with limbs that change the shape of their boxes.

What is hard in DanceTrack (Sun et al., arXiv:2111.14690): places are swapped right in front of each other,
directions change from beat to beat, and a box says little about where its centre will be next.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.scene.camera import Floats
from shared.scene.crowd.view import Motion

STEP_S = 0.02
_STAGE_M = (3.8, 2.0)  # half the breadth, half the depth
_CENTRE_M = 9.0  # from the camera
_BEAT_S = (0.45, 0.7)  # 85 to 130 beats per minute
_FORMATION_BEATS = (3, 9)
_SWAPS = 0.6  # share of those who go to another place with a new formation
_OMEGA = 6.0  # 1/s, how fast a place is taken
_SPEED_M_S, _ACCELERATION_M_S2 = 4.5, 14.0
_SWAY_M = 0.35
_TOGETHER = 0.7  # chance that somebody does what the others do on this beat
_SHAPE_S = 0.09  # limbs follow with this time constant
_BREADTH = 0.27
_ARMS = (1.0, 1.0, 1.5, 2.2, 3.0)  # breadth of the poses, of the trunk's
_REACHES = (1.0, 0.95, 1.1, 0.75, 0.6)  # height of the poses, of the body's
_JUMP_M = 0.35
_JUMPS = 0.15  # chance of a jump on a beat

Indices = NDArray[np.intp]


def dance(people: int, duration_s: float, rng: np.random.Generator) -> Motion:
    """`people` on a stage, every `STEP_S` for `duration_s`."""
    steps = int(duration_s / STEP_S) + 2
    beat = _beats(steps, rng)
    target = _formations(beat, people, rng) + _sway(beat, people, rng)
    height = np.clip(rng.normal(1.7, 0.05, people), 1.55, 1.85)
    pose = _poses(beat, people, rng)
    breadth = _BREADTH * height * _eased(np.take(_ARMS, pose))
    reach = height * _eased(np.take(_REACHES, pose))
    jumps = _together(rng.random((beat[-1] + 1, people)) < _JUMPS, rng)
    lift = _JUMP_M * jumps[beat] * np.abs(np.sin(np.pi * _phase(beat)))[:, None]
    return Motion(
        position_m=_followed(target),
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


def _formations(beat: Indices, people: int, rng: np.random.Generator) -> Floats:
    """(T, P, 2) the place of each on the stage, m; some swap theirs at every new formation."""
    at = np.empty((beat[-1] + 1, people, 2))
    owner, first = np.arange(people), 0
    while first < len(at):
        places = rng.uniform(-1, 1, (people, 2)) * _STAGE_M + (0.0, _CENTRE_M)
        movers = np.flatnonzero(rng.random(people) < _SWAPS)
        owner[movers] = owner[rng.permutation(movers)]
        ranked = places[np.argsort(places[:, 0])]  # side by side, so that swaps are crossings
        until = first + int(rng.integers(*_FORMATION_BEATS))
        at[first:until] = ranked[owner]
        first = until
    formations: Floats = at[beat]
    return formations


def _sway(beat: Indices, people: int, rng: np.random.Generator) -> Floats:
    """(T, P, 2) steps to a side, new at every beat, m."""
    steps = _SWAY_M * rng.uniform(-1, 1, (beat[-1] + 1, people, 2))
    sway: Floats = _together(steps, rng)[beat]
    return sway


def _poses(beat: Indices, people: int, rng: np.random.Generator) -> Indices:
    """(T, P) which pose each is in."""
    poses: Indices = _together(rng.integers(0, len(_ARMS), (beat[-1] + 1, people)), rng)[beat]
    return poses


def _together(each: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """(B, P, ...) per beat: what each does, or most often what the first does."""
    same = rng.random(each.shape[:2]) < _TOGETHER
    return np.where(same.reshape(same.shape + (1,) * (each.ndim - 2)), each[:, :1], each)


def _eased(steps: Floats) -> Floats:
    """(T, P) the same with every jump drawn out over `_SHAPE_S`."""
    keep = np.exp(-STEP_S / _SHAPE_S)
    eased = steps.copy()
    for now in range(1, len(eased)):
        eased[now] = keep * eased[now - 1] + (1 - keep) * steps[now]
    return eased


def _followed(target: Floats) -> Floats:
    """(T, P, 2) bodies that run to their targets, with bounded speed and acceleration."""
    position = np.empty_like(target)
    position[0] = now = target[0]
    velocity = np.zeros_like(now)
    for step in range(1, len(target)):
        pull = _OMEGA**2 * (target[step] - now) - 2 * _OMEGA * velocity
        velocity = _bounded(velocity + _bounded(pull, _ACCELERATION_M_S2) * STEP_S, _SPEED_M_S)
        position[step] = now = now + velocity * STEP_S
    return position


def _bounded(vectors: Floats, longest: float) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    bounded: Floats = vectors * np.minimum(1.0, longest / np.maximum(length, 1e-9))
    return bounded
