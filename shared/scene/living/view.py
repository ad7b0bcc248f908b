"""Cameras of homes and wards, what they see of bodies, and what stands in the way."""

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin, tan

import numpy as np
from numpy.typing import NDArray

from shared.scene.camera import Camera
from shared.scene.posture import Stance
from shared.scene.skeleton import Floats

Mask = NDArray[np.bool_]

# Webcams see 55 to 70 degrees from side to side; lenses of 6, 4 and 2.8 mm on sensors of a third of an inch
# about 45, 65 and 95.
_FIELDS_DEG = (45.0, 55.0, 62.0, 70.0, 82.0, 95.0)
_SIZES_PX = ((640, 480), (640, 480), (768, 432), (1280, 720), (1280, 720), (1920, 1080))
_LEAST_BODY_PX = 70.0  # smaller people have no landmarks to find
_MOST_TILT_DEG = 60.0
_ADULT_M = 1.7
_TRUNK_M = 0.17  # what hides from view around the axis of a trunk
_LEG_M = 0.09
_NEAR_M = 0.15  # before the camera


@dataclass(frozen=True)
class View:
    """A camera that looks at a place.

    Attributes:
        camera: where it is and how it maps.
        height_m: above the floor.
        tilt_deg: below the horizontal.
        distance_m: along the floor, to the place.
        body_px: height of a grown-up's picture there.
    """

    camera: Camera
    height_m: float
    tilt_deg: float
    distance_m: float
    body_px: float


@dataclass(frozen=True)
class Aim:
    """What a camera is to show: a place on the floor, in the picture or on its left or right edge, from any
    side or along a heading (radians, from either end).
    """

    x: float
    y: float
    at_edge: bool = False
    heading: float | None = None


def look_at(aim: Aim, generator: np.random.Generator) -> View:
    """A camera 1 to 3 m high, 0 to 60 degrees down, 1.3 to 12 m away along the floor."""
    while True:
        height, distance = _stand(generator)
        width, high = _SIZES_PX[generator.integers(len(_SIZES_PX))]
        field = _FIELDS_DEG[generator.integers(len(_FIELDS_DEG))]
        focal = width / 2 / tan(radians(field) / 2)
        body_px = focal * _ADULT_M / hypot(distance, height - 0.9)
        view_deg = degrees(2 * atan2(high / 2, focal))
        tilt = degrees(atan2(height - 0.7, distance)) + float(generator.normal(0, 0.12)) * view_deg
        around, pan = _around(aim, field, generator)
        if body_px < _LEAST_BODY_PX or body_px > 1.1 * high or not 0 <= tilt <= _MOST_TILT_DEG:
            continue
        origin = np.array([aim.x + distance * cos(around), aim.y + distance * sin(around), height])
        rotation = _rotation(around + np.pi + pan, radians(tilt), radians(float(generator.normal(0, 1.5))))
        return View(Camera(origin, rotation, focal, width, high), height, tilt, distance, body_px)


def _stand(generator: np.random.Generator) -> tuple[float, float]:
    """Height and distance; most of the high cameras look down steeply, which brings them near."""
    height = float(generator.uniform(1.0, 3.0))
    if height > 1.8 and generator.random() < 0.6:
        return height, max(1.3, (height - 0.7) / tan(radians(float(generator.uniform(28, 58)))))
    return height, float(generator.uniform(3.0, 12.0) ** generator.uniform(0.75, 1.0))


def _around(aim: Aim, field_deg: float, generator: np.random.Generator) -> tuple[float, float]:
    """From which side the camera looks, and how far past the place, radians."""
    around, side = float(generator.uniform(0, 2 * np.pi)), float(generator.choice([-1.0, 1.0]))
    if aim.heading is not None:
        around = aim.heading + (np.pi if side > 0 else 0.0) + float(generator.normal(0, 0.15))
    share = float(generator.uniform(0.46, 0.53)) if aim.at_edge else abs(float(generator.normal(0, 0.1)))
    return around, side * share * radians(field_deg)


