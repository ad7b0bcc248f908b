"""COCO's files: annotations of pictures, and results of a model.

Source: https://cocodataset.org/#format-data and https://cocodataset.org/#format-results
"""

import collections
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Self, TypeVar

import msgspec

from services.evaluate import kits
from services.evaluate.errors import EvaluationError

_T = TypeVar("_T")
_LARGEST_BYTES = 2_000_000_000  # person_keypoints_train2017.json has 0.24 GB

Pixels = Annotated[int, msgspec.Meta(ge=1, le=65_500)]


class Picture(msgspec.Struct, frozen=True):
    """One picture of a folder."""

    id: int
    file_name: str
    width: Pixels
    height: Pixels


class Category(msgspec.Struct, frozen=True, omit_defaults=True):
    """A kind of thing that is labelled; `keypoints` are their names, in order."""

    id: int
    name: str
    keypoints: tuple[str, ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()


class Counts(msgspec.Struct, frozen=True):
    """A mask as run lengths; `size` is height, width. `counts` are numbers, or their compressed text."""

    size: tuple[Pixels, Pixels]
    counts: str | tuple[int, ...]


class Annotation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing in a picture. `bbox` is x, y, width, height in px; `area` in square px.

    `keypoints` are x, y, v for each: v 0 is not labelled, 1 labelled but hidden, 2 seen. `segmentation` is a
    list of polygons (x, y, x, y, ...), or run lengths.
    """

    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    area: float = 0.0
    iscrowd: int = 0
    num_keypoints: int = 0
    keypoints: tuple[float, ...] = ()
    segmentation: tuple[tuple[float, ...], ...] | Counts = ()


class Truth(msgspec.Struct, frozen=True):
    """An annotations file."""

    images: tuple[Picture, ...]
    annotations: tuple[Annotation, ...]
    categories: tuple[Category, ...]

    def of_pictures(self) -> dict[int, list[Annotation]]:
        """The annotations of each picture, also of those without any."""
        found: dict[int, list[Annotation]] = {picture.id: [] for picture in self.images}
        for annotation in self.annotations:
            found[annotation.image_id].append(annotation)
        return found

    def only(self, names: Sequence[str]) -> Self:
        """The annotations of some categories, by name; none named: all.

        Raises:
            EvaluationError: no such category.
        """
        known = {category.name: category for category in self.categories}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise EvaluationError(
                f"no category is called {unknown[0]!r}; the annotations know {', '.join(list(known)[:20])}"
            )
        if not names:
            return self
        kept = tuple(known[name] for name in names)
        ids = {category.id for category in kept}
        annotations = tuple(each for each in self.annotations if each.category_id in ids)
        return msgspec.structs.replace(self, annotations=annotations, categories=kept)


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a model has found: `keypoints` are x, y, confidence for each."""

    image_id: int
    category_id: int
    score: float
    keypoints: tuple[float, ...] = ()
    segmentation: tuple[tuple[float, ...], ...] | Counts = ()


def read_truth(path: Path) -> Truth:
    """Read an annotations file.

    Raises:
        EvaluationError: it is missing, is no annotations file, or its parts do not fit together.
    """
    truth = _read(path, Truth, "an annotations file of COCO (images, annotations, categories)")
    pictures, categories = (
        _unique(path, "images", truth.images),
        _unique(path, "categories", truth.categories),
    )
    _unique(path, "annotations", truth.annotations)
    for annotation in truth.annotations:
        where = f"{path}: annotation {annotation.id}"
        if annotation.image_id not in pictures:
            raise EvaluationError(
                f"{where} is of picture {annotation.image_id}, which `images` does not list"
            )
        if annotation.category_id not in categories:
            raise EvaluationError(
                f"{where} is of category {annotation.category_id}, which `categories` does not list"
            )
    return truth


def read_results(path: Path, truth: Truth) -> list[Result]:
    """Read a results file for the pictures of `truth`.

    Raises:
        EvaluationError: it is missing, is no results file, or is about other pictures or categories.
    """
    results = _read(path, list[Result], "a results file of COCO (a list of image_id, category_id, score)")
    pictures = {picture.id for picture in truth.images}
    categories = {category.id: category.name for category in truth.categories}
    for number, result in enumerate(results):
        if result.image_id not in pictures:
            raise EvaluationError(
                f"{path}: result {number} is of picture {result.image_id}, which the annotations do not list:"
                " are these predictions for other pictures?"
            )
        if result.category_id not in categories:
            known = ", ".join(f"{key} ({name})" for key, name in categories.items())
            raise EvaluationError(
                f"{path}: result {number} is of category {result.category_id}; the annotations know {known}"
            )
    return results


def write(path: Path, content: object) -> None:
    """Write structs as JSON, and make the folder where there is none.

    Raises:
        EvaluationError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(content) + b"\n")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror}; name another folder") from None


def tools(name: str) -> ModuleType:
    """A module of pycocotools.

    Raises:
        EvaluationError: it is not installed.
    """
    return kits.load(f"pycocotools.{name}")


def _read(path: Path, kind: type[_T], what: str) -> _T:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise EvaluationError(f"{path} has more than {_LARGEST_BYTES / 1e9:g} GB")
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}; is the path right?") from None
    except msgspec.DecodeError as error:
        raise EvaluationError(f"{path} is not {what}: {error}") from None


def _unique(path: Path, part: str, rows: tuple[Any, ...]) -> set[int]:
    counts = collections.Counter(row.id for row in rows)
    twice = [str(key) for key, count in counts.items() if count > 1]
    if twice:
        raise EvaluationError(f"{path}: ids in `{part}` are given twice: {', '.join(twice[:5])}")
    return set(counts)
