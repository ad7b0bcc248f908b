"""Where the camera stands over the ground plane, and the boxes it sees of people."""

from dataclasses import dataclass
from math import atan2, cos, degrees, radians, sin, tan
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shared.scene.camera import Camera, Floats
from shared.scene.url import SceneSpec

Bools = NDArray[np.bool_]

SIZE_PX = (1920, 1080)
# Of a box, its occluder covers the whole height but only the trunk's share of the width: between arms and
# legs one sees through.
TRUNK = 0.8
_COLUMNS, _ROWS = 8, 12  # sample points of a box for its visible share
_HEAD_M = 1.7


@dataclass(frozen=True)
class Motion:
    """P places for people at T instants.

    Attributes:
        position_m: (T, P, 2) x and y on the ground.
        size_m: (T, P, 2) breadth and height that the camera sees.
        lift_m: (T, P) of the feet above the ground.
        present: (T, P) somebody is there.
        person: (T, P) int64 a number that changes when somebody else takes the place.
    """

    position_m: Floats
    size_m: Floats
    lift_m: Floats
    present: Bools
    person: NDArray[np.int64]


@dataclass(frozen=True)
class View:
    """A camera, and the stretch of ground from `near_m` to `far_m` that people use."""

    camera: Camera
    near_m: float
    far_m: float
    tilt_deg: float
    fov_deg: float

    @classmethod
    def over(cls, height_m: float, near_m: float, far_m: float, fov_deg: float) -> Self:
        """A camera `height_m` up, aimed halfway between the nearest feet and the farthest heads."""
        down = atan2(height_m, near_m)
        up = atan2(height_m - _HEAD_M, far_m)
        tilt_deg = degrees((down + up) / 2)
        spec = SceneSpec("empty", height_m=height_m, tilt_deg=tilt_deg, fov_deg=fov_deg, size_px=SIZE_PX)
        return cls(Camera.of(spec), near_m, far_m, tilt_deg, fov_deg)

    def half_breadth_m(self, distance_m: Floats) -> Floats:
        """How far to the side of the axis the ground is in the picture, at these y."""
        tilt = radians(self.tilt_deg)
        depth = distance_m * cos(tilt) + self.camera.origin[2] * sin(tilt)
        half: Floats = tan(radians(self.fov_deg) / 2) * depth
        return half

    def boxes(self, motion: Motion) -> tuple[Floats, Floats]:
        """(T, P, 4) boxes x0, y0, x1, y1 in px, not clipped, and (T, P) depths in m."""
        feet = np.concatenate([motion.position_m, motion.lift_m[..., None]], axis=2)
        heads = feet.copy()
        heads[..., 2] += motion.size_m[..., 1]
        low, high = self.camera.to_camera(feet), self.camera.to_camera(heads)
        depth = (low[..., 2] + high[..., 2]) / 2
        bottom, top = self.camera.project(low), self.camera.project(high)
        half = motion.size_m[..., 0] * self.camera.focal_px / np.maximum(depth, 0.1) / 2
        middle = (bottom[..., 0] + top[..., 0]) / 2
        boxes = np.stack([middle - half, top[..., 1], middle + half, bottom[..., 1]], axis=2)
        return boxes, depth


def visible_shares(boxes: Floats, depth: Floats) -> Floats:
    """(N,) share in [0, 1] of each box (N, 4) that no nearer person covers."""
    nearer = depth[None, :] < depth[:, None]
    trunks = _trunks(boxes)
    apart = (trunks[None, :, :2] >= boxes[:, None, 2:]) | (trunks[None, :, 2:] <= boxes[:, None, :2])
    hidden, hiding = np.nonzero(nearer & ~apart.any(axis=2))
    shares = np.ones(len(boxes))
    if not hidden.size:
        return shares
    box, trunk = boxes[hidden], trunks[hiding]
    across = _between(box[:, 0::2], trunk[:, 0::2], _COLUMNS)
    down = _between(box[:, 1::2], trunk[:, 1::2], _ROWS)
    first = np.flatnonzero(np.diff(hidden, prepend=-1))
    covered = np.logical_or.reduceat(down[:, :, None] & across[:, None, :], first)
    shares[hidden[first]] = 1 - covered.mean(axis=(1, 2))
    return shares


def _trunks(boxes: Floats) -> Floats:
    trunks = boxes.copy()
    margin = (boxes[:, 2] - boxes[:, 0]) * (1 - TRUNK) / 2
    trunks[:, 0] += margin
    trunks[:, 2] -= margin
    return trunks


def _between(interval: Floats, cover: Floats, samples: int) -> Bools:
    """(K, samples) whether points spread over each interval (K, 2) lie within its cover (K, 2)."""
    at = (np.arange(samples) + 0.5) / samples
    points = interval[:, :1] + at * (interval[:, 1:] - interval[:, :1])
    return np.asarray((points >= cover[:, :1]) & (points < cover[:, 1:]), np.bool_)