def _rotation(heading: float, tilt: float, roll: float) -> Floats:
    """(3, 3) world to camera frame; headings count from the x axis to the left."""
    ahead = np.array([cos(heading), sin(heading), 0.0])
    right = np.array([sin(heading), -cos(heading), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    axis = cos(tilt) * ahead - sin(tilt) * up
    down = -sin(tilt) * ahead - cos(tilt) * up
    return np.stack([cos(roll) * right + sin(roll) * down, cos(roll) * down - sin(roll) * right, axis])


@dataclass(frozen=True)
class Block:
    """A piece of furniture: middle of its base, full sizes along and across its own heading, and height."""

    stance: Stance
    length_m: float
    width_m: float
    height_m: float
    base_m: float = 0.0

    def hides(self, camera_m: Floats, points: Floats) -> Mask:
        """(...) whether the straight line from the camera (3,) to each of `points` (..., 3) passes it."""
        turn = self.stance.axes()
        base = np.array([self.stance.x, self.stance.y, 0.0])
        low = np.array([-self.length_m / 2, -self.width_m / 2, self.base_m])
        high = np.array([self.length_m / 2, self.width_m / 2, self.height_m])
        start, ends = (camera_m - base) @ turn, (points - base) @ turn
        way = ends - start
        way = np.where(np.abs(way) < 1e-9, 1e-9, way)
        first, second = (low - start) / way, (high - start) / way
        enters = np.minimum(first, second).max(axis=-1)
        leaves = np.maximum(first, second).min(axis=-1)
        return np.asarray((enters < leaves) & (leaves > 0) & (enters < 0.97))

    def top(self) -> Floats:
        """(4, 3) corners of the upper side, metres, world frame."""
        x, y = self.length_m / 2, self.width_m / 2
        corners = np.array([(x, y, 0.0), (-x, y, 0.0), (-x, -y, 0.0), (x, -y, 0.0)])
        base = np.array([self.stance.x, self.stance.y, self.height_m])
        placed: Floats = corners @ self.stance.axes().T + base
        return placed


@dataclass(frozen=True, eq=False)
class Truth:
    """What a perfect eye sees of one person.

    Attributes:
        world_m: (T, 33, 3) metres, world frame.
        camera_m: (T, 33, 3) metres, camera frame.
        picture_px: (T, 33, 2).
        inside: (T, 33) within the picture.
        clear: (T, 33) nothing but the own body before it.
        focal_px: of the camera.
    """

    world_m: Floats
    camera_m: Floats
    picture_px: Floats
    inside: Mask
    clear: Mask
    focal_px: float


def see(worlds: list[Floats], camera: Camera, blocks: tuple[Block, ...]) -> list[Truth]:
    """What the camera sees of people whose landmarks are `worlds` (T, 33, 3) each."""
    cameras = [camera.to_camera(world) for world in worlds]
    truths = []
    for index, (world, points) in enumerate(zip(worlds, cameras, strict=True)):
        picture = _near_picture(camera, points)
        x, y = picture[..., 0], picture[..., 1]
        inside = (x >= 0) & (y >= 0) & (x < camera.width_px) & (y < camera.height_px)
        inside &= points[..., 2] > _NEAR_M
        hidden = np.zeros(inside.shape, bool)
        for block in blocks:
            hidden |= block.hides(camera.origin, world)
        for other in (each for number, each in enumerate(cameras) if number != index):
            hidden |= _behind(points, other)
        truths.append(Truth(world, points, picture, inside, ~hidden, camera.focal_px))
    return truths


def outline(corners_m: Floats, camera: Camera) -> Floats:
    """(N, 2) px of a polygon (4, 3) of the world, without what is behind the camera; N may be 0."""
    corners = camera.to_camera(corners_m)
    shown: list[Floats] = []
    for index, corner in enumerate(corners):
        before = corners[index - 1]
        if (corner[2] < _NEAR_M) != (before[2] < _NEAR_M):
            shown.append(before + (corner - before) * (_NEAR_M - before[2]) / (corner[2] - before[2]))
        if corner[2] >= _NEAR_M:
            shown.append(corner)
    return camera.project(np.array(shown).reshape(-1, 3))


def _near_picture(camera: Camera, points: Floats) -> Floats:
    """(..., 2) px, at most a picture's size beyond its edges; networks guess no farther."""
    size = np.array([camera.width_px, camera.height_px], float)
    near = np.maximum(points, np.array([-np.inf, -np.inf, _NEAR_M]))
    clipped: Floats = np.clip(camera.project(near), -size, 2 * size)
    return clipped


_BONES: tuple[tuple[list[int], list[int], float], ...] = (
    ([11, 12], [23, 24], _TRUNK_M),
    ([0], [11, 12], _LEG_M),
    *(([hip], [hip + 2], _LEG_M) for hip in (23, 24, 25, 26)),  # thighs and shanks
)


def _behind(points: Floats, other: Floats) -> Mask:
    """(T, 33) whether trunk, head or legs of the other person (T, 33, 3) are before them; camera frame."""
    hidden = np.zeros(points.shape[:2], bool)
    rays = points / np.linalg.norm(points, axis=-1, keepdims=True)
    depth = np.linalg.norm(points, axis=-1)
    for first, second, thickness in _BONES:
        a, b = other[:, first].mean(axis=1), other[:, second].mean(axis=1)
        for share in (0.1, 0.4, 0.7, 1.0):
            ball = (a + share * (b - a))[:, None]
            along = (ball * rays).sum(axis=-1)
            aside = np.linalg.norm(ball - along[..., None] * rays, axis=-1)
            hidden |= (along > 0) & (along < depth - thickness) & (aside < thickness)
    return hidden
