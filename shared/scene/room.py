"""The room and its furniture: drawn once, with the depth that hides people behind it."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.scene.camera import Camera
from shared.scene.posture import Stance
from shared.scene.quadric import Depth, Floats

Image = NDArray[np.uint8]

WIDTH_M, LENGTH_M, HEIGHT_M = 6.4, 6.0, 2.6
SEAT_M, BED_M = 0.45, 0.50
CHAIR = Stance(1.25, 4.35, -112.0)  # middle of the seat, and where it faces
BED = Stance(-0.95, 5.25, -90.0)  # middle of the mattress, and the side one gets in
BED_LENGTH_M, BED_WIDTH_M = 2.05, 0.95
BED_EDGE_M = 0.10  # from the edge of the mattress to the ankles of somebody who sits on it

_LIGHT = np.array([-0.45, -0.62, 0.64])


@dataclass(frozen=True)
class Block:
    """A box that stands in the room: middle and half sizes in its own frame, metres."""

    stance: Stance
    middle: tuple[float, float, float]
    half: tuple[float, float, float]
    colour: tuple[int, int, int]


@dataclass(frozen=True)
class Room:
    """What the camera sees of the empty room.

    Attributes:
        picture: (H, W, 3) BGR.
        depth: (H, W) metres along the optical axis.
        floor: (H, W), where the floor is seen.
    """

    picture: Image
    depth: Depth
    floor: NDArray[np.bool_]

    @classmethod
    def of(cls, camera: Camera, generator: np.random.Generator) -> Self:
        """Render it; the generator chooses its colours."""
        x, y = np.meshgrid(camera.columns(), camera.rows())
        rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ camera.rotation
        depth, colour = _shell(camera.origin, rays, generator)
        floor_depth = depth.copy()
        for block in _furniture(generator):
            _draw(block, camera.origin, rays, depth, colour)
        floor = (depth == floor_depth) & (np.abs(camera.origin[2] + depth * rays[..., 2]) < 1e-6)
        picture = np.clip(colour, 0, 255).astype(np.uint8)
        return cls(picture, depth.astype(np.float32), floor)


def _shell(origin: Floats, rays: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Depth and colours of floor, ceiling and walls."""
    half = WIDTH_M / 2
    walls = (
        ((2, 0.0), _floor),
        ((2, HEIGHT_M), _ceiling),
        ((1, LENGTH_M), _back),
        ((0, -half), _side),
        ((0, half), _side),
    )
    tone = np.array(_WALLS[generator.integers(len(_WALLS))], float)
    wood = np.array(_FLOORS[generator.integers(len(_FLOORS))], float)
    depth, colour = np.full(rays.shape[:2], np.inf), np.zeros(rays.shape)
    for (axis, at), paint in walls:
        with np.errstate(divide="ignore"):
            t = (at - origin[axis]) / rays[..., axis]
        hit = (t > 1e-6) & (t < depth)
        points = origin + t[hit][:, None] * rays[hit]
        depth[hit] = t[hit]
        colour[hit] = paint(points, wood if paint is _floor else tone)
    return depth, colour


_WALLS = ((190, 205, 210), (205, 205, 195), (185, 200, 190), (200, 190, 195))
_FLOORS = ((105, 140, 175), (90, 115, 145), (120, 140, 155), (130, 160, 185))
_BEDDING = ((205, 190, 170), (200, 205, 225), (190, 215, 200))
_CHAIRS = ((50, 80, 130), (110, 75, 45), (70, 70, 75))


def _floor(points: Floats, tone: Floats) -> Floats:
    """Planks along the room, each a little different."""
    plank = np.floor(points[:, 0] / 0.16)
    board = np.floor(points[:, 1] / 1.3 + 0.37 * plank)
    grain = np.modf(np.abs(np.sin(plank * 12.9898 + board * 78.233)) * 43758.5453)[0]
    gap = np.abs(np.modf(points[:, 0] / 0.16 + 100)[0] - 0.5) > 0.47
    far = 1.06 - 0.03 * points[:, 1]
    return tone * ((0.92 + 0.10 * grain) * np.where(gap, 0.82, 1.0) * far)[:, None]


def _ceiling(points: Floats, tone: Floats) -> Floats:
    return np.minimum(tone * 1.08, 245) * np.ones((len(points), 1))


def _side(points: Floats, tone: Floats) -> Floats:
    return _skirting(points, tone * (0.80 + 0.04 * points[:, 2:]))


def _back(points: Floats, tone: Floats) -> Floats:
    """A wall with a window and a picture."""
    colour = _skirting(points, tone * (0.90 + 0.04 * points[:, 2:]))
    x, z = points[:, 0], points[:, 2]
    for middle, half, frame_m, inside in (
        ((-1.6, 1.65), (0.6, 0.5), 0.06, (250, 240, 225)),
        ((1.5, 1.6), (0.35, 0.25), 0.03, (150, 130, 90)),
    ):
        dx, dz = np.abs(x - middle[0]) - half[0], np.abs(z - middle[1]) - half[1]
        edge = np.maximum(dx, dz)
        colour[edge < frame_m] = (225, 228, 230) if frame_m > 0.05 else (60, 80, 110)
        colour[edge < 0] = inside
    return colour


