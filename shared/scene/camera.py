"""A pinhole camera above the origin of the room."""

from dataclasses import dataclass
from math import atan2, cos, radians, sin, tan
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shared.scene.url import SceneSpec

Floats = NDArray[np.float64]

_AIM_DISTANCE_M, _AIM_HEIGHT_M = 4.0, 0.8


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and how it maps metres to pixels.

    Attributes:
        origin: (3,) world position in metres.
        rotation: (3, 3) world to camera frame.
        focal_px: focal length.
        width_px: of the picture; the principal point is its centre.
        height_px: of the picture.
    """

    origin: Floats
    rotation: Floats
    focal_px: float
    width_px: int
    height_px: int

    @classmethod
    def of(cls, spec: SceneSpec) -> Self:
        tilt = (
            atan2(spec.height_m - _AIM_HEIGHT_M, _AIM_DISTANCE_M)
            if spec.tilt_deg is None
            else radians(spec.tilt_deg)
        )
        rotation = np.array([[1, 0, 0], [0, -sin(tilt), -cos(tilt)], [0, cos(tilt), -sin(tilt)]])
        width, height = spec.size_px
        focal = width / 2 / tan(radians(spec.fov_deg) / 2)
        return cls(np.array([0.0, 0.0, spec.height_m]), rotation, focal, width, height)

    def to_camera(self, world_m: Floats) -> Floats:
        """(..., 3) world metres to (..., 3) camera metres."""
        moved: Floats = (world_m - self.origin) @ self.rotation.T
        return moved

    def project(self, camera_m: Floats) -> Floats:
        """(..., 3) camera metres to (..., 2) pixels; a point behind the camera has no picture (NaN)."""
        depth = camera_m[..., 2:]
        plane: Floats = np.where(depth > 0, camera_m[..., :2] / np.where(depth > 0, depth, 1.0), np.nan)
        pixels: Floats = plane * self.focal_px + np.array([self.width_px, self.height_px]) / 2
        return pixels

    def columns(self) -> Floats:
        """(W,) x of each pixel centre on the plane at depth 1."""
        x: Floats = (np.arange(self.width_px, dtype=np.float64) + 0.5 - self.width_px / 2) / self.focal_px
        return x

    def rows(self) -> Floats:
        """(H,) y of each pixel centre on the plane at depth 1."""
        y: Floats = (np.arange(self.height_px, dtype=np.float64) + 0.5 - self.height_px / 2) / self.focal_px
        return y

    def floor_to_picture(self) -> Floats:
        """(3, 3) homography from (x, y) metres on the floor to pixels."""
        plane = np.column_stack([self.rotation[:, 0], self.rotation[:, 1], -self.rotation @ self.origin])
        f, w, h = self.focal_px, self.width_px, self.height_px
        matrix: Floats = np.array([[f, 0, w / 2], [0, f, h / 2], [0, 0, 1]]) @ plane
        return matrix
