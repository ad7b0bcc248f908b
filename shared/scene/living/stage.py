"""Where a script is played: who is there, which furniture, and when the moment comes that matters."""

from dataclasses import dataclass, field

import numpy as np

from shared.scene.living.part import Part
from shared.scene.living.someone import Age, Someone
from shared.scene.living.view import Block
from shared.scene.posture import SIT_BACK, STANDING, Posture, Stance

_BED_M = (2.0, 0.95)
_SEAT_M = (0.45, 0.45)
_HIGHEST_SEAT = 0.31  # statures: children have chairs of their own


@dataclass
class Stage:
    """Grows while a script is written.

    Attributes:
        generator: of all that the script leaves open.
        age: of who acts.
        cast: everybody and their parts; the first one acts.
        blocks: furniture that hides.
        beds: beds and sofas, where lying is rest.
        moment_s: when the body is where it matters: lying, seated, bent.
    """

    generator: np.random.Generator
    age: Age = Age.ADULT
    cast: list[tuple[Someone, Part]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    beds: list[Block] = field(default_factory=list)
    moment_s: float = 0.0

    def enter(
        self, first: Posture = STANDING, stance: Stance | None = None, age: Age | None = None
    ) -> tuple[Someone, Part]:
        """Somebody new, at the origin where nothing else is said."""
        someone = Someone.of(age or self.age, self.generator)
        part = Part(someone.actor, stance or Stance(0.0, 0.0, 0.0), first, len(self.cast))
        self.cast.append((someone, part))
        return someone, part

    def between(self, low: float, high: float) -> float:
        return float(self.generator.uniform(low, high))

    def chance(self, share: float) -> bool:
        return bool(self.generator.random() < share)

    def sized(self) -> Someone:
        """Who will enter next, for furniture that must be known before: draws nothing."""
        state = self.generator.bit_generator.state
        someone = Someone.of(self.age, self.generator)
        self.generator.bit_generator.state = state
        return someone

    def seat_m(self, low: float, high: float, stature_m: float | None = None) -> float:
        """The height of a seat for who is there, or enters next."""
        h = self.sized().actor.stature_m if stature_m is None else stature_m
        return min(self.between(low, high), _HIGHEST_SEAT * h)

    def add_seat(self, part: Part, seat_m: float) -> None:
        """A chair under who sits on it."""
        h = part.actor.stature_m
        place = part.stance.ahead(-(SIT_BACK * h + 0.02))
        self.blocks.append(Block(place, *_SEAT_M, seat_m - 0.02, seat_m - 0.08))

    def add_bed(self, part: Part, surface_m: float) -> None:
        """A bed behind who sits on its edge."""
        h = part.actor.stature_m
        place = part.stance.ahead(-(SIT_BACK * h + 0.12), 0.03)
        bed = Block(place, _BED_M[1], _BED_M[0], surface_m - 0.02)
        self.blocks.append(bed)
        self.beds.append(bed)
