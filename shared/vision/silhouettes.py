"""From the maps of a segmentation network to one person's silhouette, for every kind of network."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from typing_extensions import override

from shared.messages import Box
from shared.models.errors import ModelError
from shared.models.registry import Entry
from shared.vision import palettes
from shared.vision.blazepose import sigmoid
from shared.vision.boxes import Floats
from shared.vision.limbs import Silhouette
from shared.vision.masks import grid_shape, resample
from shared.vision.palettes import Palette
from shared.vision.regions import Region

Maps = Mapping[str, Floats]  # of one picture, each (C, H, W)

_GRID = 96  # cells along the longer side of a mask
_EVERY = -1  # class but the background shows people


class Reader(ABC):
    """Reads one person's silhouette from a network's maps.

    Attributes:
        outputs: the maps that it needs.
    """

    outputs: Sequence[str]

    @abstractmethod
    def read(self, maps: Maps, region: Region, box: Box) -> Silhouette:
        """The person in `box` (source pixels, inside the picture) as `maps` show it, which were made of
        `region`.
        """


@dataclass(frozen=True)
class MaskReader(Reader):
    """One map of a person's probability, or of its logit."""

    threshold: float
    outputs: Sequence[str] = ("mask",)
    logits: bool = False

    @override
    def read(self, maps: Maps, region: Region, box: Box) -> Silhouette:
        (values,) = maps[self.outputs[0]]
        sure = resample(sigmoid(values) if self.logits else values, region, box, grid_shape(box, _GRID))
        return Silhouette(sure >= self.threshold, box, sure)


@dataclass(frozen=True)
class BodyPixReader(Reader):
    """A person's logit, and one for each of 24 parts, at points `stride` input pixels apart from corner to
    corner.

    Source: https://github.com/tensorflow/tfjs-models/tree/master/body-pix; there too a cell's part is the
    likeliest, however unlikely. We lay the logits over the picture before anything else, so that the edges
    between such coarse cells are straight.
    """

    threshold: float
    spans: tuple[float, float]
    outputs: Sequence[str] = ("segments", "part_heatmaps")

    @override
    def read(self, maps: Maps, region: Region, box: Box) -> Silhouette:
        shape = grid_shape(box, _GRID)
        sure = sigmoid(resample(maps["segments"][0], region, box, shape, self.spans))
        parts = [resample(part, region, box, shape, self.spans) for part in maps["part_heatmaps"]]
        bits = sure >= self.threshold
        classes = np.where(bits, np.argmax(parts, axis=0) + 1, 0).astype(np.uint8)
        return Silhouette(bits, box, sure, classes, palettes.find("bodypix24"))


@dataclass(frozen=True)
class ClassReader(Reader):
    """A logit for each of several classes; a cell is the likeliest.

    Attributes:
        palette: the classes, the background first.
        order: which of the network's maps is which class of the palette.
        person: the only class that shows people; None: all but the background do.
    """

    palette: Palette
    order: Sequence[int]
    person: int | None = None
    outputs: Sequence[str] = ("classes",)

    @override
    def read(self, maps: Maps, region: Region, box: Box) -> Silhouette:
        logits = maps["classes"]
        shape = grid_shape(box, _GRID)
        seen = np.array([resample(logits[place], region, box, shape) for place in self.order])
        likely = np.exp(seen - seen.max(axis=0))
        likely /= likely.sum(axis=0)
        classes = seen.argmax(axis=0).astype(np.uint8)
        if self.person is not None:
            return Silhouette(classes == self.person, box, likely[self.person])
        bits = classes > 0
        told = (classes, self.palette) if self.palette.tells_parts else (None, None)
        return Silhouette(bits, box, 1 - likely[0], *told)


def reader_of(entry: Entry, threshold: float) -> Reader:
    """What reads the maps of this model.

    Args:
        entry: of the registry. A model of several classes has the parameters `background` (number of the
            class that shows nobody, 0 by default) and `person` (number of the only class that shows people;
            -1, the default: all but the background do); BodyPix has `stride` (16 by default).
        threshold: probability from which on a cell shows a person; models of several classes take the
            likeliest.

    Raises:
        ModelError: the model is none that segments people, or its classes or parameters are wrong.
    """
    if entry.decoder == "mask":
        return MaskReader(threshold)
    if entry.decoder == "blazepose-landmarks" and any(each.name == "segmentation" for each in entry.kept):
        return MaskReader(threshold, ("segmentation",), logits=True)
    if entry.decoder == "bodypix":
        stride = float(entry.parameters.get("stride", 16))
        return BodyPixReader(threshold, (entry.input.height / stride, entry.input.width / stride))
    if entry.decoder == "classes":
        return _class_reader(entry)
    raise ModelError(
        f"model {entry.name} tells no silhouettes (decoder {entry.decoder}); choose a segmentation model"
    )


def _class_reader(entry: Entry) -> ClassReader:
    palette = palettes.of_model(entry)
    order = palettes.background_first(entry, len(palette.classes))
    for output in entry.kept:
        if output.name == "classes" and output.shape and output.shape[0] != len(order):
            raise ModelError(
                f"model {entry.name} gives {output.shape[0]} classes, but {palette.name} has {len(order)}:"
                " correct its `classes` in the registry"
            )
    person = entry.parameters.get("person", _EVERY)
    if person == _EVERY:
        return ClassReader(palette, order)
    if person not in order[1:]:
        raise ModelError(f"model {entry.name}: person {person} is none of its classes, or the background")
    return ClassReader(palette, order, order.index(int(person)))