def _skirting(points: Floats, colour: Floats) -> Floats:
    colour[points[:, 2] < 0.08] = (225, 228, 228)
    return colour


def _furniture(generator: np.random.Generator) -> list[Block]:
    wood = _CHAIRS[generator.integers(len(_CHAIRS))]
    cloth = _BEDDING[generator.integers(len(_BEDDING))]
    seat = [
        Block(CHAIR, (0.0, 0.0, SEAT_M - 0.025), (0.22, 0.22, 0.025), wood),
        Block(CHAIR, (-0.23, 0.0, 0.72), (0.02, 0.21, 0.22), wood),
    ]
    legs = [
        Block(CHAIR, (x, y, SEAT_M / 2), (0.018, 0.018, SEAT_M / 2), wood)
        for x in (-0.2, 0.2)
        for y in (-0.2, 0.2)
    ]
    posts = [Block(CHAIR, (-0.23, y, 0.6), (0.018, 0.018, 0.2), wood) for y in (-0.19, 0.19)]
    length, width = BED_LENGTH_M / 2, BED_WIDTH_M / 2
    bed = [
        Block(BED, (0.0, 0.0, 0.15), (width + 0.02, length + 0.02, 0.10), (60, 85, 115)),
        Block(BED, (0.0, 0.0, 0.375), (width, length, 0.125), cloth),
        Block(BED, (0.0, -length - 0.03, 0.45), (width + 0.02, 0.03, 0.45), (60, 85, 115)),
        Block(BED, (0.0, -length + 0.25, BED_M + 0.02), (0.28, 0.2, 0.03), (225, 228, 230)),
    ]
    return seat + legs + posts + bed


def _draw(block: Block, origin: Floats, rays: Floats, depth: Floats, colour: Floats) -> None:
    axes = block.stance.axes()
    corner = np.array([block.stance.x, block.stance.y, 0.0])
    start = (origin - corner) @ axes - np.array(block.middle)
    ways = rays @ axes
    half = np.array(block.half)
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (-half - start) / ways, (half - start) / ways
    entry = np.minimum(first, second)
    face = entry.argmax(-1)
    near = entry.max(-1)
    hit = (near < np.maximum(first, second).min(-1)) & (near > 0) & (near < depth)
    depth[hit] = near[hit]
    side = face[hit]
    outward = np.sign(-np.take_along_axis(ways[hit], side[:, None], 1)[:, 0])
    lit = 0.62 + 0.42 * np.maximum(outward * (_LIGHT @ axes)[side], 0)
    colour[hit] = np.array(block.colour) * lit[:, None]


SHADOW_CELL_M, SHADOW_HALF_M = 0.03, 1.3


def cast_shadow(room: Room, camera: Camera, segments: Floats, picture: Image) -> None:
    """Darken the floor under a body, softly; `segments` (N, 2, 3) metres are its bones."""
    middle = segments[..., :2].mean((0, 1))
    cells = round(2 * SHADOW_HALF_M / SHADOW_CELL_M)
    shadow = np.zeros((cells, cells), np.uint8)
    shifted = segments[..., :2] + segments[..., 2:] * -_LIGHT[:2] / _LIGHT[2] * 0.25
    ends = ((shifted - middle + SHADOW_HALF_M) / SHADOW_CELL_M * 16).round().astype(np.int64)
    for a, b in ends:
        cv2.line(shadow, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), 255, 5, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(shadow, (0, 0), 3.0)
    to_floor = np.array(
        [
            [SHADOW_CELL_M, 0, middle[0] - SHADOW_HALF_M],
            [0, SHADOW_CELL_M, middle[1] - SHADOW_HALF_M],
            [0, 0, 1],
        ]
    )
    matrix = camera.floor_to_picture() @ to_floor
    corners = matrix @ np.array([[0, cells, cells, 0], [0, 0, cells, cells], [1, 1, 1, 1]], float)
    if (corners[2] < 0.2).any():  # partly behind the camera: its shadow is not in the picture
        return
    low = np.clip(np.floor((corners[:2] / corners[2]).min(1)), 0, (camera.width_px, camera.height_px)).astype(
        int
    )
    high = np.clip(np.ceil((corners[:2] / corners[2]).max(1)), 0, (camera.width_px, camera.height_px)).astype(
        int
    )
    if (high <= low).any():
        return
    moved = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ matrix
    dark = cv2.warpPerspective(soft, moved, (int(high[0] - low[0]), int(high[1] - low[1])))
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    dark[~room.floor[part]] = 0
    keep = cv2.cvtColor((255 - 0.5 * dark).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    picture[part] = cv2.multiply(picture[part], keep, scale=1 / 255)
