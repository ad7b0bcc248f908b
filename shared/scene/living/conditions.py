"""What makes a take easy or hard, beside what happens in it: levels that scores are told by."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import numpy as np

from shared.scene.living.pose import Faults
from shared.scene.living.someone import Age
from shared.scene.living.view import View
from shared.scene.skeleton import Floats

_Level = TypeVar("_Level")


class Hidden(StrEnum):
    """What stands before the body at the moment that matters."""

    NOTHING = "nothing"
    LEGS = "legs"
    EDGE = "edge"


class Company(StrEnum):
    """Who else is there."""

    NOBODY = "nobody"
    PASSER = "passer"
    HELPER = "helper"


class Skill(StrEnum):
    """How good detector and landmark model are: well, as on poor footage, or losing whoever lies."""

    GOOD = "good"
    POOR = "poor"
    LOSES = "loses"


@dataclass(frozen=True)
class Conditions:
    """Of one take.

    Attributes:
        age: of who acts.
        hidden: what is hidden of them.
        company: who else is there.
        skill: of the models.
        rate_hz: pictures per second.
        dropped: share of the pictures that never come.
        uneven: spread of the time between pictures, in such times.
        low_things: whether pets and furniture are taken for people now and then.
    """

    age: Age = Age.ADULT
    hidden: Hidden = Hidden.NOTHING
    company: Company = Company.NOBODY
    skill: Skill = Skill.GOOD
    rate_hz: float = 15.0
    dropped: float = 0.0
    uneven: float = 0.0
    low_things: bool = False

    @classmethod
    def of(cls, generator: np.random.Generator) -> "Conditions":
        """As they come: mostly adults, alone and in full view; 5 to 30 pictures a second."""
        for_age, for_skill = generator.random(2)
        return cls(
            age=_pick(for_age, {Age.ADULT: 0.5, Age.OLD: 0.4, Age.CHILD: 0.1}),
            skill=_pick(for_skill, {Skill.GOOD: 0.6, Skill.POOR: 0.25, Skill.LOSES: 0.15}),
            rate_hz=float(generator.choice([5, 6, 8, 10, 12, 15, 15, 20, 25, 30])),
            dropped=float(generator.choice([0.0, 0.0, 0.0, 0.05, 0.15])),
            uneven=float(generator.choice([0.0, 0.05, 0.3])),
        )

    def faults(self, generator: np.random.Generator) -> Faults:
        """The models' faults on one person."""
        drawn = generator.uniform
        base = Faults(
            tremble=float(np.exp(generator.normal(np.log(0.007), 0.35))),
            lost_per_s=float(drawn(0.01, 0.1)),
            found_lying=float(drawn(0.3, 0.79)),
            wrong_per_s=float(drawn(0.0, 0.08)),
            latency_s=float(drawn(0.05, 0.5)),
            depth=float(drawn(0.6, 0.95)),
        )
        if self.skill is Skill.POOR:
            return replace(
                base, tremble=2.0 * base.tremble, lost_per_s=0.3, wrong_per_s=float(drawn(0.2, 0.6))
            )
        if self.skill is Skill.LOSES:
            return replace(base, lost_per_s=float(drawn(2.0, 6.0)), found_lying=float(drawn(0.05, 0.3)))
        return base

    def times_s(self, end_s: float, generator: np.random.Generator) -> Floats:
        """(T,) when pictures come, from 0 to `end_s`."""
        count = max(2, int(end_s * self.rate_hz) + 1)
        times = np.arange(count) / self.rate_hz
        times = times + np.clip(generator.normal(0, self.uneven, count), -0.45, 0.45) / self.rate_hz
        kept = generator.random(count) >= self.dropped
        kept[0] = True
        shown: Floats = np.maximum(times[kept] - times[0], 0.0)
        return shown

    def levels(self, view: View) -> dict[str, str]:
        """The level of each factor."""
        return {
            "age": self.age,
            "hidden": self.hidden,
            "company": self.company,
            "skill": self.skill,
            "rate": _band(self.rate_hz, (5, 10, 15, 30), "fps"),
            "dropped": f"{self.dropped:.0%}",
            "height": _band(view.height_m, (1, 1.7, 2.4, 3), "m"),
            "tilt": _band(view.tilt_deg, (0, 15, 30, 45, 60), "deg"),
            "distance": _band(view.distance_m, (1, 4, 7, 12), "m"),
            "size": _band(view.body_px, (70, 130, 250, 2000), "px"),
        }


def _pick(value: float, shares: Mapping[_Level, float]) -> _Level:
    """The key in whose share of [0, 1] the value lies."""
    total = 0.0
    for key, share in shares.items():
        total += share
        if value < total:
            return key
    return max(shares, key=lambda key: shares[key])


def _band(value: float, edges: tuple[float, ...], unit: str) -> str:
    """Between which edges a value lies, as words."""
    index = int(np.clip(np.searchsorted(edges, value, side="right"), 1, len(edges) - 1))
    return f"{edges[index - 1]:g}-{edges[index]:g} {unit}"
