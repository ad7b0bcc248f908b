"""Average precision and recall of keypoints, by COCO's own tools.

Source: https://cocodataset.org/#keypoints-eval and pycocotools: a found person matches a labelled one by OKS,
the mean over the labelled keypoints of exp(-d^2 / (2 s^2 k^2)), where d is the distance in px, s^2 the area
of the person's segment and k = 2 sigma of the keypoint. Precision is averaged over 101 recalls and over OKS
of .50 to .95.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.evaluate.coco import Annotation, Category, Result, Truth, tools
from services.evaluate.intervals import Bootstrap, Interval, wilson
from services.evaluate.kits import silence
from services.evaluate.pose.keypoints import NUMBERS

Floats = NDArray[np.float64]

FOUND = 0.5  # OKS from which a labelled person counts as found
_AREAS = {"all": 0, "medium": 1, "large": 2}  # as pycocotools orders them; medium is 32^2 to 96^2 px
_AT_50, _AT_75 = 0, 5


@dataclass(frozen=True)
class Metrics:
    """COCO's numbers in [0, 1], None where nothing of that kind is labelled."""

    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_medium: float | None
    ap_large: float | None
    ar: float | None


@dataclass(frozen=True)
class Overlap:
    """One picture's OKS (D, T) of found and labelled people, best score first.

    `found` are the places of the found ones in the results that were scored, `labelled` the ids of
    annotations.
    """

    oks: Floats
    found: tuple[int, ...]
    labelled: tuple[int, ...]


@dataclass(frozen=True)
class Score:
    """How good results are.

    Attributes:
        metrics: over all pictures.
        intervals: of each metric by its name, where enough pictures allow one.
        labelled: people with labelled keypoints.
        found: ... of whom so many are found with an OKS of `FOUND` and more, with `recall` as its interval.
        results: how many people were found, right or wrong.
        overlaps: by picture.
    """

    metrics: Metrics
    intervals: dict[str, Interval | None]
    labelled: int
    found: int
    recall: Interval | None
    results: int
    overlaps: dict[int, Overlap]


def score(truth: Truth, category: Category, results: Sequence[Result], bootstrap: Bootstrap) -> Score:
    """Score the found people of all pictures.

    Raises:
        EvaluationError: pycocotools is not installed.
    """
    evaluation = _evaluated(truth, category, results)
    metrics = _metrics(evaluation)
    names = list(vars(metrics))
    columns = np.array(evaluation.evalImgs, dtype=object).reshape(len(_AREAS), -1)

    def again(chosen: NDArray[np.int64]) -> list[float | None]:
        evaluation.evalImgs = columns[:, chosen].ravel().tolist()
        return list(vars(_metrics(evaluation)).values())

    intervals = bootstrap.intervals(columns.shape[1], again)
    looked = [row for row in columns[_AREAS["all"]] if row is not None]
    labelled = sum(int((row["gtIgnore"] == 0).sum()) for row in looked)
    found = sum(_hits(row) for row in looked)
    return Score(
        metrics,
        dict(zip(names, intervals, strict=True)),
        labelled,
        found,
        wilson(found, labelled),
        len(results),
        _overlaps(evaluation, category),
    )


def _evaluated(truth: Truth, category: Category, results: Sequence[Result]) -> Any:
    """Pycocotools' evaluation of every picture."""
    people = [each for each in truth.annotations if each.category_id == category.id]
    labelled = [_label(number, annotation) for number, annotation in enumerate(people, 1)]
    found = [_detection(number, result) for number, result in enumerate(results, 1)]
    with silence():
        evaluation = tools("cocoeval").COCOeval(_index(truth, labelled), _index(truth, found), "keypoints")
        evaluation.params.catIds = [category.id]
        evaluation.evaluate()
    return evaluation


def _index(truth: Truth, annotations: list[dict[str, Any]]) -> Any:
    index = tools("coco").COCO()
    index.dataset = {
        "images": [{"id": picture.id} for picture in truth.images],
        "annotations": annotations,
        "categories": [{"id": category.id} for category in truth.categories],
    }
    index.createIndex()
    return index


def _label(number: int, annotation: Annotation) -> dict[str, Any]:
    """An annotation for pycocotools, which takes the id 0 for nobody: hence `number`, from 1."""
    return {
        "id": number,
        "original": annotation.id,
        "image_id": annotation.image_id,
        "category_id": annotation.category_id,
        "bbox": list(annotation.bbox),
        "area": annotation.area,
        "iscrowd": annotation.iscrowd,
        "num_keypoints": annotation.num_keypoints,
        "keypoints": list(annotation.keypoints) or [0] * NUMBERS,
    }


def _detection(number: int, result: Result) -> dict[str, Any]:
    """A result as pycocotools' `loadRes` makes it, which refuses a file without any."""
    x, y = np.array(result.keypoints[0::3]), np.array(result.keypoints[1::3])
    width, height = float(np.ptp(x)), float(np.ptp(y))
    return {
        "id": number,
        "image_id": result.image_id,
        "category_id": result.category_id,
        "score": result.score,
        "keypoints": list(result.keypoints),
        "bbox": [float(x.min()), float(y.min()), width, height],
        "area": width * height,
        "iscrowd": 0,
    }


def _metrics(evaluation: Any) -> Metrics:
    """The numbers of the evaluated pictures; unlike `summarize` it prints nothing."""
    with silence():
        evaluation.accumulate()
    precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]

    def ap(area: str = "all", threshold: int | slice = slice(None)) -> float | None:
        return _mean(precision[threshold, ..., _AREAS[area], 0])

    return Metrics(
        ap(), ap(threshold=_AT_50), ap(threshold=_AT_75), ap("medium"), ap("large"), _mean(recall[..., 0, 0])
    )


def _mean(values: Floats) -> float | None:
    """The mean of what is defined: pycocotools says -1 where nothing is labelled."""
    defined = values[values > -1]
    return float(defined.mean()) if defined.size else None


def _hits(row: dict[str, Any]) -> int:
    return int(((row["gtMatches"][_AT_50] > 0) & (row["gtIgnore"] == 0)).sum())


def _overlaps(evaluation: Any, category: Category) -> dict[int, Overlap]:
    most = evaluation.params.maxDets[-1]
    overlaps = {}
    for picture in evaluation.params.imgIds:
        found = evaluation._dts[picture, category.id]
        labelled = evaluation._gts[picture, category.id]
        best = np.argsort([-row["score"] for row in found], kind="mergesort")[:most]
        overlaps[picture] = Overlap(
            np.array(evaluation.ious[picture, category.id], np.float64).reshape(len(best), len(labelled)),
            tuple(found[place]["id"] - 1 for place in best),
            tuple(row["original"] for row in labelled),
        )
    return overlaps
