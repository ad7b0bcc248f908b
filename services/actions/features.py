"""What one picture says about a body, in metres of its own scale and degrees; NaN where it cannot be seen."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.messages import Person
from shared.vision import skeletons as body

Floats = NDArray[np.float64]

# A landmark below this visibility is a guess of the model: it takes no part.
VISIBLE = 0.5
# Lengths of an average adult in the model's own metres (its skeleton stands about 1.5 m tall between nose and
# ankles). Source: medians of the model's world landmarks on standing people; the fallback without them.
_SEGMENTS_M = (
    (body.LEFT_SHOULDER, body.LEFT_HIP, 0.47),
    (body.RIGHT_SHOULDER, body.RIGHT_HIP, 0.47),
    (body.LEFT_HIP, body.LEFT_KNEE, 0.37),
    (body.RIGHT_HIP, body.RIGHT_KNEE, 0.37),
    (body.LEFT_KNEE, body.LEFT_ANKLE, 0.37),
    (body.RIGHT_KNEE, body.RIGHT_ANKLE, 0.37),
)
_SHOULDERS = (body.LEFT_SHOULDER, body.RIGHT_SHOULDER)
_HIPS = (body.LEFT_HIP, body.RIGHT_HIP)
_KNEES = (body.LEFT_KNEE, body.RIGHT_KNEE)
_ANKLES = (body.LEFT_ANKLE, body.RIGHT_ANKLE)
_DOWN = np.array([0.0, 1.0, 0.0])
_AXIS = (body.NOSE, *_SHOULDERS, *_HIPS, *_KNEES, *_ANKLES)


@dataclass(frozen=True)
class Landmarks:
    """The visible landmarks of a person: (33, 2) px and (33, 3) metres with y down, NaN where not visible."""

    picture: Floats
    world: Floats


@dataclass(frozen=True)
class Features:
    """One body in one picture. Heights are along the picture's vertical; metres are px over the scale.

    Attributes:
        hip_y_px: middle of the hips, downwards.
        scale_px_m: pixels in a metre at this body.
        rise_m: shoulders over hips; 0.45 upright, 0 lying, less head down. A trunk that points to or from
            the camera is foreshortened and so counts as far from upright as it looks.
        hip_m: hips over the lower ankle; 0.75 standing, 0.45 on a chair, below 0.2 on the floor.
        head_m: nose over the lower ankle; 1.4 standing, 1.0 on a chair, below 0.4 lying.
        aspect: width over height of head, trunk and legs (arms aside); 0.3 standing, above 2 lying across.
        thigh_deg: the mean direction of the thighs against straight down, in space; 0 standing, 90 on a
            chair. The mean, since walking swings one thigh forwards and the other backwards.
        knee_deg: mean bend of the knees, in space; 0 straight, 90 on a chair, above 120 crouching.
        torso_deg: trunk against straight up, in the picture, 0 to 180.
    """

    hip_y_px: float
    scale_px_m: float
    rise_m: float
    hip_m: float
    head_m: float
    aspect: float
    thigh_deg: float
    knee_deg: float
    torso_deg: float


def landmarks(person: Person) -> Landmarks | None:
    """The person's visible landmarks; None without a 33-point pose, or where shoulders or hips are hidden.

    A body without both cannot be told from furniture, so every rule abstains.
    """
    if person.keypoints is None or person.skeleton != body.BLAZEPOSE33:
        return None
    keypoints = person.keypoints.numpy().astype(np.float64)
    hidden = ~(keypoints[:, 3] >= VISIBLE)
    picture = keypoints[:, :2].copy()
    picture[hidden] = np.nan
    world = np.full((len(picture), 3), np.nan)
    if person.world is not None:
        world = person.world.numpy().astype(np.float64)
        world[hidden] = np.nan
    if any(np.isnan(_mean(picture, joints)).any() for joints in (_SHOULDERS, _HIPS)):
        return None
    return Landmarks(picture, world)


def scale_px_m(seen: Landmarks) -> float:
    """Pixels in a metre at this body, whatever its posture; NaN where too little of it is visible.

    The world landmarks are the same body in metres, seen along the same axis, so the ratio of the two spreads
    is the scale and foreshortening cancels. Without them: the longest of the trunk and leg segments relative
    to an adult's, since foreshortening only ever shortens.
    """
    joints = list(_AXIS)
    picture, world = seen.picture[joints], seen.world[joints, :2]
    known = ~np.isnan(picture[:, 0]) & ~np.isnan(world[:, 0])
    if known.sum() >= 4:
        spread_px = np.square(picture[known] - picture[known].mean(axis=0)).sum()
        spread_m = np.square(world[known] - world[known].mean(axis=0)).sum()
        return math.sqrt(spread_px / spread_m) if spread_m > 0 else math.nan
    lengths = [math.dist(seen.picture[a], seen.picture[b]) / metres for a, b, metres in _SEGMENTS_M]
    present = [length for length in lengths if not math.isnan(length)]
    return max(present, default=math.nan) or math.nan


def measure(seen: Landmarks, scale: float) -> Features:
    """The features of a body whose `scale` (px/m, > 0) is known."""
    picture = seen.picture
    shoulder, hip = _mean(picture, _SHOULDERS), _mean(picture, _HIPS)
    ankle_y = _lowest(picture, _ANKLES)
    return Features(
        hip_y_px=float(hip[1]),
        scale_px_m=scale,
        rise_m=float(hip[1] - shoulder[1]) / scale,
        hip_m=float(ankle_y - hip[1]) / scale,
        head_m=float(ankle_y - picture[body.NOSE, 1]) / scale,
        aspect=_aspect(picture[list(_AXIS)]),
        thigh_deg=_thigh_deg(seen.world),
        knee_deg=_knee_deg(seen.world),
        torso_deg=math.degrees(math.atan2(abs(shoulder[0] - hip[0]), hip[1] - shoulder[1])),
    )


def _present(points: Floats, joints: tuple[int, ...]) -> Floats:
    chosen = points[list(joints)]
    return np.asarray(chosen[~np.isnan(chosen[:, 0])], np.float64)


def _mean(points: Floats, joints: tuple[int, ...]) -> Floats:
    present = _present(points, joints)
    return present.mean(axis=0) if len(present) else np.full(points.shape[1], np.nan)


def _lowest(points: Floats, joints: tuple[int, ...]) -> float:
    present = _present(points, joints)
    return float(present[:, 1].max()) if len(present) else math.nan


def _aspect(points: Floats) -> float:
    present = points[~np.isnan(points[:, 0])]
    width, height = present.max(axis=0) - present.min(axis=0)
    return float(width / height) if height > 0 else math.nan


def _thigh_deg(world: Floats) -> float:
    thighs = world[list(_KNEES)] - world[list(_HIPS)]
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
