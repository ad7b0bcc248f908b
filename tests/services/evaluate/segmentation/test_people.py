"""What the stages found, painted as class maps."""

import numpy as np
import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.segmentation.people import Painter
from shared.messages import Box, Frame, Person
from shared.vision.masks import pack, pack_parts

PARTS = ("none", "left_face", "torso_front")


def frame(*persons: Person) -> Frame:
    return Frame(camera="a", run=0, seq=0, pts_us=0, captured_us=0, width_px=8, height_px=4, persons=persons)


def masked(box: Box, score: float) -> Person:
    return Person(box, score, mask=pack(np.ones((2, 2), bool), box))


def test_people_are_painted_as_the_class_person_whatever_its_number() -> None:
    painted = Painter.of(("background", "dog", "Person"), ()).paint(frame(masked((0, 0, 4, 4), 0.9)))
    assert painted.tolist() == [[2, 2, 2, 2, 0, 0, 0, 0]] * 4


def test_parts_are_painted_by_name_and_the_surer_person_lies_over_the_other() -> None:
    cells = np.array([[1, 2], [2, 2]], np.uint8)
    box = (0.0, 0.0, 4.0, 4.0)
    under = Person(box, 0.5, parts=pack_parts(np.full((2, 2), 1, np.uint8), (2.0, 0.0, 8.0, 4.0), "toy"))
    over = Person(box, 0.9, parts=pack_parts(cells, box, "toy"))
    painter = Painter.of(("background", "torso front", "left-face"), PARTS)
    assert painter.paint(frame(over, under))[0].tolist() == [2, 2, 1, 1, 2, 2, 2, 2]


def test_a_model_that_tells_parts_is_scored_on_people_where_only_they_are_labelled() -> None:
    box = (0.0, 0.0, 4.0, 4.0)
    parts = pack_parts(np.full((2, 2), 1, np.uint8), box, "toy")
    person = Person(box, 0.5, parts=parts, mask=pack(np.ones((2, 2), bool), box))
    assert Painter.of(("background", "person"), PARTS).paint(frame(person))[0].tolist() == [1] * 4 + [0] * 4


def test_labels_of_other_things_are_refused() -> None:
    with pytest.raises(EvaluationError, match="of the labelled classes dog the model tells none"):
        Painter.of(("background", "dog"), PARTS)
