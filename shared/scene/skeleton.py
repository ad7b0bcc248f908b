"""A body of jointed segments: from a posture to joints, and from joints to the 33 landmarks of BlazePose.

A posture travels as `Rows`, (17, 3): where pelvis and ankles are, and which way everything else points. Rows
interpolate number by number, and feet stay where they are planted.

Source: segment lengths as fractions of stature, Drillis and Contini 1966, drawn in D. A. Winter, Biomechanics
and Motor Control of Human Movement, figure 4.1. Joint centres lie inside the breadths of shoulders and hips.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.float64]  # (17, 3) metres (first three rows) and directions, world frame

PELVIS = 0
ANKLES = slice(1, 3)  # left, right
POSITIONS = slice(0, 3)
TOES = slice(3, 5)
KNEES = slice(5, 7)  # which way a knee points
UPPER_ARMS = slice(7, 9)
FOREARMS = slice(9, 11)
HIPS = slice(11, 13)  # forward, up
CHEST = slice(13, 15)
HEAD = slice(15, 17)
ROWS = 17

THIGH, SHANK, ANKLE_HEIGHT = 0.245, 0.246, 0.039
UPPER_ARM, FOREARM, HAND = 0.186, 0.146, 0.108
HIP_HEIGHT, SHOULDER_HEIGHT = 0.530, 0.818
HIP_HALF, SHOULDER_HALF = 0.055, 0.113
LUMBAR, THORAX = 0.10, SHOULDER_HEIGHT - HIP_HEIGHT - 0.10
NECK, SKULL = 0.047, 0.070
TOE_REACH, HEEL_REACH, SOLE = 0.095, 0.035, 0.021
HEAD_AXES = (0.057, 0.046, 0.068)  # half depth, width, height
KNEE_RADIUS, ELBOW_RADIUS, WRIST_RADIUS, TOE_RADIUS = 0.033, 0.024, 0.018, 0.016

_REACH = 0.999  # a leg never stretches quite straight, so that its knee keeps a side to point to


@dataclass(frozen=True)
class Build:
    """Proportions above the legs, as multiples of those of a grown-up whose legs are as long."""

    trunk: float = 1.0
    head: float = 1.0
    arms: float = 1.0
    breadth: float = 1.0


GROWN_UP = Build()


@dataclass(frozen=True)
class Skeleton:
    """Joints of one body in metres, world frame, at one moment or at many (leading axes).

    Pairs are (..., 2, 3), left first; frames are (..., 3, 3) columns forward, left, up.
    """

    stature_m: float
    pelvis: Floats
    waist: Floats
    neck: Floats
    skull: Floats
    hips: Floats
    knees: Floats
    ankles: Floats
    heels: Floats
    toes: Floats
    shoulders: Floats
    elbows: Floats
    wrists: Floats
    hands: Floats
    hip_frame: Floats
    chest_frame: Floats
    head_frame: Floats


def frame(forward_up: Floats) -> Floats:
    """(..., 2, 3) rough forward and up to (..., 3, 3) columns forward, left, up; forward is made square to
    up.
    """
    up = _unit(forward_up[..., 1, :])
    forward = _unit(forward_up[..., 0, :] - _dot(forward_up[..., 0, :], up) * up)
    return np.stack([forward, np.cross(up, forward), up], axis=-1)


def solve(rows: Rows, stature_m: float, build: Build = GROWN_UP) -> Skeleton:
    """Put the joints where a posture wants them; no knee, foot, elbow or hand goes through the floor.

    `rows` may have leading axes (moments); `stature_m` is that of a grown-up whose legs are as long.
    """
    h, b = stature_m, build
    hip_frame, chest_frame, head_frame = (frame(rows[..., part, :]) for part in (HIPS, CHEST, HEAD))
    hip_up, chest_up, head_up = (axes[..., 2] for axes in (hip_frame, chest_frame, head_frame))
    pelvis = rows[..., PELVIS, :]
    waist = pelvis + LUMBAR * b.trunk * h * hip_up
    neck = waist + THORAX * b.trunk * h * chest_up
    skull = neck + NECK * b.head * h * (chest_up + head_up) / 2 + SKULL * b.head * h * head_up
    sides = np.array([[1.0], [-1.0]]) * b.breadth
    hips = pelvis[..., None, :] + sides * HIP_HALF * h * hip_frame[..., None, :, 1]
    shoulders = neck[..., None, :] + sides * SHOULDER_HALF * h * chest_frame[..., None, :, 1]
    knees, ankles = _legs(hips, rows[..., ANKLES, :], rows[..., KNEES, :], h)
    heels, toes = _feet(knees, ankles, rows[..., TOES, :], h)
    elbows = _hang(shoulders, rows[..., UPPER_ARMS, :], UPPER_ARM * b.arms * h, ELBOW_RADIUS * h)
    wrists = _hang(elbows, rows[..., FOREARMS, :], FOREARM * b.arms * h, WRIST_RADIUS * h)
    hands = _hang(wrists, wrists - elbows, 0.75 * HAND * b.arms * h, WRIST_RADIUS * h)
    return Skeleton(
        stature_m=h,
        pelvis=pelvis,
        waist=waist,
        neck=neck,
        skull=skull,
        hips=hips,
        knees=knees,
        ankles=ankles,
        heels=heels,
        toes=toes,
        shoulders=shoulders,
        elbows=elbows,
        wrists=wrists,
        hands=hands,
        hip_frame=hip_frame,
        chest_frame=chest_frame,
        head_frame=head_frame,
    )


def _dot(first: Floats, second: Floats) -> Floats:
    """(..., 1) product of the last axes, kept."""
    dot: Floats = (first * second).sum(axis=-1, keepdims=True)
    return dot


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = vectors / np.maximum(length, 1e-9)
    return unit


def _hang(start: Floats, direction: Floats, length: float, clearance: float) -> Floats:
    """End of a segment; where it would go through the floor it lies on it instead."""
    unit = _unit(direction)
    lowest = np.clip((clearance - start[..., 2]) / length, -1.0, 1.0)
    flat = np.maximum(np.linalg.norm(unit[..., :2], axis=-1), 1e-6)
    level = np.sqrt(1 - lowest**2)
    laid = np.concatenate([unit[..., :2] * (level / flat)[..., None], lowest[..., None]], axis=-1)
    end: Floats = start + length * np.where((unit[..., 2] < lowest)[..., None], laid, unit)
    return end


def _legs(hips: Floats, ankles: Floats, poles: Floats, h: float) -> tuple[Floats, Floats]:
    """Knees and ankles: two segments from each hip towards `ankles`, bent to the side of `poles`."""
    thigh, shank = THIGH * h, SHANK * h
    reach = ankles - hips
    distance = np.linalg.norm(reach, axis=-1, keepdims=True)
    distance = np.clip(distance, abs(thigh - shank) + 1e-3, (thigh + shank) * _REACH)
    axis = _unit(reach)
    along = (thigh**2 - shank**2 + distance**2) / (2 * distance)
    aside = _unit(poles - _dot(poles, axis) * axis)
    bent = along * axis + np.sqrt(np.maximum(thigh**2 - along**2, 0.0)) * aside
    knees = _hang(hips, bent, thigh, KNEE_RADIUS * h)
    return knees, _hang(knees, hips + distance * axis - knees, shank, ANKLE_HEIGHT * h * 0.9)


def _feet(knees: Floats, ankles: Floats, toes: Floats, h: float) -> tuple[Floats, Floats]:
    ahead = _unit(toes)
    shin = knees - ankles
    sole = -_unit(shin - _dot(shin, ahead) * ahead)
    heels = ankles + h * (SOLE * sole - HEEL_REACH * ahead)
    tips = ankles + h * (SOLE * sole + TOE_REACH * ahead)
    for points in (heels, tips):
        points[..., 2] = np.maximum(points[..., 2], TOE_RADIUS * h)
    return heels, tips


_FACE = np.array(  # on the head's ellipsoid: forward, left, up in half axes
    [
        (1.08, 0.00, -0.12),  # nose
        (0.93, 0.22, 0.12),
        (0.90, 0.36, 0.13),
        (0.83, 0.52, 0.12),  # left eye: inner, centre, outer
        (0.93, -0.22, 0.12),
        (0.90, -0.36, 0.13),
        (0.83, -0.52, 0.12),
        (0.05, 1.00, 0.00),
        (0.05, -1.00, 0.00),  # ears
        (0.82, 0.24, -0.48),
        (0.82, -0.24, -0.48),  # corners of the mouth
    ]
)


def landmarks(skeleton: Skeleton, build: Build = GROWN_UP) -> Floats:
    """(..., 33, 3) BlazePose landmarks in metres, world frame."""
    s, h = skeleton, skeleton.stature_m
    places = _FACE * np.array(HEAD_AXES) * build.head * h
    face = s.skull[..., None, :] + places @ np.swapaxes(s.head_frame, -1, -2)
    arms = (s.shoulders, s.elbows, s.wrists, _fingers(s))
    return np.concatenate([face, *arms, s.hips, s.knees, s.ankles, s.heels, s.toes], axis=-2)


def _fingers(s: Skeleton) -> Floats:
    """(..., 6, 3) pinky, index and thumb knuckles, each left then right."""
    reach = s.hands - s.wrists
    outward = _thumb_side(s)
    spread = 0.018 * s.stature_m
    pinky = s.wrists + 0.95 * reach - spread * outward
    index = s.wrists + 1.0 * reach + 0.6 * spread * outward
    thumb = s.wrists + 0.55 * reach + 1.5 * spread * outward
    return np.concatenate([pinky, index, thumb], axis=-2)


def _thumb_side(s: Skeleton) -> Floats:
    """(..., 2, 3) where the thumbs are: forward of a hanging hand, kept square to the hand."""
    along = _unit(s.hands - s.wrists)
    want = (s.chest_frame[..., 0] + 0.3 * s.chest_frame[..., 2])[..., None, :]
    return _unit(want - _dot(along, want) * along)
