"""Stick figures that move as told, seen by a camera: exact landmarks for the tracker and the rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared.messages import Array, Frame, Person, TrackState
from shared.vision.skeletons import BLAZEPOSE33

Floats = NDArray[np.float64]

WIDTH_PX, HEIGHT_PX = 640, 480
_UP = np.array([0.0, -1.0, 0.0])  # metres with y down, as in the pictures
_TRUNK_M, _THIGH_M, _SHANK_M, _HEAD_M = 0.47, 0.37, 0.38, 0.22
_CAMERA_M, _TILT_DEG, _FOCAL_PX = 1.7, 15.0, 520.0


@dataclass(frozen=True)
class Pose:
    """Angles in degrees: trunk against up, thigh and shank against down, positive to the front."""

    hip_m: float
    trunk: float = 0.0
    thigh: float = 0.0
    shank: float = 0.0


STANDING = Pose(0.75)
SITTING = Pose(0.42, 8, 85, 5)
LOW_CHAIR = Pose(0.25, 20, 100, 20)
SQUATTING = Pose(0.30, 35, 95, -45)
BENDING = Pose(0.74, 95, -5, -3)
PRONE = Pose(0.12, 86, -86, -86)
SUPINE = Pose(0.12, -86, 86, 86)
ON_BED = Pose(0.55, -86, 86, 86)
ON_BED_EDGE = Pose(0.47, 0, 85, 5)


@dataclass(frozen=True)
class Figure:
    """A way through postures: `keys` are (second, pose); before and after them the first and last hold.

    `yaw_deg`: 0 faces the right edge, 90 the camera. `sideways`: the trunk tips to the side, not forward.
    """

    keys: Sequence[tuple[float, Pose]]
    track: int = 1
    x_m: float = 0.0
    distance_m: float = 4.0
    yaw_deg: float = 0.0
    sideways: bool = False
    hidden: tuple[int, ...] = ()
    away: tuple[float, float] | None = None  # not seen from the first to the second of these seconds

    def pose(self, time_s: float) -> Pose:
        """The posture at a moment, eased from key to key."""
        times = [key[0] for key in self.keys]
        after = int(np.searchsorted(times, time_s, side="right"))
        if after == 0 or after == len(times):
            return self.keys[min(after, len(times) - 1)][1]
        (start_s, first), (end_s, last) = self.keys[after - 1], self.keys[after]
        share = (time_s - start_s) / (end_s - start_s)
        share = share * share * (3 - 2 * share)
        mix = [a + (b - a) * share for a, b in zip(_row(first), _row(last), strict=True)]
        return Pose(*mix)


def _row(pose: Pose) -> tuple[float, float, float, float]:
    return pose.hip_m, pose.trunk, pose.thigh, pose.shank


def _joints(figure: Figure, pose: Pose) -> Floats:
    """(33, 3) metres, x right, y down from the floor, z away from the camera."""
    yaw = np.radians(figure.yaw_deg)
    front = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    side = np.array([-np.sin(yaw), 0.0, -np.cos(yaw)])
    tip = side if figure.sideways else front

    def towards(degrees: float, upright: Floats) -> Floats:
        return np.asarray(np.cos(np.radians(degrees)) * upright + np.sin(np.radians(degrees)) * tip)

    trunk = towards(pose.trunk, _UP)
    across = side * np.cos(np.radians(pose.trunk)) - _UP * np.sin(np.radians(pose.trunk))
    across = across if figure.sideways else side
    hip = np.array([figure.x_m, -pose.hip_m, figure.distance_m])
    neck, points = hip + trunk * _TRUNK_M, np.zeros((33, 3))
    points[:11] = neck + trunk * _HEAD_M
    for index, sign in ((0, 1.0), (1, -1.0)):
        shoulder, socket = neck + across * 0.16 * sign, hip + across * 0.1 * sign
        knee = socket + towards(pose.thigh, -_UP) * _THIGH_M
        ankle = knee + towards(pose.shank, -_UP) * _SHANK_M
        points[11 + index], points[23 + index], points[25 + index] = shoulder, socket, knee
        points[[13 + index, 15 + index, 17 + index, 19 + index, 21 + index]] = shoulder - trunk * 0.3
        points[[27 + index, 29 + index, 31 + index]] = ankle
    return points


def person(figure: Figure, time_s: float, noise: Floats) -> Person:
    """What a pose model would say; `noise` is (33, 2) px."""
    world = _joints(figure, figure.pose(time_s))
    tilt = np.radians(_TILT_DEG)
    y, z = world[:, 1] + _CAMERA_M, world[:, 2]
    depth = z * np.cos(tilt) + y * np.sin(tilt)
    down = y * np.cos(tilt) - z * np.sin(tilt)
    x_px = WIDTH_PX / 2 + _FOCAL_PX * world[:, 0] / depth
    y_px = HEIGHT_PX / 2 + _FOCAL_PX * down / depth
    picture = np.stack([x_px, y_px], axis=1) + noise
    metres = np.stack([world[:, 0], down, depth], axis=1)
    visibility = np.ones(33)
    visibility[list(figure.hidden)] = 0.1
    keypoints = np.column_stack([picture, np.zeros(33), visibility, np.ones(33)]).astype(np.float32)
    low, high = picture.min(axis=0), picture.max(axis=0)
    return Person(
        box=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        score=0.95,
        skeleton=BLAZEPOSE33,
        keypoints=Array.of(keypoints),
        world=Array.of((metres - metres[[23, 24]].mean(axis=0)).astype(np.float32)),
        track=figure.track,
        track_state=TrackState.CONFIRMED,
    )


@dataclass(frozen=True)
class Take:
    """How the figures are filmed."""

    fps: float = 15.0
    duration_s: float = 8.0
    jitter_px: float = 1.5
    dropped: float = 0.0  # share of frames that are missing altogether
    seed: int = 1


def film(figures: Sequence[Figure], take: Take) -> list[Frame]:
    """Frames with tracked persons; who is away is `lost` with the last box."""
    rng = np.random.default_rng(take.seed)
    frames: list[Frame] = []
    for seq in range(round(take.duration_s * take.fps)):
        time_s = seq / take.fps
        people = [person(figure, time_s, rng.normal(0, take.jitter_px, (33, 2))) for figure in figures]
        away = [f.away is not None and f.away[0] <= time_s < f.away[1] for f in figures]
        if rng.random() < take.dropped:
            continue
        frames.append(
            Frame(
                camera="room",
                run=3,
                seq=seq,
                pts_us=round(time_s * 1e6),
                captured_us=1_000_000_000 + round(time_s * 1e6),
                width_px=WIDTH_PX,
                height_px=HEIGHT_PX,
                persons=tuple(p for p, gone in zip(people, away, strict=True) if not gone),
                lost=tuple(
                    Person(p.box, 0.9, track=p.track, track_state=TrackState.LOST)
                    for p, gone in zip(people, away, strict=True)
                    if gone
                ),
            )
        )
    return frames


def falling(end: Pose, at_s: float = 2.0, descent_s: float = 0.8, start: Pose = STANDING) -> Figure:
    """Falls at `at_s` and stays down."""
    return Figure([(at_s, start), (at_s + descent_s, end)])


def seen_from(figure: Figure, yaw_deg: float) -> Figure:
    return replace(figure, yaw_deg=yaw_deg)
