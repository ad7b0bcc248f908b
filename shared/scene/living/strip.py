"""Film strips of takes, to look at: what is there in grey, what the pose says in colour."""

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.scene.living.scenes import Take
from shared.scene.living.view import Block
from shared.scene.skeleton import Floats

Image = NDArray[np.uint8]

_BONES = (
    *((11, 12), (11, 23), (12, 24), (23, 24), (11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27)),
    *((24, 26), (26, 28), (27, 31), (28, 32), (0, 11), (0, 12)),
)
_GREY, _BLUE, _RED, _WOOD = (170, 170, 170), (200, 90, 20), (40, 40, 220), (120, 160, 200)
_SURE = 0.5
_TOLD = ("script", "lies", "seen", "age", "company", "skill", "tilt")
_EDGES = ((0, 1), (1, 2), (2, 3), (3, 0))
_GRID_M = 5


def strip(take: Take, count: int = 8, height_px: int = 150) -> Image:
    """(H, W, 3) BGR: `count` pictures of a take side by side, the floor in squares of a metre.

    Limbs of which the pose is unsure are red; a picture in which nobody is found has none.
    """
    camera = take.view.camera
    scale = height_px / camera.height_px
    shown = np.linspace(0, len(take.times_s) - 1, count).round().astype(int)
    pictures = []
    for index in shown.tolist():
        image = np.full((height_px, round(camera.width_px * scale), 3), 250, np.uint8)
        _floor(image, take, scale)
        for block in take.blocks:
            _block(image, take, block, scale)
        for truth in take.truths:
            _figure(image, truth.picture_px[index] * scale, [_GREY] * len(_BONES))
        for poses in (each for each in take.persons if each.found[index]):
            points = poses.keypoints[index].astype(np.float64)
            sure = [min(points[a, 3], points[b, 3]) >= _SURE for a, b in _BONES]
            _figure(image, points[:, :2] * scale, [_BLUE if each else _RED for each in sure])
        text = f"{take.times_s[index]:.1f} s"
        cv2.putText(image, text, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (60, 60, 60), 1, cv2.LINE_AA)
        pictures += [image, np.zeros((height_px, 1, 3), np.uint8)]
    film = np.concatenate(pictures, axis=1)
    title = np.full((16, film.shape[1], 3), 255, np.uint8)
    words = ", ".join(f"{name} {take.factors[name]}" for name in _TOLD)
    cv2.putText(
        title, f"{take.name}: {words}", (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 1, cv2.LINE_AA
    )
    return np.concatenate([title, film], axis=0)


def _figure(image: Image, points: Floats, colours: list[tuple[int, int, int]]) -> None:
    for (first, second), colour in zip(_BONES, colours, strict=True):
        _line(image, points[first], points[second], colour)


def _floor(image: Image, take: Take, scale: float) -> None:
    middle = np.round(take.truths[0].world_m[0, 23:25, :2].mean(axis=0))
    for offset in range(-_GRID_M, _GRID_M + 1):
        for axis in (0, 1):
            ends = np.zeros((20, 3))
            ends[:, axis] = middle[axis] + np.linspace(-_GRID_M, _GRID_M, 20)
            ends[:, 1 - axis] = middle[1 - axis] + offset
            _path(image, take, ends, (228, 228, 228), scale)


def _block(image: Image, take: Take, block: Block, scale: float) -> None:
    top = block.top()
    bottom = top * np.array([1.0, 1.0, 0.0])
    for first, second in _EDGES:
        _path(image, take, top[[first, second]], _WOOD, scale)
        _path(image, take, bottom[[first, second]], _WOOD, scale)
    for corner in range(4):
        _path(image, take, np.stack([top[corner], bottom[corner]]), _WOOD, scale)


def _path(image: Image, take: Take, points_m: Floats, colour: tuple[int, int, int], scale: float) -> None:
    camera = take.view.camera
    seen = camera.to_camera(points_m)
    pixels = camera.project(seen) * scale
    for index in range(len(pixels) - 1):
        if seen[index : index + 2, 2].min() > 0.1:
            _line(image, pixels[index], pixels[index + 1], colour)


def _line(image: Image, first: Floats, second: Floats, colour: tuple[int, int, int]) -> None:
    ends = np.clip(np.stack([first, second]), -3000, 3000).round().astype(int).tolist()
    cv2.line(image, ends[0], ends[1], colour, 1, cv2.LINE_AA)
