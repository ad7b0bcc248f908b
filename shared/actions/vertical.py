"""Where up is at one place of the picture, as far as the camera's tilt tells."""

import math
from dataclasses import dataclass
from functools import cached_property

from shared.actions.geometry import Point


@dataclass(frozen=True)
class Vertical:
    """The vertical of the room, seen by a camera.

    Attributes:
        tilt_deg: of the camera below the horizontal; its world landmarks are turned by that.
        lean_deg: how far somebody upright leans in the picture, clockwise: the camera's roll and, towards the
            picture's edges, perspective.
        roll_deg: the part of the lean that is the camera's roll.
    """

    tilt_deg: float = 0.0
    lean_deg: float = 0.0
    roll_deg: float = 0.0

    def turn_deg(self, angle_deg: float) -> float:
        """A direction of the picture against the vertical there, -180 to 180."""
        return (angle_deg - self.lean_deg + 180) % 360 - 180

    @cached_property
    def _turns(self) -> tuple[float, float, float, float]:
        tilt, roll = math.radians(self.tilt_deg), math.radians(self.roll_deg)
        return math.cos(tilt), math.sin(tilt), math.cos(roll), math.sin(roll)

    def straighten(self, points: list[Point]) -> list[Point]:
        """Points (x, y down, z away from the camera) in the camera's axes, turned so that y is down in the
        room.
        """
        if self.tilt_deg == 0 and self.roll_deg == 0:
            return points
        cos_t, sin_t, cos_r, sin_r = self._turns
        turned: list[Point] = []
        for x, y, z in points:
            across, down = x * cos_r + y * sin_r, y * cos_r - x * sin_r
            turned.append((across, down * cos_t + z * sin_t, z * cos_t - down * sin_t))
        return turned


LEVEL = Vertical()
