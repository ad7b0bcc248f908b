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
    HEAD = 5
    NOSE = 6
    HAIR = 7


@dataclass(frozen=True)
class Look:
    """One person's body and clothes; `girth` scales every thickness, colours by `Part` are (8, 3) BGR."""

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
        colours = np.array([skin, shirt, sleeve, trousers, shoe, skin, skin * 0.96, hair])
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
    limbs = _Limbs(s.stature_m, look.girth)
    _trunk(limbs, s)
    for side in (0, 1):
        _leg(limbs, s, side)
        _arm(limbs, s, side)
    return _head(s), limbs.build()


class _Limbs:
    """Collects limbs; radii in statures."""

    def __init__(self, stature_m: float, girth: float) -> None:
        self._thickness_m = stature_m * girth
        self._ends: list[tuple[Floats, Floats]] = []
        self._radii: list[tuple[float, float]] = []
        self._shapes: list[Floats] = []
        self._parts: list[int] = []

    def add(
        self, ends: tuple[Floats, Floats], radii: tuple[float, float], part: Part, shape: Floats | None = None
    ) -> None:
        self._ends.append(ends)
        self._radii.append(radii)
        self._shapes.append(np.eye(3) if shape is None else shape)
        self._parts.append(part)

    def build(self) -> Limbs:
        radii = np.array(self._radii) * self._thickness_m
        return Limbs(np.array(self._ends), np.array(self._shapes), radii, np.array(self._parts, np.int64))


def _leg(limbs: _Limbs, s: Skeleton, side: int) -> None:
    hip, knee, ankle = s.hips[side], s.knees[side], s.ankles[side]
    heel, toe = s.heels[side], s.toes[side]
    calf = 0.7 * knee + 0.3 * ankle
    limbs.add((hip, knee), (0.056, 0.036), Part.TROUSERS)
    limbs.add((knee, calf), (0.036, 0.037), Part.TROUSERS)
    limbs.add((calf, ankle), (0.037, 0.024), Part.TROUSERS)
    limbs.add((heel, toe), (0.017, 0.016), Part.SHOE)
    limbs.add((ankle, ankle + 0.25 * (toe - heel)), (0.023, 0.018), Part.SHOE)


def _arm(limbs: _Limbs, s: Skeleton, side: int) -> None:
    wrist, fingertips = s.wrists[side], s.hands[side]
    palm = 0.45 * wrist + 0.55 * fingertips
    limbs.add((s.shoulders[side], s.elbows[side]), (0.034, 0.025), Part.SHIRT)
    limbs.add((s.elbows[side], wrist), (0.025, 0.016), Part.SLEEVE)
    limbs.add((wrist, palm), (0.015, 0.020), Part.SKIN)
    limbs.add((palm, fingertips), (0.020, 0.013), Part.SKIN)


def _trunk(limbs: _Limbs, s: Skeleton) -> None:
    """Upright hulls, flattened from front to back; one on each side gives hips and shoulders breadth."""
    h = s.stature_m
    hips, chest = s.hip_frame * np.array([0.80, 1.0, 1.0]), s.chest_frame * np.array([0.72, 1.0, 1.0])
    left, up = s.chest_frame[:, 1], s.chest_frame[:, 2]
    for side, sign in ((0, 1.0), (1, -1.0)):
        shoulder = s.shoulders[side]
        waist = s.waist + sign * 0.030 * h * left
        crest = s.pelvis + 0.55 * (s.hips[side] - s.pelvis) + 0.012 * h * s.hip_frame[:, 2]
        ribs = s.waist + 0.60 * (s.neck - s.waist) + sign * 0.042 * h * left
        collar = s.neck + sign * 0.045 * h * left - 0.012 * h * up
        armpit = 0.8 * shoulder + 0.2 * s.elbows[side]
        limbs.add((crest, waist), (0.064, 0.058), Part.TROUSERS, hips)
        limbs.add((waist - 0.015 * h * s.hip_frame[:, 2], ribs), (0.062, 0.068), Part.SHIRT, chest)
        limbs.add((ribs, collar), (0.068, 0.042), Part.SHIRT, chest)
        limbs.add((ribs, armpit), (0.058, 0.030), Part.SHIRT, chest)
        limbs.add((collar, shoulder), (0.040, 0.035), Part.SHIRT)
    limbs.add((s.waist, s.neck - 0.05 * h * up), (0.063, 0.064), Part.SHIRT, chest)
    throat, chin = s.neck - 0.01 * h * up, s.skull - 0.02 * h * s.head_frame[:, 2]
    limbs.add((throat, chin), (0.034, 0.030), Part.SKIN)


def _head(s: Skeleton) -> Balls:
    """Head, nose and ears; eyes, mouth and the hair line are painted."""
    h, axes = s.stature_m, np.array(HEAD_AXES) * s.stature_m
    solids = (  # where on the head's ellipsoid (in half axes), half axes (in statures), what it shows
        ((0.0, 0.0, 0.0), HEAD_AXES, Part.HEAD),
        ((0.10, 0.0, -0.38), (0.046, 0.036, 0.042), Part.HEAD),
        ((-0.12, 0.0, 0.16), (0.056, 0.050, 0.060), Part.HAIR),
        ((1.0, 0.0, -0.1), (0.009, 0.007, 0.014), Part.NOSE),
        ((-0.02, 0.97, 0.0), (0.010, 0.006, 0.016), Part.NOSE),
        ((-0.02, -0.97, 0.0), (0.010, 0.006, 0.016), Part.NOSE),
    )
    places, sizes = (np.array([solid[i] for solid in solids]) for i in (0, 1))
    centres = s.skull + (places * axes) @ s.head_frame.T
    shapes = s.head_frame * (sizes * h)[:, None, :]
    return Balls(centres, shapes, np.array([solid[2] for solid in solids], np.int64))
