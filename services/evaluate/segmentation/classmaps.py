"""Class maps: which class each pixel of a picture shows, from COCO's masks or from folders of maps."""

import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from services.evaluate.coco import Annotation, Counts, Picture, Result, Truth, tools
from services.evaluate.errors import EvaluationError

ClassMap = NDArray[np.uint8]  # (H, W) class numbers; 0 is the background
Bits = NDArray[np.bool_]  # (H, W)

BACKGROUND = "background"
IGNORED = 255  # a pixel that does not count
MOST_CLASSES = 255
_SUFFIXES = (".png", ".npy")


class Maps(Protocol):
    """Class maps of a set of pictures; `classes` are their names by number, the background first."""

    @property
    def classes(self) -> tuple[str, ...]: ...

    def of(self, picture: Picture) -> ClassMap:
        """The map of one picture.

        Raises:
            EvaluationError: there is none, or it does not fit the picture.
        """


@dataclass(frozen=True)
class CocoMaps:
    """The masks of annotations or results, painted: the small over the large, the sure over the unsure.

    Class n is the n-th category. Crowds do not count.
    """

    truth: Truth
    shapes: dict[int, list[Annotation | Result]]

    @classmethod
    def of_truth(cls, truth: Truth) -> "CocoMaps":
        """What is labelled.

        Raises:
            EvaluationError: no mask is labelled.
        """
        if not any(annotation.segmentation for annotation in truth.annotations):
            raise EvaluationError(
                "the annotations hold no masks (`segmentation`): of COCO take instances_*.json, or give a"
                " folder of class maps as --maps"
            )
        shapes: dict[int, list[Annotation | Result]] = {picture.id: [] for picture in truth.images}
        for annotation in sorted(truth.annotations, key=lambda each: -each.area):
            shapes[annotation.image_id].append(annotation)
        return cls(truth, shapes)

    @classmethod
    def of_results(cls, truth: Truth, results: Sequence[Result], least_score: float) -> "CocoMaps":
        """What a model has found of the categories of `truth`, and is as sure of as `least_score`."""
        known = {category.id for category in truth.categories}
        shapes: dict[int, list[Annotation | Result]] = {picture.id: [] for picture in truth.images}
        for result in sorted(results, key=lambda each: each.score):
            if result.score >= least_score and result.category_id in known:
                shapes[result.image_id].append(result)
        return cls(truth, shapes)

    @property
    def classes(self) -> tuple[str, ...]:
        return (BACKGROUND, *(category.name for category in self.truth.categories))

    def of(self, picture: Picture) -> ClassMap:
        numbers = {category.id: n for n, category in enumerate(self.truth.categories, 1)}
        painted = np.zeros((picture.height, picture.width), np.uint8)
        for shape in self.shapes[picture.id]:
            crowd = isinstance(shape, Annotation) and shape.iscrowd
            bits = bits_of(shape.segmentation, picture)
            painted[bits & (painted == 0) if crowd else bits] = (
                IGNORED if crowd else numbers[shape.category_id]
            )
        return painted


@dataclass(frozen=True)
class FolderMaps:
    """A folder with a map per picture, of its name: `.npy` (H, W) integers, or `.png` of one channel or with
    a palette (the numbers of its colours count).
    """

    folder: Path
    classes: tuple[str, ...]

    def of(self, picture: Picture) -> ClassMap:
        name = Path(picture.file_name)
        paths = [self.folder / name.with_suffix(suffix) for suffix in _SUFFIXES]
        path = next((path for path in paths if path.is_file()), None)
        if path is None or ".." in name.parts or name.is_absolute():
            raise EvaluationError(
                f"no class map of {picture.file_name}: {self.folder} lacks {name.stem}.png or .npy"
            )
        cells = _read_npy(path) if path.suffix == ".npy" else _read_png(path)
        if cells.shape != (picture.height, picture.width):
            raise EvaluationError(
                f"{path} is {' x '.join(map(str, cells.shape[::-1]))}, its picture {picture.width} x"
                f" {picture.height}: scale the map to the picture, by nearest neighbour"
            )
        _check_numbers(cells, self.classes, path)
        return cells


