"""Made-up segmentation on made-up pictures: what the metrics say about models whose faults are known."""

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from services.evaluate.coco import Annotation, Category, Picture, Result, Truth
from services.evaluate.demo import Demo, Fault
from services.evaluate.segmentation.classmaps import Bits, bits_of, runs_of
from shared.scene.scene import PersonTruth

_PERSON = Category(1, "person")


def segment(truth: Truth, fault: Fault, generator: np.random.Generator) -> list[Result]:
    """What a model with these faults would find.

    Outlines are up to `off_px` too narrow or too wide, and shifted as far.
    """
    pictures = {picture.id: picture for picture in truth.images}
    results = []
    for annotation in truth.annotations:
        picture = pictures[annotation.image_id]
        reach, across, down, luck = generator.uniform(-1, 1, 4).tolist()
        if (luck + 1) / 2 >= fault.missed:
            bits = _thickened(bits_of(annotation.segmentation, picture), round(reach * fault.off_px))
            moved = np.array([[1, 0, across * fault.off_px], [0, 1, down * fault.off_px]], np.float64)
            results.append(_result(picture, _warped(bits, moved), 0.95))
    for picture in truth.images:
        for _ in range(int(generator.poisson(fault.invented))):
            results.append(_result(picture, _blob(picture, generator), 0.6))
    return results


def _labelled(annotation: Annotation, person: PersonTruth) -> Annotation:
    return msgspec.structs.replace(annotation, segmentation=runs_of(person.mask))


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


DEMO = Demo(_PERSON, _labelled, segment, luck=8)
