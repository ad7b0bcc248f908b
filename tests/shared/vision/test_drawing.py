import msgspec
import numpy as np
import pytest

from shared.messages import Array, Frame, Person
from shared.vision.drawing import annotate
from shared.vision.masks import pack
from shared.vision.skeletons import BLAZEPOSE33, BLAZEPOSE_DETECTOR

IMAGE = np.full((120, 160, 3), 90, np.uint8)
FRAME = Frame(camera="c", run=0, seq=0, pts_us=0, captured_us=0, width_px=160, height_px=120)
KEYPOINTS = Array.of(np.random.default_rng(6).uniform(0.2, 110, (33, 5)).astype(np.float32))
WORLD = Array.of(np.random.default_rng(7).uniform(-1, 1, (33, 3)).astype(np.float32))


@pytest.mark.parametrize(
    "person",
    [
        Person((20, 20, 60, 100), 0.9),
        Person((20, 20, 60, 100), 0.9, BLAZEPOSE33, KEYPOINTS, WORLD, track=7),
        Person((20, 20, 60, 100), 0.9, BLAZEPOSE_DETECTOR, Array.of(np.full((4, 5), 30, np.float32))),
        Person((20, 20, 60, 100), 0.9, mask=pack(np.ones((8, 8), bool), (30, 30, 50, 50)), occluded=True),
        Person(
            (20, 20, 60, 100),
            0.9,
            BLAZEPOSE33,
            KEYPOINTS,
            WORLD,
            pack(np.ones((8, 8), bool), (0, 0, 160, 120)),
        ),
        Person((-500, -500, -400, -400), 0.9),
    ],
)
def test_whatever_is_known_of_a_person_is_drawn_on_a_copy(person: Person) -> None:
    drawn = annotate(IMAGE, msgspec.structs.replace(FRAME, persons=(person,)))
    assert drawn.shape == IMAGE.shape
    assert (IMAGE == 90).all()
    assert (drawn != IMAGE).any() == (person.box[2] > 0)


def test_a_mask_tints_its_cells_only() -> None:
    mask = pack(np.ones((4, 4), bool), (100, 50, 140, 90))
    drawn = annotate(IMAGE, msgspec.structs.replace(FRAME, persons=(Person((0, 0, 9, 9), 0.5, mask=mask),)))
    assert (drawn[50:90, 100:140] != 90).any(axis=2).all()
    assert (drawn[95:, :] == 90).all()


def test_an_empty_frame_is_drawn_as_it_is() -> None:
    assert np.array_equal(annotate(IMAGE, FRAME), IMAGE)
