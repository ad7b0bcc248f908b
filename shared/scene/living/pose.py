"""What a detector and a landmark model say of a body: where they look, what they miss, how they err.

Every person of a take draws how good its models are (`Faults`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.scene.living.mistakes import confuse
from shared.scene.living.noise import below, episodes, wander
from shared.scene.living.view import Mask, Truth
from shared.scene.skeleton import Floats

MODEL_METRES = 0.9  # a landmark model's people are that much smaller than real ones
_SHOULDERS, _HIPS, _KNEES = [11, 12], [23, 24], [25, 26]
_JOINTS = [0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
# Landmarks of face, shoulders, elbows, wrists and fingers, hips, knees, ankles and feet.
_GROUPS = [11, 2, 2, 8, 2, 2, 6]
_SPREAD = np.repeat([0.7, 1.0, 1.5, 2.0, 1.0, 1.5, 1.8], _GROUPS)  # how far off, against those of the trunk
_SURENESS = np.repeat([5.0, 5.0, 1.6, 1.0, 5.5, 1.9, 1.6], _GROUPS)  # log odds of being visible, in view ...
_FAR_SIDE = np.repeat([0.5, 0.6, 2.2, 2.4, 0.6, 1.6, 1.6], _GROUPS)  # ... less so on the far side
_LEFT = np.array([0, 1, 1, 1, -1, -1, -1, 1, -1, 1, -1, *[1, -1] * 11])
_TREMBLE_S, _DRIFT_S, _LUCK_S = 0.12, 1.2, 1.0  # time constants
_WHOLE = 1.3  # a body's length over that of trunk and legs
_BODY_M = 1.7
_HIPS_LOWER = 0.07  # of the thigh
_BLUR_LOSES = 1.5  # per second and m/s of the hips
_LEAST_SHOWN = 0.3  # share of the joints below which no model sees a body


@dataclass(frozen=True)
class Faults:
    """How good the models are on one person of one take.

    Attributes:
        tremble: standard deviation of a trunk's landmark, in lengths of the body in the picture.
        lost_per_s: how often the pose of a body that lies is lost, per second.
        found_lying: share of the pictures in which a detector finds a body that lies.
        wrong_per_s: how often the pose of a body that lies is badly wrong for a moment, per second.
        latency_s: until somebody new is found.
        depth: share of the depth that the model sees.
    """

    tremble: float = 0.007
    lost_per_s: float = 0.05
    found_lying: float = 0.6
    wrong_per_s: float = 0.05
    latency_s: float = 0.1
    depth: float = 0.8


@dataclass(frozen=True, eq=False)
class Poses:
    """The answers of a pose model for one person.

    Attributes:
        found: (T,) whether there is one.
        keypoints: (T, 33, 5) float32 x, y, z in px, visibility, presence.
        world: (T, 33, 3) float32 metres, camera axes, origin between the hips.
        scores: (T,).
    """

    found: Mask
    keypoints: NDArray[np.float32]
    world: NDArray[np.float32]
    scores: Floats


@dataclass(frozen=True, eq=False)
class _Motion:
    """(T,) each: how level the trunk is, 0 within 40 degrees of upright to 1; m/s of the hips; share of the
    joints that can be seen.
    """

    lying: Floats
    speed: Floats
    share: Floats

    @classmethod
    def of(cls, truth: Truth, times_s: Floats) -> "_Motion":
        hips = truth.world_m[:, _HIPS].mean(axis=1)
        trunk = truth.world_m[:, _SHOULDERS].mean(axis=1) - hips
        upright = trunk[:, 2] / np.linalg.norm(trunk, axis=1)
        moved = np.linalg.norm(np.diff(hips, axis=0, prepend=hips[:1]), axis=1)
        speed = moved / np.maximum(np.diff(times_s, prepend=-1.0), 1e-3)
        share = (truth.inside & truth.clear)[:, _JOINTS].mean(axis=1)
        return cls(np.clip((0.77 - upright) / 0.77, 0, 1), speed, share)


def pose(truth: Truth, times_s: Floats, faults: Faults, generator: np.random.Generator) -> Poses:
    """What is said of one person, at `times_s` (T,)."""
    motion = _Motion.of(truth, times_s)
    found = _found(motion, times_s, faults, generator)
    picture, world = _landmarks(truth, _noise(truth, motion, times_s, generator), faults)
    wrong = episodes(times_s, faults.wrong_per_s * motion.lying + 0.003, (0.1, 0.6), generator)
    picture, world = confuse(picture, world, wrong, generator)
    visibility = _visibility(truth, times_s, generator) * np.where(wrong[:, None], 0.8, 1.0)
    presence = truth.inside * 0.98 + 0.01
    keypoints = np.concatenate([picture, visibility[..., None], presence[..., None]], axis=-1)
    unsure = 0.12 * motion.lying + 0.25 * (1 - motion.share)
    scores = np.clip(1 - unsure - np.abs(generator.normal(0, 0.02, len(times_s))), 0.5, 1.0)
    return Poses(found, keypoints.astype(np.float32), world.astype(np.float32), scores)


def _found(motion: _Motion, times_s: Floats, faults: Faults, generator: np.random.Generator) -> Mask:
    """(T,): found by a detector, then followed by landmarks until those are lost."""
    luck = below(wander(times_s, _LUCK_S, (), generator))
    chance = np.where(motion.lying > 0.5, faults.found_lying, 0.95)
    detected = luck < chance * np.clip(2.2 * motion.share, 0, 1)
    risk = 0.02 + faults.lost_per_s * motion.lying + _BLUR_LOSES * np.clip(motion.speed - 1, 0, 2)
    risk = risk + 3.0 * np.clip(0.55 - motion.share, 0, 1)
    lost = generator.random(len(times_s)) < risk * np.diff(times_s, prepend=times_s[0])
    found = np.zeros(len(times_s), bool)
    follows, blind_until = False, faults.latency_s
    for index, time_s in enumerate(times_s.tolist()):
        if motion.share[index] < _LEAST_SHOWN:
            follows, blind_until = False, time_s + faults.latency_s
        elif follows and lost[index]:
            follows, blind_until = False, time_s + 0.1
        elif not follows:
            follows = bool(detected[index] and time_s >= blind_until)
        found[index] = follows
    return found


def _noise(truth: Truth, motion: _Motion, times_s: Floats, generator: np.random.Generator) -> Floats:
    """(T, 33, 3) in trembles of the trunk: worse at the ends of limbs, where hidden, lying and in motion."""
    tremble = 0.6 * wander(times_s, _TREMBLE_S, (33, 3), generator)
    tremble += wander(times_s, _DRIFT_S, (33, 3), generator) + 0.5 * generator.normal(0, 1, (33, 3))
    hidden = np.where(truth.inside & truth.clear, 1.0, 3.0)
    worse = 1 + 0.4 * motion.lying + 2.5 * np.clip(motion.speed - 1, 0, 2)
    noise: Floats = tremble * (_SPREAD * hidden * worse[:, None])[..., None]
    return noise


def _landmarks(truth: Truth, noise: Floats, faults: Faults) -> tuple[Floats, Floats]:
    """(T, 33, 3) px and (T, 33, 3) metres."""
    solid, plane = _low_hips(truth.camera_m), _low_hips(truth.picture_px)
    hips = solid[:, _HIPS].mean(axis=1, keepdims=True)
    seen = _along(hips[:, 0], solid - hips) * np.array([1.0, 1.0, faults.depth])
    metres = MODEL_METRES * (seen + _BODY_M * faults.tremble * noise[..., [1, 0, 2]])
    metres = metres - metres[:, _HIPS].mean(axis=1, keepdims=True)
    length_px = _length_px(truth)[:, None, None]
    flat = plane + faults.tremble * noise[..., :2] * length_px
    depth = metres[..., 2:] * length_px / (MODEL_METRES * _BODY_M)
    return np.concatenate([flat, depth], axis=-1), metres


def _low_hips(points: Floats) -> Floats:
    """The points (T, 33, D) with hips where networks put them: a little down the thighs.

    Recorded people who stand have trunks of 0.67 times the height of their hips over the ankles, joints 0.6.
    """
    moved = points.copy()
    moved[:, _HIPS] += _HIPS_LOWER * (points[:, _KNEES] - points[:, _HIPS])
    return moved


def _along(hips: Floats, offsets: Floats) -> Floats:
    """The offsets (T, 33, 3) with the line to the hips (T, 3) as their depth: a network sees its region
    only.
    """
    axis = hips / np.linalg.norm(hips, axis=1, keepdims=True)
    right = np.cross(np.array([0.0, 1.0, 0.0]), axis)
    right = right / np.linalg.norm(right, axis=1, keepdims=True)
    turn = np.stack([right, np.cross(axis, right), axis], axis=1)
    turned: Floats = np.einsum("tij,tpj->tpi", turn, offsets)
    return turned


def _length_px(truth: Truth) -> Floats:
    """(T,) how long the body would be if it were stretched across the picture at its distance."""
    bones = np.diff(truth.world_m[:, [11, 23, 25, 27]], axis=1)
    away = np.linalg.norm(truth.camera_m[:, _HIPS].mean(axis=1), axis=1)
    whole = _WHOLE * np.linalg.norm(bones, axis=-1).sum(axis=1)
    length: Floats = whole * truth.focal_px / np.maximum(away, 0.3)
    return length


def _visibility(truth: Truth, times_s: Floats, generator: np.random.Generator) -> Floats:
    """(T, 33): sure of trunk and face, unsure of what the own body hides and of what ends far out.

    In recorded clips hips, shoulders and faces have 0.97 and more, knees 0.3 to 0.98, ankles 0.15 to 0.97 and
    wrists 0.05 to 0.97 (5th and 95th percentiles), and hidden legs are often claimed as seen.
    """
    swing = 0.8 * wander(times_s, 0.8, (33,), generator) + generator.normal(0, 0.6, 33)
    level = _SURENESS + swing - _far_side(truth) * _FAR_SIDE
    trust = generator.normal(-1.6, 1.3)  # in guesses about what cannot be seen
    guess = trust + swing + np.where(np.isin(np.arange(33), [*_SHOULDERS, *_HIPS]), 2.0, 0.0)
    odds = np.where(truth.inside & truth.clear, level, np.minimum(guess, level))
    visibility = 1 / (1 + np.exp(-odds))
    shown: Floats = np.where(truth.inside, visibility, np.minimum(visibility, 0.45))
    return shown


def _far_side(truth: Truth) -> Floats:
    """(T, 33) 1 for limbs on the side that is turned away from the camera, 0 on the near one."""
    across = truth.camera_m[:, 11] - truth.camera_m[:, 12] + truth.camera_m[:, 23] - truth.camera_m[:, 24]
    depth = across[:, 2] / np.maximum(np.linalg.norm(across, axis=1), 1e-6)
    far: Floats = np.clip((depth[:, None] * _LEFT - 0.3) / 0.6, 0, 1)
    return far
