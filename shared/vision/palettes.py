"""What the class numbers of a part map mean: `palettes.toml`, read and checked."""

import functools
from importlib import resources

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.models.errors import ModelError
from shared.models.registry import Entry
from shared.nearest import hint
from shared.vision.skeletons import LIMBS

Colours = NDArray[np.uint8]  # (256, 3) BGR

_ANY = ("any",)
_SIDES = ("left", "right")
_GOLDEN = 0.618034  # steps of this part of the colour circle keep neighbours apart


class PartClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One class: the colour it is drawn in (BGR), and the limbs that a cell of it may belong to."""

    name: str
    bgr: tuple[int, int, int]
    limbs: tuple[str, ...]

    @property
    def side(self) -> str | None:
        """Of the person: "left", "right" or None."""
        return next((side for side in _SIDES if side in self.name.split("_")), None)


class Palette(msgspec.Struct, frozen=True, dict=True):
    """The classes of a model in the order of their numbers; 0 is no part of a person."""

    name: str
    classes: tuple[PartClass, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.classes)

    @property
    def tells_parts(self) -> bool:
        """Whether there is more to tell than person or not."""
        return len(self.classes) > 2

    @functools.cached_property
    def colours(self) -> Colours:
        """(256, 3) BGR by class number; numbers without a class have colours of their own."""
        table = _hues()
        table[: len(self.classes)] = [each.bgr for each in self.classes]
        return table

    @functools.cached_property
    def limbs(self) -> NDArray[np.bool_]:
        """(L, 256) whether a cell of a class may belong to a limb, in the order of `LIMBS`."""
        table = np.zeros((len(LIMBS), 256), bool)
        for number, each in enumerate(self.classes):
            table[:, number] = [each.limbs == _ANY or limb in each.limbs for limb in LIMBS]
        return table


def find(name: str) -> Palette:
    """The palette called `name`.

    Raises:
        ValueError: there is none; the nearest name is suggested.
    """
    palettes = _load()
    if name in palettes:
        return palettes[name]
    raise ValueError(f"no palette is called {name!r}; {hint(name, palettes)}")


def names() -> tuple[str, ...]:
    """Every palette's name."""
    return tuple(_load())


def of_classes(name: str, classes: tuple[str, ...]) -> Palette:
    """The palette of a model whose registry entry names its `classes`: one palette, or each class.

    Classes of the model's own make a palette of its `name`: those that the table knows by name (spaces and
    hyphens as good as underscores) have its colours and limbs; each other may be any limb.

    Raises:
        ValueError: no class but the background is named, or an unknown palette.
    """
    if len(classes) == 1:
        return find(classes[0])
    if len(classes) < 2:
        raise ValueError("it names no classes: name each of them, or a palette")
    known, hues = _known_classes(), _hues()
    listed = [PartClass(classes[0], (0, 0, 0), ())]
    for number, each in enumerate(classes[1:], start=1):
        like = known.get(each.lower().replace(" ", "_").replace("-", "_"))
        blue, green, red = hues[number].tolist()
        listed.append(
            PartClass(each, like.bgr, like.limbs) if like else PartClass(each, (blue, green, red), _ANY)
        )
    return Palette(name, tuple(listed))


def of_model(entry: Entry) -> Palette:
    """The palette of a model of several classes, in the order of its part maps: the class that shows nobody
    first, which the entry's parameter `background` names by number (0 by default).

    Raises:
        ModelError: it names no classes, an unknown palette, or a background that is none of them.
    """
    try:
        named = of_classes(entry.name, entry.classes)
    except ValueError as error:
        raise ModelError(f"model {entry.name}: {error}") from error
    order = background_first(entry, len(named.classes))
    return named if order[0] == 0 else of_classes(entry.name, tuple(named.names[place] for place in order))


def background_first(entry: Entry, count: int) -> tuple[int, ...]:
    """The places of a model's `count` classes, the background's before the others.

    Raises:
        ModelError: the background is none of them.
    """
    background = entry.parameters.get("background", 0)
    if background not in range(count):
        raise ModelError(f"model {entry.name}: background {background} is none of its {count} classes")
    return tuple(sorted(range(count), key=lambda place: place != background))


def colours(name: str) -> Colours:
    """(256, 3) BGR of the palette called `name`; for a model's own, colours that tell classes apart."""
    palette = _load().get(name)
    return _hues() if palette is None else palette.colours


@functools.cache
def _load() -> dict[str, Palette]:
    text = resources.files(__package__).joinpath("palettes.toml").read_text("utf-8")
    tables = msgspec.toml.decode(text, type=dict[str, tuple[PartClass, ...]])
    return {name: Palette(name, classes) for name, classes in tables.items()}


@functools.cache
def _known_classes() -> dict[str, PartClass]:
    return {each.name: each for palette in _load().values() for each in palette.classes if each.limbs}


def _hues() -> Colours:
    """(256, 3) BGR: black for no class, and colours whose neighbours differ."""
    hues = np.zeros((1, 256, 3), np.uint8)
    hues[0, :, 0] = np.arange(256) * _GOLDEN % 1 * 180
    hues[0, 1:, 1:] = (200, 255)
    return np.asarray(cv2.cvtColor(hues, cv2.COLOR_HSV2BGR)[0], np.uint8)
