"""The flesh on the skeleton: solids, clothes and what somebody looks like."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shared.scene.quadric import Balls, Limbs
from shared.scene.skeleton import HEAD_AXES, Floats, Skeleton

Colour = tuple[int, int, int]  # BGR


class Part(IntEnum):
    """What a pixel of a body shows."""

    SKIN = 0
    SHIRT = 1
    SLEEVE = 2
    TROUSERS = 3
    SHOE = 4
    SOLE = 5
    HEAD = 6
    NOSE = 7
    HAIR = 8


@dataclass(frozen=True)
class Look:
    """One person's body and clothes; `girth` scales every thickness, colours by `Part` are (9, 3) BGR."""

    stature_m: float
    girth: float
    colours: NDArray[np.float32]

    @classmethod
    def of(cls, generator: np.random.Generator) -> Self:
        """Somebody between 1.5 and 1.9 m."""
        skin = np.array(_SKINS[generator.integers(len(_SKINS))], np.float32)
        hair = _HAIRS[generator.integers(len(_HAIRS))]
        shirt = np.array(_SHIRTS[generator.integers(len(_SHIRTS))], np.float32)
        trousers = _TROUSERS[generator.integers(len(_TROUSERS))]
        sleeve = shirt if generator.random() < 0.5 else skin
        shoe = _SHOES[generator.integers(len(_SHOES))]
        colours = np.array([skin, shirt, sleeve, trousers, shoe, (190, 190, 190), skin, skin * 0.96, hair])
        stature = float(np.clip(generator.normal(1.70, 0.09), 1.5, 1.9))
        return cls(stature, float(generator.uniform(0.95, 1.15)), colours.astype(np.float32))


_SKINS: tuple[Colour, ...] = (
    (150, 180, 225),
    (130, 165, 215),
    (100, 140, 195),
    (75, 105, 160),
    (55, 80, 125),
)
_HAIRS: tuple[Colour, ...] = ((30, 35, 45), (35, 50, 75), (50, 80, 120), (120, 125, 130), (185, 188, 192))
_SHIRTS: tuple[Colour, ...] = ((160, 80, 45), (60, 60, 170), (70, 120, 60), (60, 150, 190), (120, 60, 110))
_TROUSERS: tuple[Colour, ...] = ((75, 55, 45), (60, 60, 62), (105, 80, 60), (60, 75, 100), (45, 42, 40))
_SHOES: tuple[Colour, ...] = ((35, 35, 38), (40, 55, 80), (200, 200, 200))


def flesh(s: Skeleton, look: Look) -> tuple[Balls, Limbs]:
    """Solids of a body, world frame."""
    h = s.stature_m
    limbs = _Limbs(h, look.girth)
    _trunk(limbs, s)
    for side in (0, 1):
        limbs.add(s.hips[side] + 0.0, s.knees[side], 0.056, 0.036, Part.TROUSERS)
        calf = 0.7 * s.knees[side] + 0.3 * s.ankles[side]
        limbs.add(s.knees[side], calf, 0.036, 0.037, Part.TROUSERS)
        limbs.add(calf, s.ankles[side], 0.037, 0.024, Part.TROUSERS)
        instep = s.ankles[side] + 0.25 * (s.toes[side] - s.heels[side]) - 0.004 * h
        limbs.add(s.heels[side], s.toes[side], 0.017, 0.016, Part.SHOE)
        limbs.add(s.ankles[side], instep, 0.023, 0.018, Part.SHOE)
        limbs.add(s.shoulders[side], s.elbows[side], 0.034, 0.025, Part.SHIRT)
        limbs.add(s.elbows[side], s.wrists[side], 0.025, 0.016, Part.SLEEVE)
        middle = 0.45 * s.wrists[side] + 0.55 * s.hands[side]
        limbs.add(s.wrists[side], middle, 0.015, 0.020, Part.SKIN)
        limbs.add(middle, s.hands[side], 0.020, 0.013, Part.SKIN)
    return _head(s), limbs.build()


