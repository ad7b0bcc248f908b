"""Made-up detectors on made-up pictures: what the metrics say about detectors whose faults are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.evaluate.coco import Annotation, Picture, Result, Truth, write
from services.evaluate.folders import save_picture
from services.evaluate.pose.keypoints import PERSON
from services.evaluate.scenes import Sample, check_free, samples
from shared.scene.scene import PersonTruth
from shared.vision import skeletons
from shared.vision.skeletons.coco import COCO17

Floats = NDArray[np.float64]

PICTURES = 10
MOST_PEOPLE = 3


@dataclass(frozen=True)
class Fault:
    """How a detector errs: noise of its keypoints in px (standard deviation of x and of y), the share of
    people it misses, and how many it invents per picture on average.
    """

    name: str
    noise_px: float
    missed: float
    invented: float


DETECTORS = (Fault("perfect", 0, 0, 0), Fault("good", 3, 0, 0), Fault("poor", 15, 0.4, 0.7))


def make_demo(folder: Path, seed: int) -> None:
    """Write pictures, their annotations and a results file of each detector, which can be scored again.

    `folder` gets `pictures/`, `annotations.json` and `perfect.json`, `good.json`, `poor.json`.

    Raises:
        EvaluationError: the folder is another data set's, or cannot be written.
    """
    check_free(folder, [fault.name for fault in DETECTORS])
    made = list(samples(PICTURES, MOST_PEOPLE, seed))
    truth = _truth(made)
    for sample, picture in zip(made, truth.images, strict=True):
        save_picture(folder / "pictures" / picture.file_name, sample.image)
    write(folder / "annotations.json", truth)
    for fault in DETECTORS:
        write(folder / f"{fault.name}.json", detect(truth, fault, np.random.default_rng([seed, 7])))


def detect(truth: Truth, fault: Fault, generator: np.random.Generator) -> list[Result]:
    """What a detector with these faults would find."""
    results = []
    for annotation in truth.annotations:
        rows = np.array(annotation.keypoints, np.float64).reshape(-1, 3)
        labelled = (rows[:, 2:] > 0).astype(np.float64)
        noise = generator.normal(0, 1, rows[:, :2].shape)
        certainty, luck = generator.uniform(0, 1, 2).tolist()
        if luck >= fault.missed:
            moved = (rows[:, :2] + fault.noise_px * noise) * labelled
            results.append(_result(annotation.image_id, moved, labelled, 0.5 + certainty / 2))
    for picture in truth.images:
        for _ in range(int(generator.poisson(fault.invented))):
            points, there = _invented(picture, generator), np.ones((len(COCO17.points), 1))
            results.append(_result(picture.id, points, there, float(generator.uniform(0.3, 0.9))))
    return results


def _truth(made: Sequence[Sample]) -> Truth:
    pictures: list[Picture] = []
    annotations: list[Annotation] = []
    for number, sample in enumerate(made, 1):
        height_px, width_px = sample.image.shape[:2]
        pictures.append(Picture(number, f"{number:06d}.png", width_px, height_px))
        for person in sample.persons:
            annotations.append(_annotation(len(annotations) + 1, number, person))
    return Truth(tuple(pictures), tuple(annotations), (PERSON,))


def _annotation(number: int, picture: int, person: PersonTruth) -> Annotation:
    """Landmarks inside the picture are labelled: the visible ones as seen, the others as hidden."""
    places = skeletons.find(skeletons.BLAZEPOSE33).places(COCO17.points)
    height_px, width_px = person.mask.shape
    points, visible = person.keypoints[places], np.asarray(person.visible)[places]
    inside = _inside(points, width_px, height_px)
    flags = np.where(visible, 2, np.where(inside, 1, 0))
    rows = np.column_stack((np.where(inside[:, None], points.round(2), 0.0), flags))
    assert person.visible_box is not None
    x0, y0, x1, y1 = person.visible_box
    return Annotation(
        number,
        picture,
        PERSON.id,
        (x0, y0, x1 - x0, y1 - y0),
        area=float(person.mask.sum()),
        num_keypoints=int((flags > 0).sum()),
        keypoints=tuple(rows.ravel().tolist()),
    )


def _inside(points: Floats, width_px: int, height_px: int) -> NDArray[np.bool_]:
    x, y = points.T
    return np.asarray((x >= 0) & (y >= 0) & (x < width_px) & (y < height_px))


def _invented(picture: Picture, generator: np.random.Generator) -> Floats:
    """A heap of points of a person's size, somewhere in the picture."""
    size = np.array((0.12, 0.35)) * picture.height
    corner = generator.uniform((0, 0), (picture.width - size[0], picture.height - size[1]))
    return np.asarray(corner + generator.uniform(0, 1, (len(COCO17.points), 2)) * size)


def _result(picture: int, points: Floats, there: Floats, score: float) -> Result:
    """A found person of points (17, 2), of which those that are `there` (17, 1) are sure ones."""
    rows = np.column_stack((points.round(2), 0.9 * there))
    return Result(picture, PERSON.id, round(score, 4), tuple(rows.ravel().tolist()))
