import msgspec
import numpy as np
import pytest

from shared.messages import Person
from shared.vision import palettes
from shared.vision.masks import pack, pack_parts
from shared.vision.tinting import tint
from tests.shared.vision.bodies import BOX, person_of, standing

GREY = np.full((400, 200, 3), 100, np.uint8)


def _tinted(person: Person, alpha: float = 1.0) -> np.ndarray:
    image = GREY.copy()
    tint(image, person, alpha)
    return image


def test_a_part_map_is_drawn_in_the_colours_of_its_palette() -> None:
    classes = np.array([[0, 1], [13, 25]], np.uint8)
    person = Person(BOX, 0.9, parts=pack_parts(classes, (0, 0, 200, 400), "bodypix24"))
    image, colours = _tinted(person), palettes.colours("bodypix24")
    assert image[0, 0].tolist() == [100, 100, 100]
    assert image[0, 199].tolist() == colours[1].tolist()
    assert image[399, 0].tolist() == colours[13].tolist()
    assert image[399, 199].tolist() == colours[25].tolist()


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0])
def test_alpha_is_how_much_of_the_tint_covers_the_picture(alpha: float) -> None:
    person = Person(BOX, 0.9, mask=pack(np.ones((4, 4), bool), (50, 50, 150, 350)))
    image = _tinted(person, alpha)
    expected = (1 - alpha) * 100 + alpha * palettes.colours("binary")[1]
    assert image[200, 100] == pytest.approx(expected, abs=1)
    assert (image[:50] == 100).all()


def test_a_mask_with_keypoints_is_drawn_limb_by_limb() -> None:
    bits = np.ones((100, 50), bool)
    person = msgspec.structs.replace(person_of(*standing()), mask=pack(bits, BOX))
    colours = palettes.colours("limbs")
    image = _tinted(person)
    assert image[130, 100].tolist() == colours[2].tolist()
    assert {tuple(colour) for colour in np.unique(image.reshape(-1, 3), axis=0).tolist()} == {
        (100, 100, 100),
        *(tuple(colour) for colour in colours[1:11].tolist()),
    }


def test_a_person_without_a_mask_leaves_the_picture_as_it_is() -> None:
    assert np.array_equal(_tinted(person_of(*standing())), GREY)


def test_keypoints_that_tell_nothing_leave_the_whole_silhouette_in_one_colour() -> None:
    keypoints, world = standing()
    keypoints[:, 3] = 0.05
    person = msgspec.structs.replace(person_of(keypoints, world), mask=pack(np.ones((10, 5), bool), BOX))
    assert (_tinted(person) == palettes.colours("binary")[1]).all()
