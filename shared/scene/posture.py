"""Key postures of a body of stature 1 whose feet stand at the origin, facing x; y is its left, z up."""

from dataclasses import dataclass, replace
from math import cos, radians, sin

import numpy as np

from shared.scene.skeleton import ANKLE_HEIGHT, HIP_HEIGHT, POSITIONS, ROWS, Floats, Rows, frame

Vector = tuple[float, float, float]
Pair = tuple[Vector, Vector]  # left, right; or forward, up

_STANDING_HIP = HIP_HEIGHT * 0.985  # knees are never quite locked
_FOOT_HALF_APART = 0.055


def lean(pitch_deg: float, roll_deg: float = 0.0) -> Pair:
    """Forward and up of a trunk pitched forward, then rolled to its left."""
    p, r = radians(pitch_deg), radians(roll_deg)
    forward = (cos(p), 0.0, -sin(p))
    up = (sin(p), 0.0, cos(p))
    return (forward[0], forward[2] * -sin(r), forward[2] * cos(r)), (up[0], up[2] * sin(r), up[2] * cos(r))


def hang(pitch_deg: float, bend_deg: float = 12.0) -> tuple[Vector, Vector]:
    """Upper arm and forearm that hang down from a chest pitched forward so far, in the frame of the chest."""
    p, b = radians(pitch_deg), radians(pitch_deg + bend_deg)
    return (sin(p), 0.13, -cos(p)), (sin(b), 0.04, -cos(b))


_UPRIGHT, _LEVEL, _AT_SIDE = lean(2), lean(4), hang(0)


@dataclass(frozen=True)
class Posture:
    """What a key posture is made of.

    Attributes:
        pelvis: between the hip joints.
        hips: forward and up of the pelvis.
        chest: forward and up of the rib cage.
        head: forward and up of the head.
        left_arm: upper arm and forearm in the frame of the chest, y away from the body on either side.
        right_arm: likewise.
        ankles: of the left and the right foot.
        toes: which way they point.
        knees: which way they bend.
    """

    pelvis: Vector = (0.0, 0.0, _STANDING_HIP)
    hips: Pair = _UPRIGHT
    chest: Pair = _UPRIGHT
    head: Pair = _LEVEL
    left_arm: Pair = _AT_SIDE
    right_arm: Pair = _AT_SIDE
    ankles: Pair = ((0.0, _FOOT_HALF_APART, ANKLE_HEIGHT), (0.0, -_FOOT_HALF_APART, ANKLE_HEIGHT))
    toes: Pair = ((1.0, 0.12, 0.0), (1.0, -0.12, 0.0))
    knees: Pair = ((1.0, 0.08, 0.0), (1.0, -0.08, 0.0))

    def rows(self) -> Rows:
        """The posture as rows, arms turned from the chest's frame into the body's."""
        chest = frame(np.array(self.chest))
        left, right = np.array(self.left_arm), np.array(self.right_arm) * np.array([1.0, -1.0, 1.0])
        arms = np.stack([left[0], right[0], left[1], right[1]]) @ chest.T
        parts = ((self.pelvis,), self.ankles, self.toes, self.knees)
        rows = np.concatenate([np.array(p) for p in parts] + [arms, self.hips, self.chest, self.head])
        assert rows.shape == (ROWS, 3)
        return rows


@dataclass(frozen=True)
class Stance:
    """Where a body's own frame lies in the room: metres, and degrees from the x axis to the left."""

    x: float
    y: float
    yaw_deg: float

    def axes(self) -> Floats:
        """(3, 3) columns forward, left, up."""
        c, s = cos(radians(self.yaw_deg)), sin(radians(self.yaw_deg))
        return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])

    def ahead(self, forward_m: float, left_m: float = 0.0) -> "Stance":
        moved = self.axes() @ np.array([forward_m, left_m, 0.0])
        return replace(self, x=self.x + moved[0], y=self.y + moved[1])


def place(rows: Rows, stance: Stance, stature_m: float) -> Rows:
    """Scale a posture of stature 1 to a body and put it into the room."""
    placed = rows @ stance.axes().T
    placed[POSITIONS] = placed[POSITIONS] * stature_m + np.array([stance.x, stance.y, 0.0])
    return placed


