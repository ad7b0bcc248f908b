import numpy as np
import pytest

from shared.vision import palettes
from shared.vision.skeletons import LIMBS


@pytest.mark.parametrize(
    ("name", "count", "some"),
    [
        ("bodypix24", 25, {1: "left_face", 13: "torso_front", 24: "right_foot"}),
        ("sapiens28", 28, {0: "background", 2: "face_neck", 12: "lower_clothing", 27: "tongue"}),
        ("limbs", 11, {1: "head", 2: "torso", 10: "right_shank"}),
        ("binary", 2, {1: "person"}),
    ],
)
def test_the_table_lists_each_palette_in_the_order_of_its_model(
    name: str, count: int, some: dict[int, str]
) -> None:
    palette = palettes.find(name)
    assert len(palette.classes) == count
    assert {number: palette.names[number] for number in some} == some
    assert set(palettes.names()) == {"bodypix24", "sapiens28", "limbs", "binary"}


@pytest.mark.parametrize("name", palettes.names())
def test_every_class_has_a_colour_of_its_own_and_limbs_that_exist(name: str) -> None:
    palette = palettes.find(name)
    shown = palette.colours[: len(palette.classes)]
    assert len(np.unique(shown, axis=0)) == len(palette.classes)
    assert not shown[0].any()
    assert {limb for each in palette.classes for limb in each.limbs} <= {*LIMBS, "any"}
    assert not palette.limbs[:, 0].any()
    assert palette.limbs[:, 1 : len(palette.classes)].any(axis=0).all()


@pytest.mark.parametrize("name", palettes.names())
def test_a_class_of_one_side_belongs_to_limbs_of_that_side(name: str) -> None:
    for each in palettes.find(name).classes:
        for limb in each.limbs if each.side else ():
            assert limb == "head" or limb.startswith(str(each.side))


def test_the_limbs_palette_numbers_the_limbs_in_their_order() -> None:
    assert palettes.find("limbs").names[1:] == tuple(LIMBS)
    assert np.array_equal(palettes.find("limbs").limbs[:, 1:11], np.eye(10, dtype=bool))


def test_an_unknown_palette_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValueError, match="did you mean 'sapiens28'"):
        palettes.find("sapiens")
    with pytest.raises(ValueError, match="there are bodypix24, sapiens28"):
        palettes.find("????")


def test_a_models_own_classes_take_what_the_table_knows_of_them() -> None:
    own = palettes.of_classes("atr", ("Background", "Hair", "upper-clothing", "bag", "Left Shoe"))
    assert own.name == "atr"
    assert own.names == ("Background", "Hair", "upper-clothing", "bag", "Left Shoe")
    assert own.classes[1].limbs == ("head",)
    assert "torso" in own.classes[2].limbs
    assert own.limbs[:, 3].all()
    assert own.classes[4].limbs == ("left_shank",)
    assert len(np.unique(own.colours[:5], axis=0)) == 5


def test_one_class_name_is_that_of_a_palette() -> None:
    assert palettes.of_classes("sapiens-seg", ("sapiens28",)) is palettes.find("sapiens28")
    with pytest.raises(ValueError, match="names no classes"):
        palettes.of_classes("mine", ())


def test_colours_of_a_foreign_palette_tell_neighbours_apart() -> None:
    foreign = palettes.colours("somebody's").astype(int)
    assert not foreign[0].any()
    assert np.abs(np.diff(foreign[1:40], axis=0)).sum(axis=1).min() > 100
    assert np.array_equal(palettes.colours("bodypix24"), palettes.find("bodypix24").colours)