class _Limbs:
    """Collects limbs; thicknesses in statures."""

    def __init__(self, stature_m: float, girth: float) -> None:
        self._h, self._girth = stature_m, girth
        self._ends: list[tuple[Floats, Floats]] = []
        self._radii: list[tuple[float, float]] = []
        self._shapes: list[Floats] = []
        self._parts: list[int] = []

    def add(
        self, start: Floats, end: Floats, start_radius: float, end_radius: float, part: Part, *shape: Floats
    ) -> None:
        thick = self._h * self._girth
        self._ends.append((start, end))
        self._radii.append((start_radius * thick, end_radius * thick))
        self._shapes.append(shape[0] if shape else np.eye(3))
        self._parts.append(part)

    def build(self) -> Limbs:
        return Limbs(
            np.array(self._ends),
            np.array(self._shapes),
            np.array(self._radii),
            np.array(self._parts, np.int64),
        )


def _trunk(limbs: _Limbs, s: Skeleton) -> None:
    """Upright hulls on each side, flattened from front to back: hips and shoulders keep their breadth."""
    h = s.stature_m
    hips, chest = s.hip_frame * np.array([0.80, 1.0, 1.0]), s.chest_frame * np.array([0.72, 1.0, 1.0])
    for side, hip, shoulder in ((1.0, s.hips[0], s.shoulders[0]), (-1.0, s.hips[1], s.shoulders[1])):
        waist = s.waist + side * 0.030 * h * s.chest_frame[:, 1]
        crest = s.pelvis + 0.55 * (hip - s.pelvis) + 0.012 * h * s.hip_frame[:, 2]
        limbs.add(crest, waist, 0.064, 0.058, Part.TROUSERS, hips)
        ribs = s.waist + 0.60 * (s.neck - s.waist) + side * 0.042 * h * s.chest_frame[:, 1]
        limbs.add(waist - 0.015 * h * s.hip_frame[:, 2], ribs, 0.062, 0.068, Part.SHIRT, chest)
        collar = s.neck + side * 0.045 * h * s.chest_frame[:, 1] - 0.012 * h * s.chest_frame[:, 2]
        limbs.add(ribs, collar, 0.068, 0.042, Part.SHIRT, chest)
        limbs.add(collar, shoulder, 0.040, 0.035, Part.SHIRT)
        limbs.add(
            ribs, 0.8 * shoulder + 0.2 * s.elbows[0 if side > 0 else 1], 0.058, 0.030, Part.SHIRT, chest
        )
    limbs.add(
        s.neck - 0.01 * h * s.chest_frame[:, 2],
        s.skull - 0.02 * h * s.head_frame[:, 2],
        0.034,
        0.030,
        Part.SKIN,
    )


def _head(s: Skeleton) -> Balls:
    """Head, nose and ears; eyes, mouth and the hair line are painted."""
    h, axes = s.stature_m, np.array(HEAD_AXES) * s.stature_m
    places = np.array(
        [
            (0.0, 0.0, 0.0),
            (0.10, 0.0, -0.38),
            (-0.12, 0.0, 0.16),
            (1.0, 0.0, -0.1),
            (-0.02, 0.97, 0.0),
            (-0.02, -0.97, 0.0),
        ]
    )
    sizes = np.array(
        [
            HEAD_AXES,
            (0.046, 0.036, 0.042),
            (0.056, 0.050, 0.060),
            (0.009, 0.007, 0.014),
            (0.010, 0.006, 0.016),
            (0.010, 0.006, 0.016),
        ]
    )
    parts = np.array([Part.HEAD, Part.HEAD, Part.HAIR, Part.NOSE, Part.NOSE, Part.NOSE], np.int64)
    return Balls(s.skull + (places * axes) @ s.head_frame.T, s.head_frame * (sizes * h)[:, None, :], parts)