def bits_of(segmentation: Sequence[Sequence[float]] | Counts, picture: Picture) -> Bits:
    """A mask (H, W) of polygons or of run lengths; empty without either.

    Raises:
        EvaluationError: a polygon of fewer than three corners, or run lengths of another size.
    """
    height, width = picture.height, picture.width
    if not segmentation:
        return np.zeros((height, width), bool)
    masks = tools("mask")
    if isinstance(segmentation, Counts):
        if segmentation.size != (height, width):
            raise EvaluationError(
                f"a mask of {picture.file_name} is {segmentation.size[1]} x {segmentation.size[0]} pixels,"
                f" the picture {width} x {height}"
            )
        counts = segmentation.counts
        packed = {
            "size": list(segmentation.size),
            "counts": counts if isinstance(counts, str) else list(counts),
        }
        runs = packed if isinstance(counts, str) else masks.frPyObjects(packed, height, width)
    else:
        if any(len(polygon) < 6 or len(polygon) % 2 for polygon in segmentation):
            raise EvaluationError(f"a polygon of {picture.file_name} has fewer than three corners x, y")
        runs = masks.merge(masks.frPyObjects([list(polygon) for polygon in segmentation], height, width))
    with warnings.catch_warnings():  # pycocotools 2.0 asks numpy 2 for a view in the way of numpy 1
        warnings.simplefilter("ignore", DeprecationWarning)
        return np.asarray(masks.decode(runs)).astype(bool)


def runs_of(bits: Bits) -> Counts:
    """A mask (H, W) as compressed run lengths."""
    packed = tools("mask").encode(np.asfortranarray(bits.astype(np.uint8)))
    return Counts((bits.shape[0], bits.shape[1]), packed["counts"].decode("ascii"))


def read_classes(folder: Path, named: Sequence[str]) -> tuple[str, ...]:
    """The names of a folder's classes by number: given, or the lines of its `classes.txt`.

    Raises:
        EvaluationError: neither, or too many.
    """
    listed = folder / "classes.txt"
    names = tuple(named)
    if not names and listed.is_file():
        names = tuple(line.strip() for line in listed.read_text("utf-8").splitlines() if line.strip())
    if not 2 <= len(names) <= MOST_CLASSES or len(set(names)) != len(names):
        raise EvaluationError(
            f"{len(names)} different classes are named for {folder}, wanted are 2 to {MOST_CLASSES}: give"
            " --classes background,person or a classes.txt with a name per line, number 0 first"
        )
    return names


def _check_numbers(cells: ClassMap, classes: Sequence[str], path: Path) -> None:
    numbers = np.unique(cells).tolist()
    unknown = [number for number in numbers if number >= len(classes) and number != IGNORED]
    if unknown:
        raise EvaluationError(
            f"{path} holds class {unknown[0]}, and only 0 to {len(classes) - 1} are named: name all; or is"
            " this a picture in grey?"
        )
    if IGNORED in numbers and len(numbers) < 3 and set(numbers) <= {0, IGNORED}:
        raise EvaluationError(
            f"{path} holds only 0 and {IGNORED}, and {IGNORED} does not count: write class numbers, 1 for"
            f" {classes[1]}"
        )


def _read_npy(path: Path) -> ClassMap:
    try:
        cells = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path} is not an array of numpy: {error}") from None
    if cells.ndim != 2 or cells.dtype.kind not in "ui" or cells.size == 0:
        raise EvaluationError(f"{path} is {cells.ndim}-dimensional {cells.dtype}, wanted are (H, W) integers")
    if int(cells.min()) < 0 or int(cells.max()) > IGNORED:
        raise EvaluationError(f"{path} holds numbers outside of 0 to {IGNORED}")
    return np.asarray(cells, np.uint8)


def _read_png(path: Path) -> ClassMap:
    """The grey levels, or where the file has a palette, the numbers of its colours."""
    cells = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if cells is None:
        raise EvaluationError(f"{path} cannot be decoded as a picture")
    if cells.ndim == 2 and cells.dtype == np.uint8:
        return cells.astype(np.uint8, copy=False)
    palette = _palette(path.read_bytes())
    if palette is None or cells.dtype != np.uint8:
        raise EvaluationError(f"{path} has colours: a class map has one channel of 8 bits, or a palette")
    colours = cells[..., 2::-1].astype(np.uint32) @ np.array((65_536, 256, 1), np.uint32)
    numbers, places = np.unique(palette, return_index=True)
    at = np.minimum(np.searchsorted(numbers, colours), len(numbers) - 1)
    return places[at].astype(np.uint8)


def _palette(data: bytes) -> NDArray[np.uint32] | None:
    """The colours (N,) of a PNG's palette as 0xRRGGBB; None where it has none.

    Source: https://www.w3.org/TR/png-3/#11PLTE; a chunk is length, type, data and checksum.
    """
    at = 8
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        if kind == b"PLTE" and zlib.crc32(kind + body) == int.from_bytes(data[at + 8 + length :][:4], "big"):
            rgb = np.frombuffer(body, np.uint8).reshape(-1, 3).astype(np.uint32)
            return np.asarray(rgb @ np.array((65_536, 256, 1), np.uint32))
        at += 12 + length
    return None
