"""Badly wrong poses, for moments: sides or ends exchanged, upright, on furniture, on somebody else."""

from dataclasses import replace

import numpy as np

from shared.scene.living.noise import episodes, runs
from shared.scene.living.view import Mask, Truth
from shared.scene.skeleton import Floats

_HIPS, _SHOULDERS, _ANKLES = [23, 24], [11, 12], [27, 28]
_PAIRS = np.array(
    [
        *(0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15),
        *(18, 17, 20, 19, 22, 21, 24, 23, 26, 25, 28, 27, 30, 29, 32, 31),
    ]
)
_BESIDE = 0.8  # body lengths: poses go over to somebody nearer than this
_TAKEN_PER_S, _TAKEN_S = 0.25, (0.2, 0.9)


def confuse(
    picture: Floats, world: Floats, wrong: Mask, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """(T, 33, 3) px and metres with a mistake in each run of `wrong` (T,)."""
    for start, end in runs(wrong):
        mistake = _MISTAKES[int(generator.integers(len(_MISTAKES)))]
        for points in (picture, world):
            points[start:end] = mistake(points[start:end])
    return picture, world


def mistaken(truths: list[Truth], times_s: Floats, generator: np.random.Generator) -> list[Truth]:
    """What the network looks at: of two people side by side now and then the other one."""
    if len(truths) < 2:
        return truths
    first, second = truths[:2]
    apart = np.linalg.norm(_middle(first) - _middle(second), axis=1) / _reach(first)
    near = (apart < _BESIDE).astype(np.float64)
    taken = episodes(times_s, _TAKEN_PER_S * near, _TAKEN_S, generator)
    fields = {
        name: np.where(
            taken.reshape(-1, *[1] * (getattr(first, name).ndim - 1)),
            getattr(second, name),
            getattr(first, name),
        )
        for name in ("world_m", "camera_m", "picture_px", "inside", "clear")
    }
    return [replace(first, **fields), *truths[1:]]


def _middle(truth: Truth) -> Floats:
    middle: Floats = truth.picture_px[:, _HIPS].mean(axis=1)
    return middle


def _reach(truth: Truth) -> Floats:
    """(T,) px of a stretched body there."""
    away = np.linalg.norm(truth.camera_m[:, _HIPS].mean(axis=1), axis=1)
    reach: Floats = 1.7 * truth.focal_px / np.maximum(away, 0.3)
    return reach


def _sides(points: Floats) -> Floats:
    return points[:, _PAIRS]


def _ends(points: Floats) -> Floats:
    """The head where the feet are."""
    middle = points[:, [*_SHOULDERS, *_ANKLES]].mean(axis=1, keepdims=True)
    turned: Floats = 2 * middle - points
    return turned


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


def _elsewhere(points: Floats) -> Floats:
    """On a thing beside and above, smaller."""
    hips = points[:, _HIPS].mean(axis=1, keepdims=True)
    reach = np.linalg.norm(points[:, 11] - points[:, 27], axis=-1).reshape(-1, 1, 1)
    moved: Floats = hips + 0.7 * (points - hips) + 0.6 * reach * np.array([1.0, -0.5, 0.0])
    return moved


_MISTAKES = (_sides, _ends, _upright, _elsewhere)
