"""What one picture says about a body, in metres of its own scale and degrees; NaN where it cannot be seen."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.messages import Person
from shared.rules.moment import Features
from shared.vision.bodies import body_of, pixels_per_metre
from shared.vision.skeletons.coco import COCO17
from shared.vision.skeletons.skeleton import both_sides

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# A landmark below this visibility is a guess of the model: it takes no part.
VISIBLE = 0.5
_NOSE = COCO17.index["nose"]
_SHOULDERS, _HIPS, _KNEES, _ANKLES = (
    COCO17.places(both_sides(joint)) for joint in ("shoulder", "hip", "knee", "ankle")
)
_DOWN = np.array([0.0, 1.0, 0.0])
_AXIS = [_NOSE, *_SHOULDERS, *_HIPS, *_KNEES, *_ANKLES]


@dataclass(frozen=True)
class Landmarks:
    """The visible landmarks of a person as COCO's 17 keypoints, NaN where not visible.

    Attributes:
        picture: (17, 2) px.
        world: (17, 3) metres with y down; None from a model that knows only the picture.
    """

    picture: Floats
    world: Floats | None


def landmarks(person: Person) -> Landmarks | None:
    """The person's visible landmarks; None without a pose, or where shoulders or hips are hidden.

    A body without both cannot be told from furniture, so every rule abstains.
    """
    body = body_of(person)
    if body is None:
        return None
    hidden = ~(body.points[:, 3] >= VISIBLE)
    picture = _without(hidden, body.points[:, :2])
    if any(np.isnan(_mean(picture, joints)).any() for joints in (_SHOULDERS, _HIPS)):
        return None
    return Landmarks(picture, None if body.world is None else _without(hidden, body.world))


def scale_px_m(seen: Landmarks) -> float:
    """Pixels in a metre at this body, whatever its posture; NaN where too little of it is visible.

    The world landmarks are the same body in metres, seen along the same axis, so the ratio of the two spreads
    is the scale and foreshortening cancels. Without them: that of the longest segment of the body.
    """
    if seen.world is None:
        return pixels_per_metre(seen.picture)
    picture, world = seen.picture[_AXIS], seen.world[_AXIS, :2]
    known = ~np.isnan(picture[:, 0]) & ~np.isnan(world[:, 0])
    if known.sum() < 4:
        return pixels_per_metre(seen.picture)
    spread_px = np.square(picture[known] - picture[known].mean(axis=0)).sum()
    spread_m = np.square(world[known] - world[known].mean(axis=0)).sum()
    return math.sqrt(spread_px / spread_m) if spread_m > 0 else math.nan


def measure(seen: Landmarks, scale: float) -> Features:
    """The features of a body whose `scale` (px/m, > 0) is known."""
    picture = seen.picture
    space = _lifted(picture) if seen.world is None else seen.world
    shoulder, hip = _mean(picture, _SHOULDERS), _mean(picture, _HIPS)
    ankle_y, foot = _lowest(picture, _ANKLES), _mean(picture, _ANKLES)
    return Features(
        hip_y_px=float(hip[1]),
        scale_px_m=scale,
        rise_m=float(hip[1] - shoulder[1]) / scale,
        hip_m=float(ankle_y - hip[1]) / scale,
        head_m=float(ankle_y - picture[_NOSE, 1]) / scale,
        aspect=_aspect(picture[_AXIS]),
        thigh_deg=_thigh_deg(space),
        knee_deg=_knee_deg(space),
        torso_deg=math.degrees(math.atan2(abs(shoulder[0] - hip[0]), hip[1] - shoulder[1])),
        hip_x_px=float(hip[0]),
        foot_x_px=float(foot[0]),
        foot_y_px=float(foot[1]),
    )


def _lifted(picture: Floats) -> Floats:
    """(17, 3) px: legs as they may stand in space, from the picture (17, 2) alone.

    An adult's thighs and shanks are of one length. So thighs that look shorter than the longer of both point
    out of the picture by what is missing, taken as towards the camera, as of who sits and faces it; shanks
    stay in the plane of the picture. Where thighs point out of it by more than 45 degrees, the bend of the
    knees cannot be told (ankles NaN): whether the feet are in front of the body or under it does not show.
    """
    thighs, shanks = picture[_KNEES] - picture[_HIPS], picture[_ANKLES] - picture[_KNEES]
    looks = np.linalg.norm(thighs, axis=1)
    length = np.fmax(_known_mean(looks), _known_mean(np.linalg.norm(shanks, axis=1)))
    depth = np.sqrt(np.maximum(length**2 - looks**2, 0))
    space = np.column_stack([picture, np.zeros(len(picture))])
    space[_KNEES, 2] = -depth
    space[_ANKLES, 2] = np.where(depth > looks, np.nan, -depth)
    return space


def _without(hidden: NDArray[np.bool_], points: NDArray[np.floating]) -> Floats:
    return np.where(hidden[:, None], np.nan, points.astype(np.float64))


def _known_mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def _present(points: Floats, joints: Indices) -> Floats:
    chosen = points[joints]
    return np.asarray(chosen[~np.isnan(chosen[:, 0])], np.float64)


def _mean(points: Floats, joints: Indices) -> Floats:
    present = _present(points, joints)
    return present.mean(axis=0) if len(present) else np.full(points.shape[1], np.nan)


def _lowest(points: Floats, joints: Indices) -> float:
    present = _present(points, joints)
    return float(present[:, 1].max()) if len(present) else math.nan


def _aspect(points: Floats) -> float:
    present = points[~np.isnan(points[:, 0])]
    width, height = present.max(axis=0) - present.min(axis=0)
    return float(width / height) if height > 0 else math.nan


def _thigh_deg(world: Floats) -> float:
    thighs = world[_KNEES] - world[_HIPS]
    lengths = np.linalg.norm(thighs, axis=1)
    known = lengths > 0  # False for NaN as well
    if not known.any():
        return math.nan
    return _between_deg((thighs[known] / lengths[known, None]).mean(axis=0), _DOWN)


def _knee_deg(world: Floats) -> float:
    bends = [
        _between_deg(world[knee] - world[hip], world[ankle] - world[knee])
        for hip, knee, ankle in zip(_HIPS, _KNEES, _ANKLES, strict=True)
    ]
    known = [bend for bend in bends if not math.isnan(bend)]
    return sum(known) / len(known) if known else math.nan


def _between_deg(first: Floats, second: Floats) -> float:
    """The angle between two directions, 0 to 180; NaN where one is unknown or has no length."""
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    if not lengths > 0:
        return math.nan
    return math.degrees(math.acos(max(-1.0, min(1.0, float(first @ second) / lengths))))
