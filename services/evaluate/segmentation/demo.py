"""Made-up segmentation on made-up pictures: what the metrics say about models whose faults are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from services.evaluate.coco import Annotation, Category, Picture, Result, Truth, write
from services.evaluate.folders import save_picture
from services.evaluate.scenes import Sample, check_free, samples
from services.evaluate.segmentation.classmaps import Bits, bits_of, runs_of

PICTURES = 10
MOST_PEOPLE = 3
_PERSON = Category(1, "person")


@dataclass(frozen=True)
class Fault:
    """How a model errs: its outline is up to `edge_px` too narrow or too wide and shifted as far, it misses a
    share of the people, and invents so many blobs per picture on average.
    """

    name: str
    edge_px: int
    missed: float
    invented: float


MODELS = (Fault("perfect", 0, 0, 0), Fault("good", 3, 0, 0), Fault("poor", 15, 0.4, 0.7))


def make_demo(folder: Path, seed: int) -> None:
    """Write pictures, their masks and a results file of each model, which can be scored again.

    `folder` gets `pictures/`, `annotations.json` and `perfect.json`, `good.json`, `poor.json`.

    Raises:
        EvaluationError: the folder is another data set's, or cannot be written.
    """
    check_free(folder, [fault.name for fault in MODELS])
    made = list(samples(PICTURES, MOST_PEOPLE, seed))
    truth = _truth(made)
    for sample, picture in zip(made, truth.images, strict=True):
        save_picture(folder / "pictures" / picture.file_name, sample.image)
    write(folder / "annotations.json", truth)
    for fault in MODELS:
        write(folder / f"{fault.name}.json", segment(truth, fault, np.random.default_rng([seed, 8])))


def segment(truth: Truth, fault: Fault, generator: np.random.Generator) -> list[Result]:
    """What a model with these faults would find."""
    pictures = {picture.id: picture for picture in truth.images}
    results = []
    for annotation in truth.annotations:
        picture = pictures[annotation.image_id]
        reach, across, down, luck = generator.uniform(-1, 1, 4).tolist()
        if (luck + 1) / 2 >= fault.missed:
            bits = _thickened(bits_of(annotation.segmentation, picture), round(reach * fault.edge_px))
            moved = np.array([[1, 0, across * fault.edge_px], [0, 1, down * fault.edge_px]], np.float64)
            results.append(_result(picture, _warped(bits, moved), 0.95))
    for picture in truth.images:
        for _ in range(int(generator.poisson(fault.invented))):
            results.append(_result(picture, _blob(picture, generator), 0.6))
    return results


def _truth(made: Sequence[Sample]) -> Truth:
    pictures: list[Picture] = []
    annotations: list[Annotation] = []
    for number, sample in enumerate(made, 1):
        height_px, width_px = sample.image.shape[:2]
        pictures.append(Picture(number, f"{number:06d}.png", width_px, height_px))
        for person in sample.persons:
            assert person.visible_box is not None
            x0, y0, x1, y1 = person.visible_box
            annotations.append(
                Annotation(
                    len(annotations) + 1,
                    number,
                    _PERSON.id,
                    (x0, y0, x1 - x0, y1 - y0),
                    area=float(person.mask.sum()),
                    segmentation=runs_of(person.mask),
                )
            )
    return Truth(tuple(pictures), tuple(annotations), (_PERSON,))


def _thickened(bits: Bits, reach_px: int) -> Bits:
    """The mask grown by so many pixels on every side, or shrunk where they are negative."""
    side = 2 * abs(reach_px) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    operation = cv2.dilate if reach_px >= 0 else cv2.erode
    return np.asarray(operation(bits.astype(np.uint8), kernel)).astype(bool)


def _warped(bits: Bits, matrix: NDArray[np.float64]) -> Bits:
    moved = cv2.warpAffine(bits.astype(np.uint8), matrix, bits.shape[::-1], flags=cv2.INTER_NEAREST)
    return np.asarray(moved).astype(bool)


def _blob(picture: Picture, generator: np.random.Generator) -> Bits:
    """An upright ellipse of a person's size."""
    blob = np.zeros((picture.height, picture.width), np.uint8)
    centre = tuple(int(value) for value in generator.uniform((0, 0), (picture.width, picture.height)))
    axes = round(0.07 * picture.height), round(0.22 * picture.height)
    cv2.ellipse(blob, (centre[0], centre[1]), axes, 0, 0, 360, 1, cv2.FILLED)
    return blob.astype(bool)


def _result(picture: Picture, bits: Bits, score: float) -> Result:
    return Result(picture.id, _PERSON.id, score, segmentation=runs_of(bits))