def both(x: float, y: float, z: float) -> Pair:
    """The same on the left and, mirrored, on the right."""
    return (x, y, z), (x, -y, z)


STANDING = Posture()

BENDING = Posture(
    pelvis=(-0.10, 0.0, 0.47),
    hips=lean(48),
    chest=lean(88),
    head=lean(70),
    left_arm=hang(75, 15),
    right_arm=hang(80, 10),
)
SQUATTING = Posture(
    pelvis=(-0.135, 0.0, 0.235),
    hips=lean(22),
    chest=lean(38),
    head=lean(8),
    left_arm=((0.95, 0.15, -0.35), (0.95, 0.0, 0.05)),
    right_arm=((0.95, 0.15, -0.35), (0.95, 0.0, 0.05)),
    toes=both(1.0, 0.3, 0.0),
    knees=both(1.0, 0.4, 0.2),
)
HALF_SQUATTING = Posture(
    pelvis=(-0.09, 0.0, 0.40),
    hips=lean(22),
    chest=lean(34),
    head=lean(8),
    left_arm=((0.7, 0.15, -0.7), (0.9, 0.0, -0.2)),
    right_arm=((0.7, 0.15, -0.7), (0.9, 0.0, -0.2)),
    toes=both(1.0, 0.3, 0.0),
    knees=both(1.0, 0.3, 0.1),
)

SIT_BACK = 0.255  # from the ankles to the pelvis of somebody who sits, in statures
_LAP = ((0.42, 0.12, -0.9), (0.93, -0.12, -0.3))


def sitting(seat: float) -> Posture:
    """Upright on a seat so high (in statures), hands on the lap."""
    return Posture(
        pelvis=(-SIT_BACK, 0.0, seat + 0.068),
        hips=lean(-6),
        chest=lean(4),
        head=lean(6),
        left_arm=_LAP,
        right_arm=_LAP,
        knees=both(1.0, 0.10, 0.9),
    )


def rising(seat: float) -> Posture:
    """Between sitting and standing: bent forward above the feet."""
    return Posture(
        pelvis=(-0.165, 0.0, (seat + 0.068) * 0.45 + HIP_HEIGHT * 0.53),
        hips=lean(30),
        chest=lean(42),
        head=lean(16),
        left_arm=hang(25, 35),
        right_arm=hang(25, 35),
        knees=both(1.0, 0.10, 0.3),
    )


def sitting_turned_to_lie(surface: float) -> Posture:
    """On the edge of a bed: leaning to the right, the legs on their way up."""
    return Posture(
        pelvis=(-SIT_BACK - 0.01, 0.02, surface + 0.075),
        hips=((0.62, 0.45, 0.55), (-0.28, -0.62, 0.72)),
        chest=((0.62, 0.40, 0.60), (-0.30, -0.66, 0.68)),
        head=((0.60, 0.40, 0.60), (-0.22, -0.60, 0.78)),
        left_arm=_LAP,
        right_arm=((-0.35, 0.55, -0.75), (0.2, 0.5, -0.8)),
        ankles=((-0.06, 0.37, surface + 0.05), (-0.05, 0.27, surface + 0.0)),
        toes=both(0.7, 0.3, 0.8),
        knees=both(0.5, 0.1, 0.9),
    )


def lying_on_bed(surface: float) -> Posture:
    """Supine along the bed, the head to the right of where the body sat."""
    return Posture(
        pelvis=(-SIT_BACK - 0.03, 0.02, surface + 0.062),
        hips=((0.0, 0.0, 1.0), (0.0, -1.0, 0.0)),
        chest=((0.0, 0.05, 1.0), (0.0, -1.0, 0.06)),
        head=((0.0, 0.25, 1.0), (0.0, -1.0, 0.22)),
        left_arm=((0.05, 0.22, -1.0), (0.15, 0.03, -1.0)),
        right_arm=((0.10, 0.25, -1.0), (0.35, -0.25, -0.9)),
        ankles=((-SIT_BACK - 0.10, 0.495, surface + 0.035), (-SIT_BACK + 0.02, 0.500, surface + 0.035)),
        toes=((-0.25, 0.35, 0.9), (0.25, 0.35, 0.9)),
        knees=both(0.0, 0.0, 1.0),
    )
