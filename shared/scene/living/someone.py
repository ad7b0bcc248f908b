"""Bodies of a home: grown-ups, old people who stoop, children."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from shared.scene.living.part import Actor
from shared.scene.skeleton import Build


class Age(StrEnum):
    ADULT = "adult"
    OLD = "old"
    CHILD = "child"


@dataclass(frozen=True)
class Someone:
    """One body.

    Attributes:
        age: what kind of body.
        actor: its size and manner of moving.
        build: its proportions.
        stoop_deg: how far the chest hangs forward when upright.
    """

    age: Age
    actor: Actor
    build: Build
    stoop_deg: float

    @classmethod
    def of(cls, age: Age, generator: np.random.Generator) -> Self:
        """Somebody of that age.

        Source: statures of 1.62 m and 1.76 m (SD 0.07) in women and men (NCD-RisC, eLife 5, 2016, e13410);
        1.10 to 1.33 m at 5 to 9 years (WHO growth reference), where heads are larger and legs shorter in
        proportion; comfortable gait of 1.2 to 1.4 m/s (Bohannon, Age and Ageing 26, 1997, 15-19), slower in
        homes; the curve of the upper back grows with age by some 20 degrees (Fon, Pitt and Thies, American
        Journal of Roentgenology 134, 1980, 979-983).
        """
        drawn, normal = generator.uniform, generator.normal
        breadth, arms = float(drawn(0.9, 1.15)), float(drawn(0.94, 1.06))
        if age is Age.CHILD:
            legs = float(drawn(1.05, 1.35)) * 0.93
            build = Build(float(drawn(1.04, 1.12)), float(drawn(1.25, 1.5)), arms, breadth * 0.95)
            return cls(age, Actor.of(legs, float(drawn(0.8, 1.3)), generator), build, 0.0)
        stature = float(np.clip(normal(1.69, 0.10), 1.48, 1.95))
        build = Build(float(drawn(0.93, 1.07)), float(drawn(0.95, 1.08)), arms, breadth)
        if age is Age.OLD:
            actor = Actor.of(stature * 0.97, float(drawn(0.5, 0.9)), generator)
            return cls(age, actor, build, float(drawn(8, 32)))
        return cls(age, Actor.of(stature, float(drawn(0.9, 1.4)), generator), build, float(drawn(0, 6)))
