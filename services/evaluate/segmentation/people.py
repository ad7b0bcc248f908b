"""Class maps of what the stages found: people, or the parts of their bodies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from services.evaluate.errors import EvaluationError
from services.evaluate.segmentation.classmaps import ClassMap
from shared.messages import Frame, Person
from shared.vision.masks import paste, unpack, unpack_parts

PERSON = "person"


@dataclass(frozen=True)
class Painter:
    """How people are painted into a picture.

    Attributes:
        person: the class of a whole person; None where only parts are labelled.
        parts: (256,) the class of each number of a part map, 0 where nobody labelled that part.
    """

    person: int | None
    parts: NDArray[np.uint8]

    @classmethod
    def of(cls, classes: Sequence[str], parts: Sequence[str]) -> Self:
        """The painter for labelled `classes` and a model that tells `parts`, both by number; names that
        differ only in case, spaces and hyphens are one.

        Raises:
            EvaluationError: nothing that the model finds is labelled.
        """
        numbers = {_plain(name): number for number, name in enumerate(classes) if number}
        table = np.zeros(256, np.uint8)
        for number, name in enumerate(parts):
            table[number] = numbers.get(_plain(name), 0) if number else 0
        person = numbers.get(PERSON)
        if person is None and not table.any():
            told = ", ".join(parts[1:4]) + ", ..." if len(parts) > 2 else PERSON
            raise EvaluationError(
                f"of the labelled classes {', '.join(classes[1:])} the model tells none (it tells {told}):"
                f" call the class of people {PERSON!r}"
            )
        return cls(person, table)

    def paint(self, frame: Frame) -> ClassMap:
        """The class map (H, W) of a frame's picture, the surer people over the others."""
        painted = np.zeros((frame.height_px, frame.width_px), np.uint8)
        for person in sorted(frame.persons, key=lambda each: each.score):
            laid = self._classes(person, frame)
            np.copyto(painted, laid, where=laid > 0)
        return painted

    def _classes(self, person: Person, frame: Frame) -> ClassMap:
        if person.parts is not None and self.parts.any():
            cells, box = self.parts[unpack_parts(person.parts)], person.parts.box
        elif person.mask is not None and self.person is not None:
            cells, box = unpack(person.mask).astype(np.uint8) * np.uint8(self.person), person.mask.box
        else:
            return np.zeros((frame.height_px, frame.width_px), np.uint8)
        return paste(np.asarray(cells, np.uint8), box, frame.width_px, frame.height_px)


def _plain(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_")
