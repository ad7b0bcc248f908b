"""What the numbers of a YOLOX network mean.

Each cell of three grids, one for every 8, 16 and 32 input pixels, predicts one object: where its centre lies
from the cell's corner and the logarithm of its size, both in cells, and the probabilities of any object there
and of each class.

Source: Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv:2107.08430, section 2.1; the models that its
    authors publish as ONNX (Apache-2.0), whose probabilities have already gone through the sigmoid.
"""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.models.errors import ModelError
from shared.models.registry import Entry
from shared.nearest import hint
from shared.vision.boxes import Boxes, Floats, nms
from shared.vision.regions import Region

_STRIDES_PX = (8, 16, 32)
_PLACE = 5  # columns before the classes: x, y, width, height, any object
_LARGEST = 16.0  # of the logarithm of a size in cells: larger than any picture, and still a number
_MOST = 256  # objects of one picture, as many as a message may carry persons

COCO_CLASSES: tuple[str, ...] = tuple(
    """person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light|fire hydrant|stop sign
    parking meter|bench|bird|cat|dog|horse|sheep|cow|elephant|bear|zebra|giraffe|backpack|umbrella|handbag
    tie|suitcase|frisbee|skis|snowboard|sports ball|kite|baseball bat|baseball glove|skateboard|surfboard
    tennis racket|bottle|wine glass|cup|fork|knife|spoon|bowl|banana|apple|sandwich|orange|broccoli|carrot
    hot dog|pizza|donut|cake|chair|couch|potted plant|bed|dining table|toilet|tv|laptop|mouse|remote
    keyboard|cell phone|microwave|oven|toaster|sink|refrigerator|book|clock|vase|scissors|teddy bear
    hair drier|toothbrush""".replace("\n    ", "|").split("|")
)
"""The 80 classes of the COCO data set, in the order of its annotations."""


@dataclass(frozen=True)
class Objects:
    """What was found in one picture, best first: boxes (N, 4) in source pixels, scores (N,) in [0, 1] and
    each one's place (N,) among the classes that were looked for.
    """

    boxes: Boxes
    scores: Floats
    kinds: NDArray[np.intp]


def class_names(entry: Entry) -> tuple[str, ...]:
    """The classes of a YOLOX model: its own, or COCO's where it has 80 of no name, or one "person".

    Raises:
        ModelError: its output has another number of columns, or columns that nobody names.
    """
    count = entry.kept[0].shape[-1] - _PLACE
    known = entry.classes or {len(COCO_CLASSES): COCO_CLASSES, 1: ("person",)}.get(count, ())
    if len(known) != count:
        raise ModelError(
            f"model {entry.name} has {count} classes and {len(known)} names;"
            " give `classes` as many names as its output has columns after the first five"
        )
    return known


def columns(entry: Entry, wanted: Sequence[str]) -> tuple[int, ...]:
    """Where the wanted classes stand among those of a model.

    Raises:
        ModelError: none is wanted, or the model has no such class; the nearest name is suggested.
    """
    names = class_names(entry)
    if not wanted:
        raise ModelError(f"model {entry.name}: no class is wanted; name at least one, like {names[0]!r}")
    for name in wanted:
        if name not in names:
            raise ModelError(f"model {entry.name} has no class {name!r}; {hint(name, names)}")
    return tuple(names.index(name) for name in dict.fromkeys(wanted))


def decode(
    predictions: Floats,
    regions: Sequence[Region],
    size_px: tuple[int, int],
    classes: Sequence[int],
    least: float,
    iou: float,
) -> list[Objects]:
    """Turn the network's output into objects, a list for each picture.

    The wanted classes are alternatives for one thing ("person", or "standing" and "lying"): a cell counts by
    the likeliest of them, and boxes drop each other whatever their class.

    Args:
        predictions: (N, cells, 5 + classes), grids in the order of their strides, cells row by row.
        regions: the N regions, by right angles, that the network saw.
        size_px: height and width of its input.
        classes: columns of the wanted classes, from 0.
        least: smallest score in [0, 1] that counts; the score is object times class.
        iou: overlap at which two boxes are one object.

    Raises:
        ValueError: the input has another number of cells, or a value is no number.
    """
    corners, strides = _cells(*size_px)
    if predictions.shape[1] != len(corners):
        raise ValueError(f"an input of {size_px} pixels has {len(corners)} cells, not {predictions.shape[1]}")
    objectness = predictions[..., 4]
    picture, cell = np.nonzero(~(objectness < least))  # a probability of a class makes no score larger
    rows = predictions[picture, cell]
    if not np.isfinite(rows).all():
        raise ValueError("the network gave values that are no numbers; does it run at too low a precision?")
    likely = rows[:, [_PLACE + column for column in classes]]
    kinds, scores = likely.argmax(axis=1), rows[:, 4] * likely.max(axis=1)
    left = scores >= least
    picture, cell, rows, kinds, scores = (each[left] for each in (picture, cell, rows, kinds, scores))
    stride = strides[cell]
    centres = (rows[:, :2] + corners[cell]) * stride
    half = np.exp(np.minimum(rows[:, 2:4], _LARGEST)) * stride / 2
    boxes = np.concatenate((centres - half, centres + half), axis=1, dtype=np.float32)
    kept = nms(boxes, scores, picture, iou, _MOST)
    units = np.asarray(boxes[kept] / np.tile(np.array(size_px[::-1], np.float32), 2), np.float32)
    ends = np.searchsorted(picture[kept], np.arange(len(regions) + 1))
    parts = [slice(start, end) for start, end in itertools.pairwise(ends.tolist())]
    return [
        Objects(_upright(region, units[part]), scores[kept][part], kinds[kept][part])
        for region, part in zip(regions, parts, strict=True)
    ]


@functools.cache
def _cells(height: int, width: int) -> tuple[Floats, Floats]:
    """Of each cell of an input: its column and row (C, 2), and its size in input pixels (C, 1).

    Raises:
        ValueError: a side is no multiple of the largest cell's.
    """
    if height % _STRIDES_PX[-1] or width % _STRIDES_PX[-1]:
        raise ValueError(f"an input of {height} x {width} pixels is no whole number of cells")
    grids, sizes = [], []
    for stride in _STRIDES_PX:
        y, x = np.mgrid[: height // stride, : width // stride]
        grids.append(np.stack((x.ravel(), y.ravel()), axis=1))
        sizes.append(np.full((x.size, 1), stride))
    return np.concatenate(grids, dtype=np.float32), np.concatenate(sizes, dtype=np.float32)


def _upright(region: Region, boxes: Boxes) -> Boxes:
    """Boxes (N, 4) in the units of a region as boxes in the picture."""
    points = region.to_picture(boxes.reshape(-1, 2, 2))
    return np.concatenate((points.min(axis=1), points.max(axis=1)), axis=1)
