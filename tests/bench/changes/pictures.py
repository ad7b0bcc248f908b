"""Changes of pictures: other cameras and other light, of which the stages make what they can.

Each takes a picture, (H, W, 3) BGR, and a generator, and gives a new picture, perhaps of another size. Labels
stay as they are. What no film can be changed to is a body seen smaller, darker or bent: there the landmarks
themselves are others.
"""

import functools
from collections.abc import Callable

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.random import Generator
from numpy.typing import NDArray

from shared.bus.frames import Image

Alter = Callable[[Image, Generator], Image]

_GAMMA, _EXPOSURE = 2.2, 0.6
# Of full scale: the deviation of the sensor's noise, and that of the light's where all is white.
_READ_NOISE, _SHOT_NOISE = 0.012, 0.02
_QUALITY = 15  # of JPEG
_FAR, _FLOOR_SHARE, _GREY = 0.6, 2 / 3, 110
_BARREL = 0.35  # how much further from the centre the corners are than they would be
_MARGIN = 0.15
_BLUR_PX = 9
_NARROWED, _SHORTENED = 0.18, 0.85


def same(image: Image, _rng: Generator) -> Image:
    """As it is."""
    return image


def mirrored(image: Image, _rng: Generator) -> Image:
    """The room in a mirror."""
    return np.ascontiguousarray(image[:, ::-1])


def halved(image: Image, _rng: Generator) -> Image:
    """A camera with half as many pixels across and down."""
    return _image(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))


def darkened(image: Image, rng: Generator) -> Image:
    """Evening: little light, dark tones drowned, and noise that grows with the root of the light."""
    light = np.power(image.astype(np.float32) / 255, _GAMMA) * _EXPOSURE
    deviation = _READ_NOISE + _SHOT_NOISE * np.sqrt(light)
    noisy = light + rng.standard_normal(image.shape, np.float32) * deviation
    return np.asarray(np.clip(noisy, 0, 1) * 255, np.uint8)


def compressed(image: Image, _rng: Generator) -> Image:
    """A network camera at its lowest quality: blocks of 8 x 8 pixels."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return _image(decoded)


def rolled(image: Image, _rng: Generator, *, degrees: float) -> Image:
    """A camera that hangs askew, turned clockwise by `degrees`: the picture turns the other way."""
    height, width = image.shape[:2]
    turning = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return _image(cv2.warpAffine(image, turning, (width, height), borderMode=cv2.BORDER_REPLICATE))


def further(image: Image, _rng: Generator) -> Image:
    """People further away: the picture at 60 % inside a grey one, nearer to its lower edge."""
    height, width = image.shape[:2]
    small = cv2.resize(image, (int(width * _FAR), int(height * _FAR)), interpolation=cv2.INTER_AREA)
    y, x = int((height - small.shape[0]) * _FLOOR_SHARE), (width - small.shape[1]) // 2
    around = np.full_like(image, _GREY)
    around[y : y + small.shape[0], x : x + small.shape[1]] = small
    return around


def bulged(image: Image, _rng: Generator) -> Image:
    """A wide-angle lens: straight lines bend away from the centre, as those of the first term of Brown's
    model, and the corners stay where they are.

    Source: D. C. Brown, "Decentering distortion of lenses", Photogrammetric Engineering 32, 1966.
    """
    height, width = image.shape[:2]
    x, y = _bulge(height, width)
    return _image(cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def narrowed(image: Image, _rng: Generator) -> Image:
    """The middle 70 % alone: a longer lens, and bodies cut off on all sides."""
    height, width = image.shape[:2]
    rows = slice(int(_MARGIN * height), int((1 - _MARGIN) * height))
    return np.ascontiguousarray(image[rows, int(_MARGIN * width) : int((1 - _MARGIN) * width)])


def blurred(image: Image, _rng: Generator) -> Image:
    """A long exposure, of people or of a camera that move across."""
    kernel = np.full((1, _BLUR_PX), 1 / _BLUR_PX, np.float32)
    return _image(cv2.filter2D(image, -1, kernel))


def pitched(image: Image, _rng: Generator) -> Image:
    """A camera that looks further down: what is low in the picture is narrower, and all is shorter."""
    height, width = image.shape[:2]
    inset, lower = _NARROWED * width, _SHORTENED * height
    before = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    after = np.array([[0, 0], [width, 0], [width - inset, lower], [inset, lower]], np.float32)
    warping = cv2.getPerspectiveTransform(before, after)
    return _image(cv2.warpPerspective(image, warping, (width, height), borderMode=cv2.BORDER_REPLICATE))


def greyed(image: Image, _rng: Generator) -> Image:
    """An infrared camera at night: no colours."""
    return _image(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))


@functools.lru_cache(maxsize=4)
def _bulge(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where in a picture the lens finds what it shows at each pixel: x and y, each (H, W)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    centre = np.array((width / 2, height / 2), np.float32)
    radius = float(np.hypot(*centre))
    right, down = (x - centre[0]) / radius, (y - centre[1]) / radius
    scale = (1 + _BARREL * (right**2 + down**2)) / (1 + _BARREL) * radius
    return np.asarray(right * scale + centre[0], np.float32), np.asarray(down * scale + centre[1], np.float32)


def _image(values: MatLike) -> Image:
    return np.asarray(values, np.uint8)
