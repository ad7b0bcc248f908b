"""Made-up detectors on made-up pictures: what the metrics say about detectors whose faults are known."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.evaluate.coco import Annotation, Picture, Result, Truth
from services.evaluate.demo import Demo, Fault
from services.evaluate.pose.keypoints import PERSON
from shared.scene.scene import PersonTruth
from shared.vision import skeletons
from shared.vision.skeletons.coco import COCO17

Floats = NDArray[np.float64]


def detect(truth: Truth, fault: Fault, generator: np.random.Generator) -> list[Result]:
    """What a detector with these faults would find: `off_px` is the standard deviation of x and of y."""
    results = []
    for annotation in truth.annotations:
        rows = np.array(annotation.keypoints, np.float64).reshape(-1, 3)
        labelled = (rows[:, 2:] > 0).astype(np.float64)
        noise = generator.normal(0, 1, rows[:, :2].shape)
        certainty, luck = generator.uniform(0, 1, 2).tolist()
        if luck >= fault.missed:
            moved = (rows[:, :2] + fault.off_px * noise) * labelled
            results.append(_result(annotation.image_id, moved, labelled, 0.5 + certainty / 2))
    for picture in truth.images:
        for _ in range(int(generator.poisson(fault.invented))):
            points, there = _invented(picture, generator), np.ones((len(COCO17.points), 1))
            results.append(_result(picture.id, points, there, float(generator.uniform(0.3, 0.9))))
    return results


def _labelled(annotation: Annotation, person: PersonTruth) -> Annotation:
    """Landmarks inside the picture are labelled: the visible ones as seen, the others as hidden."""
    places = skeletons.find(skeletons.BLAZEPOSE33).places(COCO17.points)
    height_px, width_px = person.mask.shape
    points, visible = person.keypoints[places], np.asarray(person.visible)[places]
    inside = _inside(points, width_px, height_px)
    flags = np.where(visible, 2, np.where(inside, 1, 0))
    rows = np.column_stack((np.where(inside[:, None], points.round(2), 0.0), flags))
    return msgspec.structs.replace(
        annotation, num_keypoints=int((flags > 0).sum()), keypoints=tuple(rows.ravel().tolist())
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


DEMO = Demo(PERSON, _labelled, detect, luck=7)
