"""People of any skeleton as COCO's 17 keypoints."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.evaluate.coco import Category, Result, Truth
from services.evaluate.errors import EvaluationError
from shared.messages import Frame, Person
from shared.vision import skeletons
from shared.vision.skeletons.coco import COCO17

Floats = NDArray[np.float64]

NUMBERS = 3 * len(COCO17.points)
PERSON = Category(1, "person", COCO17.points, tuple((first + 1, last + 1) for first, last in COCO17.bones))


def person_category(truth: Truth, where: object) -> Category:
    """The category whose keypoints are labelled; `where` is the file, for errors.

    Raises:
        EvaluationError: there is none, there are several, or its keypoints are others than COCO's 17.
    """
    found = [category for category in truth.categories if category.keypoints]
    if len(found) != 1:
        names = ", ".join(category.name for category in found or truth.categories) or "none"
        raise EvaluationError(
            f"{where}: one category must name its keypoints, and {len(found)} do (categories: {names}); of"
            " COCO take person_keypoints_*.json"
        )
    category = found[0]
    unknown = [name for name in category.keypoints if name not in COCO17.index]
    if category.keypoints != COCO17.points:
        what = f"unknown keypoints {', '.join(unknown)}" if unknown else "COCO's keypoints in another order"
        raise EvaluationError(
            f"{where}: category {category.name} has {what}; label these {len(COCO17.points)}, in this order:"
            f" {', '.join(COCO17.points)}"
        )
    _check_labels(truth, category, where)
    return category


def check_results(results: Sequence[Result], category: Category, where: object) -> None:
    """Refuse results that are not about the people of `category`.

    Raises:
        EvaluationError: another category, or another number of keypoints.
    """
    for number, result in enumerate(results):
        if result.category_id != category.id:
            raise EvaluationError(
                f"{where}: result {number} is of category {result.category_id}; people are {category.id}"
            )
        if len(result.keypoints) != NUMBERS:
            raise EvaluationError(
                f"{where}: result {number} has {len(result.keypoints)} numbers as keypoints, wanted are"
                f" {NUMBERS}: x, y and confidence of {', '.join(COCO17.points[:2])}, ..."
            )


def results_of(frame: Frame, picture: int, category: Category) -> list[Result]:
    """The people of a frame that have a skeleton, as results for one picture.

    The score is the person's own times the mean confidence of the keypoints: boxes alone rank hidden people
    too high. Keypoints that a skeleton lacks are at (0, 0) without confidence, and count as missed.

    Source: Xiao et al., "Simple Baselines for Human Pose Estimation and Tracking", arXiv:1804.06208, whose
    evaluation ranks by the same product.
    """
    results = []
    for person in frame.persons:
        rows = coco_rows(person)
        if rows is not None:
            score = person.score * float(rows[:, 2].mean())
            results.append(Result(picture, category.id, score, tuple(rows.ravel().tolist())))
    return results


def coco_rows(person: Person) -> Floats | None:
    """A person's keypoints as COCO's (17, 3): x, y in px and confidence; None where there is no skeleton.

    A person whose skeleton has none of the 17 (a detector's four points) has none.
    """
    if person.keypoints is None or person.skeleton is None:
        return None
    places = skeletons.find(person.skeleton).places(COCO17.points)
    known = places >= 0
    if not known.any():
        return None
    keypoints = person.keypoints.numpy().astype(np.float64)
    rows = np.zeros((len(places), 3))
    rows[known, :2] = keypoints[places[known], :2]
    rows[known, 2] = confidence_of(keypoints)[places[known]]
    rows[~np.isfinite(rows).all(axis=1)] = 0
    return rows


def confidence_of(keypoints: Floats) -> Floats:
    """(K,) in [0, 1]: the visibility of keypoints (K, 5), else the presence, and 1 where there is neither."""
    visibility, presence = keypoints[:, 3], keypoints[:, 4]
    sure = np.where(np.isnan(visibility), presence, visibility)
    return np.clip(np.where(np.isnan(sure), 1.0, sure), 0, 1)


def _check_labels(truth: Truth, category: Category, where: object) -> None:
    for annotation in truth.annotations:
        labels = len(annotation.keypoints)
        if annotation.category_id == category.id and annotation.num_keypoints and labels != NUMBERS:
            raise EvaluationError(
                f"{where}: annotation {annotation.id} has {labels} numbers as keypoints, wanted are {NUMBERS}"
            )
