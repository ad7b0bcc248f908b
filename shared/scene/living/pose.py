"""What a detector and a landmark model would say of a body: where they look, what they miss, how they err.

Every person and take draws how good its models are (`Faults`); within a take the faults come in episodes, since
a network errs on a posture, not on a picture.
"""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from shared.scene.living.view import Mask, Truth
from shared.scene.skeleton import Floats

MODEL_METRES = 0.85  # the landmark model's people are that much smaller than real ones
_SHOULDERS, _HIPS, _KNEES, _ANKLES = [11, 12], [23, 24], [25, 26], [27, 28]
_JOINTS = [0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
_PAIRS = np.array(
    [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 18, 17, 20, 19, 22, 21, 24, 23, 26, 25]
    + [28, 27, 30, 29, 32, 31]
)
# How far landmarks are off, relative to those of the trunk: face, shoulders, elbows, wrists and fingers, hips,
# knees, ankles and feet.
_SPREAD = np.repeat([0.7, 1.0, 1.5, 2.0, 1.0, 1.5, 1.8], [11, 2, 2, 8, 2, 2, 6])
_SMOOTH_S, _DRIFT_S = 0.12, 1.2  # time constants of tremble and of drift
_WHOLE = 1.3  # a body's length over that of trunk and legs
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

    tremble: float = 0.012
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


def pose(truth: Truth, times_s: Floats, faults: Faults, generator: np.random.Generator) -> Poses:
    """What is said of one person, at `times_s` (T,)."""
    shown = truth.inside & truth.clear
    lying = _lying(truth)
    found = _found(shown, lying, _speed(truth, times_s), times_s, (faults, generator))
    picture, world = _landmarks(truth, shown, lying, times_s, (faults, generator))
    wrong = _episodes(times_s, faults.wrong_per_s * lying + 0.003, (0.1, 0.6), generator)
    picture, world = _confused(picture, world, wrong, generator)
    visibility = _visibility(truth, shown, times_s, generator)
    visibility = np.where(wrong[:, None], visibility * 0.8, visibility)
    keypoints = np.concatenate(
        [picture, visibility[..., None], truth.inside[..., None] * 0.98 + 0.01], axis=-1
    )
    share = shown[:, _JOINTS].mean(axis=1)
    sure = 1 - 0.12 * lying - 0.25 * (1 - share) - np.abs(generator.normal(0, 0.02, len(times_s)))
    return Poses(found, keypoints.astype(np.float32), world.astype(np.float32), np.clip(sure, 0.5, 1.0))


def _lying(truth: Truth) -> Floats:
    """(T,) 0 for a trunk within 40 degrees of upright, 1 for one that is level."""
    trunk = truth.world_m[:, _SHOULDERS].mean(axis=1) - truth.world_m[:, _HIPS].mean(axis=1)
    upright = trunk[:, 2] / np.linalg.norm(trunk, axis=1)
    lying: Floats = np.clip((0.77 - upright) / 0.77, 0, 1)
    return lying


def _speed(truth: Truth, times_s: Floats) -> Floats:
    """(T,) of the hips, m/s."""
    hips = truth.world_m[:, _HIPS].mean(axis=1)
    speed: Floats = np.linalg.norm(np.gradient(hips, times_s, axis=0), axis=1)
    return speed


def _found(
    shown: Mask, lying: Floats, speed: Floats, times_s: Floats, model: tuple[Faults, np.random.Generator]
) -> Mask:
    """(T,): found by a detector, followed by landmarks until those are lost."""
    faults, generator = model
    share = shown[:, _JOINTS].mean(axis=1)
    luck = _wander(times_s, 1.0, (len(times_s), 1), generator)[:, 0]
    detected = _normal_share(luck) < np.where(lying > 0.5, faults.found_lying, 0.95) * np.clip(
        2.2 * share, 0, 1
    )
    risk = 0.02 + faults.lost_per_s * lying + 0.5 * np.clip(speed - 1.2, 0, 2) * faults.lost_per_s
    risk = risk + 3.0 * np.clip(0.55 - share, 0, 1)
    found, follows, hidden_until = np.zeros(len(times_s), bool), False, times_s[0] + faults.latency_s
    chances = generator.random(len(times_s))
    for index, time_s in enumerate(times_s):
        step_s = time_s - times_s[index - 1] if index else 0.0
        if share[index] < _LEAST_SHOWN:
            follows, hidden_until = False, time_s + faults.latency_s
        elif follows:
            follows = bool(chances[index] >= risk[index] * step_s)
            hidden_until = time_s + 0.1
        else:
            follows = bool(detected[index] and time_s >= hidden_until)
        found[index] = follows
    return found


def _landmarks(
    truth: Truth, shown: Mask, lying: Floats, times_s: Floats, model: tuple[Faults, np.random.Generator]
) -> tuple[Floats, Floats]:
    """(T, 33, 3) px and (T, 33, 3) metres, with the tremble and drift of a network."""
    faults, generator = model
    hips = truth.camera_m[:, _HIPS].mean(axis=1, keepdims=True)
    metres = _towards(hips[:, 0], truth.camera_m - hips)
    length_px = _length_px(truth)
    worse = _SPREAD * np.where(shown, 1.0, 3.0) * (1 + 1.2 * lying[:, None])
    shape = (len(times_s), 33, 3)
    tremble = 0.6 * _wander(times_s, _SMOOTH_S, shape, generator)
    tremble += 1.0 * _wander(times_s, _DRIFT_S, shape, generator) + 0.5 * generator.normal(0, 1, (1, 33, 3))
    tremble *= faults.tremble * worse[..., None]
    flat = truth.picture_px + tremble[..., :2] * length_px[:, None, None]
    scale = length_px / (MODEL_METRES * 1.7)
    metres = (metres * np.array([1.0, 1.0, faults.depth]) + 1.7 * tremble[..., [1, 0, 2]]) * MODEL_METRES
    metres = metres - metres[:, _HIPS].mean(axis=1, keepdims=True)
    return np.concatenate([flat, metres[..., 2:] * scale[:, None, None]], axis=-1), metres


def _towards(hips: Floats, offsets: Floats) -> Floats:
    """The offsets (T, 33, 3) as seen along the line to the hips (T, 3): a network sees only its region."""
    axis = hips / np.linalg.norm(hips, axis=1, keepdims=True)
    right = np.cross(np.array([0.0, 1.0, 0.0]), axis)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    turn = np.stack([right, np.cross(axis, right), axis], axis=1)
    turned: Floats = np.einsum("tij,tpj->tpi", turn, offsets)
    return turned


def _length_px(truth: Truth) -> Floats:
    """(T,) how long the body would be if it were stretched across the picture at its distance."""
    legs_and_trunk = np.linalg.norm(np.diff(truth.world_m[:, [11, 23, 25, 27]], axis=1), axis=-1).sum(axis=1)
    away = np.linalg.norm(truth.camera_m[:, _HIPS].mean(axis=1), axis=1)
    length: Floats = _WHOLE * legs_and_trunk * truth.focal_px / np.maximum(away, 0.3)
    return length


def _visibility(truth: Truth, shown: Mask, times_s: Floats, generator: np.random.Generator) -> Floats:
    """(T, 33): sure of trunk and face, unsure of what the own body hides and of what ends far out.

    On recorded clips hips, shoulders and faces have 0.97 and more, knees 0.3 to 0.98, ankles 0.15 to 0.97,
    wrists 0.05 to 0.97 (5th and 95th percentiles), and hidden legs are often claimed as seen.
    """
    count = len(times_s)
    far = _far_side(truth)
    swing = 0.8 * _wander(times_s, 0.8, (count, 33, 1), generator)[..., 0] + generator.normal(0, 0.6, (1, 33))
    level = np.repeat([5.0, 5.0, 1.6, 1.0, 5.5, 1.9, 1.6], [11, 2, 2, 8, 2, 2, 6]) + swing
    level = level - far * np.repeat([0.5, 0.6, 2.2, 2.4, 0.6, 1.6, 1.6], [11, 2, 2, 8, 2, 2, 6])
    trust = generator.normal(-1.6, 1.3)  # in guesses about what cannot be seen
    hidden = trust + swing + np.where(np.isin(np.arange(33), [11, 12, 23, 24]), 2.0, 0.0)
    visibility: Floats = 1 / (1 + np.exp(-np.where(shown, level, np.minimum(hidden, level))))
    return np.where(truth.inside, visibility, np.minimum(visibility, 0.45))


def _far_side(truth: Truth) -> Floats:
    """(T, 33) 1 for limbs on the side that is turned away from the camera, 0 on the near one."""
    across = truth.camera_m[:, 11] - truth.camera_m[:, 12] + truth.camera_m[:, 23] - truth.camera_m[:, 24]
    left_far = across[:, 2] / np.maximum(np.linalg.norm(across, axis=1), 1e-6)
    left = np.zeros(33)
    left[[1, 2, 3, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31]] = 1.0
    left[[4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32]] = -1.0
    return np.clip((left_far[:, None] * left - 0.3) / 0.6, 0, 1)


def _episodes(
    times_s: Floats, per_s: Floats | float, length_s: tuple[float, float], generator: np.random.Generator
) -> Mask:
    """(T,) moments of trouble that begin so often and last so long."""
    rates = np.broadcast_to(per_s, times_s.shape)
    steps = np.diff(times_s, prepend=times_s[0])
    starts = times_s[generator.random(len(times_s)) < rates * steps]
    ends = starts + generator.uniform(*length_s, len(starts))
    inside: Mask = ((times_s[:, None] >= starts) & (times_s[:, None] < ends)).any(axis=1)
    return inside


def _confused(
    picture: Floats, world: Floats, wrong: Mask, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Badly wrong poses: sides exchanged, head and feet exchanged, or a body that stands where one lies."""
    for start, end in _runs(wrong):
        turn = _FAULTS[generator.integers(len(_FAULTS))]
        for points in (picture, world):
            points[start:end] = turn(points[start:end])
    return picture, world


def _runs(marks: Mask) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marks.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _sides(points: Floats) -> Floats:
    return points[:, _PAIRS]


def _heels_over_head(points: Floats) -> Floats:
    middle = points[:, [11, 12, 27, 28]].mean(axis=1, keepdims=True)
    return 2 * middle - points


def _upright(points: Floats) -> Floats:
    """Turned in the picture about the hips until the trunk stands."""
    hips = points[:, _HIPS].mean(axis=1, keepdims=True)
    trunk = (points[:, _SHOULDERS].mean(axis=1, keepdims=True) - hips)[..., :2]
    angle = np.arctan2(trunk[..., 0], -trunk[..., 1])
    cos, sin = np.cos(-angle), np.sin(-angle)
    x, y = (points - hips)[..., 0], (points - hips)[..., 1]
    turned = points.copy()
    turned[..., 0] = hips[..., 0] + cos * x - sin * y
    turned[..., 1] = hips[..., 1] + sin * x + cos * y
    return turned


_FAULTS = (_sides, _heels_over_head, _upright)


def _wander(
    times_s: Floats, constant_s: float, shape: tuple[int, ...], generator: np.random.Generator
) -> Floats:
    """Noise of standard deviation 1 that forgets itself within `constant_s`; the first axis is time."""
    noise = generator.standard_normal(shape)
    for index in range(1, len(times_s)):
        kept = exp(-(times_s[index] - times_s[index - 1]) / constant_s)
        noise[index] = kept * noise[index - 1] + sqrt(1 - kept * kept) * noise[index]
    return noise


def _normal_share(values: Floats) -> Floats:
    """Of a normal distribution below each value (logistic approximation, off by 0.01 at most)."""
    share: Floats = 1 / (1 + np.exp(-1.702 * values))
    return share
