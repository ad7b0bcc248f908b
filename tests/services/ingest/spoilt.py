"""Pictures of a room, and what may happen to a camera that looks at it."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.bus.frames import Image
from shared.scene.scene import Scene
from shared.scene.url import parse

WIDTH_PX, HEIGHT_PX = 320, 240
Spoil = Callable[[Image], Image]


@cache
def room() -> Image:
    """The built-in room without anybody and without noise."""
    return Scene(parse(f"synth://empty?noise=0&size={WIDTH_PX}x{HEIGHT_PX}")).render(0)


@cache
def _noises() -> NDArray[np.int16]:
    random = np.random.default_rng(5)
    return random.normal(0, 4, (4, HEIGHT_PX, WIDTH_PX, 3)).round().astype(np.int16)


def noisy(image: Image, index: int) -> Image:
    """With a sensor's noise, another one for each index."""
    noise = np.roll(_noises()[index % 4], 7 * index, axis=(0, 1))
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)


def filmed(pictures: Iterable[Image], fps: float = 2.0, start_s: float = 0.0) -> Iterator[tuple[Image, int]]:
    """Pictures with noise and their media time in microseconds."""
    for index, image in enumerate(pictures):
        yield noisy(image, index), round((start_s + index / fps) * 1e6)


def as_it_is(image: Image) -> Image:
    return image


def dark(image: Image) -> Image:
    return _scaled(image, 0.02)


def dimmed(image: Image) -> Image:
    return _scaled(image, 0.3)


def brightened(image: Image) -> Image:
    return _scaled(image, 1.4)


def lit_by_a_lamp(image: Image) -> Image:
    """A dim room with a bright corner."""
    return _scaled(image, 0.2 + 1.1 * np.exp(-((_distance(0.8, 0.3) / 0.25) ** 2))[..., None])


def infrared(image: Image) -> Image:
    """Grey, other brightnesses of other colours, and a lamp beside the lens that reaches the middle best."""
    blue, red = image[..., 0].astype(np.float64), image[..., 2].astype(np.float64)
    grey = (0.9 * red + 0.1 * (255 - blue)) * (1.3 - 1.1 * _distance(0.5, 0.5))
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def behind_a_hand(image: Image) -> Image:
    """Out of focus right before the lens, with some light around it."""
    free = np.clip((_distance(0.45, 0.5) - 0.45) * 5, 0, 1)[..., None]
    return (0.6 * image * free + (1 - free) * (50, 60, 95)).astype(np.uint8)


def behind_a_cloth(image: Image) -> Image:
    folds = np.sin(np.linspace(0, 9, WIDTH_PX))[None, :, None] * 25 + 90
    return np.broadcast_to(folds, image.shape).astype(np.uint8)


def sprayed(image: Image) -> Image:
    return (0.4 * cv2.GaussianBlur(image, (0, 0), 15) + 60).astype(np.uint8)


def out_of_focus(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 15), np.uint8)


def pushed(image: Image) -> Image:
    return _warped(image, 0, 0.12 * WIDTH_PX, 0.05 * HEIGHT_PX)


def tilted(image: Image) -> Image:
    return _warped(image, 12, 0, 0)


def trembling(image: Image) -> Image:
    return _warped(image, 0, 1.5, 1)


def turned_away(image: Image) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def passed_by(image: Image, share: float, place: float) -> Image:
    """Somebody in a striped shirt right before the camera, `share` of the picture wide."""
    x0, x1 = (min(WIDTH_PX, max(0, round(WIDTH_PX * (place + side * share / 2)))) for side in (-1, 1))
    rows, columns = np.mgrid[:HEIGHT_PX, x0:x1]
    spoilt = image.copy()
    spoilt[rows, columns] = (90 + 60 * ((rows - 0.3 * (columns - x0)) // 19 % 2))[..., None].astype(np.uint8)
    return spoilt


def _scaled(image: Image, factor: float | NDArray[np.float64]) -> Image:
    return np.asarray(np.clip(image * factor, 0, 255), np.uint8)


def _distance(x: float, y: float) -> NDArray[np.float64]:
    """Of each pixel from a place, all in shares of the picture's sides."""
    rows, columns = np.mgrid[:HEIGHT_PX, :WIDTH_PX]
    return np.asarray(np.hypot(columns / WIDTH_PX - x, rows / HEIGHT_PX - y), np.float64)


def _warped(image: Image, degrees: float, dx_px: float, dy_px: float) -> Image:
    matrix = cv2.getRotationMatrix2D((WIDTH_PX / 2, HEIGHT_PX / 2), degrees, 1)
    matrix = matrix + np.array([[0, 0, dx_px], [0, 0, dy_px]])
    size = (WIDTH_PX, HEIGHT_PX)
    return np.asarray(cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REFLECT), np.uint8)
