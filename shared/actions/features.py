"""What one picture says about a body, in metres of its own scale and degrees; NaN where it cannot be seen.

Plain numbers, not arrays: a body is 17 points, and for so few numpy's calls cost more than the sums.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.actions.geometry import (
    Point,
    bend_deg,
    between_deg,
    direction,
    largest,
    mean,
    middle,
    minus,
    symmetry,
)
from shared.actions.vertical import LEVEL, Vertical
from shared.messages import Person
from shared.rules.moment import Features
from shared.vision.bodies import body_of, pixels_per_metre
from shared.vision.skeletons.coco import COCO17
from shared.vision.skeletons.skeleton import both_sides

Floats = NDArray[np.float64]

# A landmark below this visibility is a guess of the model: it takes no part.
VISIBLE = 0.5
_NOSE = COCO17.index["nose"]
_SHOULDERS, _ELBOWS, _WRISTS, HIPS, _KNEES, _ANKLES = (
    tuple(COCO17.index[name] for name in both_sides(joint))
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
)
_DOWN: Point = (0.0, 1.0, 0.0)
_AXIS = (_NOSE, *_SHOULDERS, *HIPS, *_KNEES, *_ANKLES)
AXIS = np.array(_AXIS)  # head, trunk and legs: what tells where and how high a body is, without its arms
_LEAST_BREADTH_M = 0.05  # hips nearer to each other than this do not tell where the front of a body is


@dataclass(frozen=True)
class Landmarks:
    """The visible landmarks of a person as COCO's 17 keypoints, NaN where not visible.

    Attributes:
        picture: (17, 2) px.
        world: (17, 3) metres with y down; None from a model that knows only the picture.
        presence: mean presence of shoulders and hips, 0 to 1; NaN from a model that does not tell it.
    """

    picture: Floats
    world: Floats | None
    presence: float = math.nan


def landmarks(person: Person) -> Landmarks | None:
    """The person's visible landmarks; None without a pose, or where shoulders or hips are hidden.

    A body without both cannot be told from furniture, so every rule abstains.
    """
    body = body_of(person)
    if body is None:
        return None
    hidden = ~(body.points[:, 3] >= VISIBLE)
    if hidden[[*_SHOULDERS]].all() or hidden[[*HIPS]].all():
        return None
    presence = mean(body.points[[*_SHOULDERS, *HIPS], 4].tolist())
    world = None if body.world is None else _without(hidden, body.world)
    seen = Landmarks(_without(hidden, body.points[:, :2]), world, presence)
    trunk = middle(seen.picture.tolist(), _SHOULDERS), middle(seen.picture.tolist(), HIPS)
    return None if any(math.isnan(point[0]) for point in trunk) else seen


def scale_px_m(seen: Landmarks) -> float:
    """Pixels in a metre at this body, whatever its posture; NaN where too little of it is visible.

    The world landmarks are the same body in metres, seen along the same axis, so the ratio of the two spreads
    is the scale and foreshortening cancels. Without them: that of the longest segment of the body.
    """
    if seen.world is None:
        return pixels_per_metre(seen.picture)
    picture, world = seen.picture[AXIS], seen.world[AXIS, :2]
    known = ~np.isnan(picture[:, 0]) & ~np.isnan(world[:, 0])
    if known.sum() < 4:
        return pixels_per_metre(seen.picture)
    spread_px = np.square(picture[known] - picture[known].mean(axis=0)).sum()
    spread_m = np.square(world[known] - world[known].mean(axis=0)).sum()
    return math.sqrt(spread_px / spread_m) if spread_m > 0 else math.nan


def measure(seen: Landmarks, scale: float, vertical: Vertical = LEVEL) -> Features:
    """The features of a body whose `scale` (px/m, > 0) is known; not those that need a standing height.

    Args:
        seen: the body.
        scale: px in a metre.
        vertical: where up is at this body, as far as the camera's tilt is known.
    """
    picture: list[Point] = seen.picture.tolist()
    space: list[Point] = _lifted(picture) if seen.world is None else vertical.straighten(seen.world.tolist())
    shoulder, hip, foot = (middle(picture, joint) for joint in (_SHOULDERS, HIPS, _ANKLES))
    ankle_y = largest(picture[place][1] for place in _ANKLES)
    trunk_deg = math.degrees(math.atan2(shoulder[0] - hip[0], hip[1] - shoulder[1]))
    wrists = [(picture[s][1] - picture[w][1]) / scale for s, w in zip(_SHOULDERS, _WRISTS, strict=True)]
    return Features(
        hip_y_px=hip[1],
        scale_px_m=scale,
        rise_m=(hip[1] - shoulder[1]) / scale,
        hip_m=(ankle_y - hip[1]) / scale,
        head_m=(ankle_y - picture[_NOSE][1]) / scale,
        aspect=_aspect(picture),
        thigh_deg=_thigh_deg(space),
        torso_deg=abs(vertical.turn_deg(trunk_deg)),
        torso_space_deg=math.nan if seen.world is None else _trunk_deg(space),
        thigh_picture_deg=_thigh_deg([(x, y, 0.0) for x, y in picture]),
        **_bent(space),
        wrist_left_m=wrists[0],
        wrist_right_m=wrists[1],
        knees_m=(ankle_y - mean([picture[place][1] for place in _KNEES])) / scale,
        step_m=math.nan if seen.world is None else _step_m(space),
        presence=seen.presence,
        hip_x_px=hip[0],
        foot_x_px=foot[0],
        foot_y_px=foot[1],
    )


def _bent(space: list[Point]) -> dict[str, float]:
    """How the joints are bent, by the names of the features."""
    elbows = _bends(space, _SHOULDERS, _ELBOWS, _WRISTS)
    knees = _bends(space, HIPS, _KNEES, _ANKLES)
    hips = _bends(space, _SHOULDERS, HIPS, _KNEES)
    return {
        "knee_deg": mean(knees),
        "elbow_left_deg": elbows[0],
        "elbow_right_deg": elbows[1],
        "knee_left_deg": knees[0],
        "knee_right_deg": knees[1],
        "hip_left_deg": hips[0],
        "hip_right_deg": hips[1],
        "symmetry": symmetry((elbows, knees, hips)),
    }


def _lifted(picture: list[Point]) -> list[Point]:
    """(17, 3) px: legs as they may stand in space, from the picture (17, 2) alone.

    An adult's thighs and shanks are of one length. So thighs that look shorter than the longer of both point
    out of the picture by what is missing, taken as towards the camera, as of who sits and faces it; shanks
    stay in the plane of the picture. Where thighs point out of it by more than 45 degrees, the bend of the
    knees cannot be told (ankles NaN): whether the feet are in front of the body or under it does not show.
    """
    thighs = [math.dist(picture[hip], picture[knee]) for hip, knee in zip(HIPS, _KNEES, strict=True)]
    shanks = [math.dist(picture[knee], picture[ankle]) for knee, ankle in zip(_KNEES, _ANKLES, strict=True)]
    length = largest((mean(thighs), mean(shanks)))
    space: list[Point] = [(x, y, 0.0) for x, y in picture]
    for looks, knee, ankle in zip(thighs, _KNEES, _ANKLES, strict=True):
        depth = math.sqrt(length**2 - looks**2) if length > looks else 0.0 * looks
        space[knee] = (*picture[knee][:2], -depth)
        space[ankle] = (*picture[ankle][:2], math.nan if depth > looks else -depth)
    return space


def _without(hidden: NDArray[np.bool_], points: NDArray[np.floating]) -> Floats:
    found = points.astype(np.float64)
    found[hidden] = np.nan
    return found


def _aspect(picture: list[Point]) -> float:
    known = [picture[place] for place in _AXIS if not math.isnan(picture[place][0])]
    xs, ys = [point[0] for point in known], [point[1] for point in known]
    height = max(ys) - min(ys)
    return (max(xs) - min(xs)) / height if height > 0 else math.nan


def _bends(
    space: list[Point], first: tuple[int, ...], second: tuple[int, ...], third: tuple[int, ...]
) -> list[float]:
    """Of the joints `second`, left and right: 0 where the three are in line."""
    return [bend_deg(space[a], space[b], space[c]) for a, b, c in zip(first, second, third, strict=True)]


def _thigh_deg(space: list[Point]) -> float:
    thighs = [direction(minus(space[k], space[h])) for h, k in zip(HIPS, _KNEES, strict=True)]
    down = middle(thighs, (0, 1))
    return between_deg(down, _DOWN)


def _trunk_deg(space: list[Point]) -> float:
    return between_deg(minus(middle(space, HIPS), middle(space, _SHOULDERS)), _DOWN)


def _step_m(space: list[Point]) -> float:
    """How far the left ankle is before the right one, along the body's front."""
    left, right = space[HIPS[0]], space[HIPS[1]]
    across, along = left[0] - right[0], left[2] - right[2]
    breadth = math.hypot(across, along)
    if not breadth > _LEAST_BREADTH_M:
        return math.nan
    apart = minus(space[_ANKLES[0]], space[_ANKLES[1]])
    return (along * apart[0] - across * apart[2]) / breadth
