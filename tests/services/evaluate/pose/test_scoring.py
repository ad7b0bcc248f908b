"""Average precision of keypoints: COCO's own answers, and cases that can be worked out by hand."""

import msgspec
import numpy as np
import pytest

from services.evaluate.coco import Annotation, Result, Truth, read_results, read_truth
from services.evaluate.intervals import Bootstrap
from services.evaluate.pose.cases import worst_cases
from services.evaluate.pose.keypoints import PERSON, person_category
from services.evaluate.pose.scoring import Score, score
from shared.vision.skeletons.coco import COCO17
from tests.services.evaluate.toys import people, person
from tests.services.footage import data_file

NO_INTERVALS = Bootstrap(0)


def scored(truth: Truth, results: list[Result]) -> Score:
    return score(truth, PERSON, results, NO_INTERVALS)


def found(annotation: Annotation, shift_px: float = 0.0, confidence: float = 0.9) -> Result:
    rows = np.array(annotation.keypoints).reshape(17, 3)
    rows[:, 0] += shift_px
    return Result(annotation.image_id, PERSON.id, confidence, tuple(rows.ravel().tolist()))


@pytest.mark.data
def test_cocos_example_gets_the_published_numbers() -> None:
    truth = read_truth(data_file("pose/example_coco_val.json"))
    category = person_category(truth, "example")
    results = read_results(data_file("pose/example_coco_preds.json"), truth)
    metrics = score(truth, category, results, NO_INTERVALS).metrics
    known = (metrics.ap, metrics.ap50, metrics.ap75, metrics.ar)
    assert known == pytest.approx((0.8609, 0.9931, 0.9109, 0.8750), abs=5e-5)


def test_perfect_results_score_one() -> None:
    truth = people(1, 2, 3)
    result = scored(truth, [found(annotation) for annotation in truth.annotations])
    assert result.metrics.ap == result.metrics.ar == 1.0
    assert (result.found, result.labelled) == (6, 6)


def test_no_results_score_zero() -> None:
    result = scored(people(1, 2), [])
    assert (result.metrics.ap, result.metrics.ar, result.found, result.results) == (0.0, 0.0, 0, 0)


def test_without_labels_nothing_is_defined() -> None:
    truth = people(0, 0)
    invented = found(person(1, 1, 50, 50))
    result = scored(truth, [invented])
    assert result.metrics.ap is None
    assert result.recall is None


@pytest.mark.parametrize("shift_px", [0.0, 1.0, 4.0, 9.0, 30.0])
def test_oks_is_the_formula(shift_px: float) -> None:
    truth = people(1)
    overlap = scored(truth, [found(truth.annotations[0], shift_px)]).overlaps[1]
    k = 2 * np.array(COCO17.sigmas)
    expected = np.exp(-(shift_px**2) / (2 * truth.annotations[0].area * k**2)).mean()
    assert overlap.oks[0, 0] == pytest.approx(expected, abs=1e-9)


def test_a_threshold_is_passed_from_the_oks_on() -> None:
    truth = people(1)
    metrics = scored(truth, [found(truth.annotations[0], 6.0)]).metrics
    overlap = scored(truth, [found(truth.annotations[0], 6.0)]).overlaps[1].oks[0, 0]
    passed = sum(overlap >= threshold for threshold in np.arange(0.5, 1.0, 0.05))
    assert metrics.ap == pytest.approx(passed / 10)


def test_an_annotation_may_have_the_id_0() -> None:
    truth = people(1, 1)
    renumbered = tuple(msgspec.structs.replace(each, id=each.id - 1) for each in truth.annotations)
    truth = msgspec.structs.replace(truth, annotations=renumbered)
    result = scored(truth, [found(annotation) for annotation in truth.annotations])
    assert result.metrics.ap == pytest.approx(1.0)
    assert result.found == 2
    assert result.overlaps[1].labelled == (0,)


def test_people_of_whom_nothing_is_labelled_do_not_count() -> None:
    hidden = person(2, 1, 200, 60, visible=0)
    truth = people(1)
    truth = Truth(truth.images, (*truth.annotations, hidden), truth.categories)
    result = scored(truth, [found(truth.annotations[0])])
    assert result.metrics.ap == pytest.approx(1.0)
    assert result.labelled == 1


def test_the_intervals_hold_the_number_and_shrink_to_it_where_all_pictures_are_alike() -> None:
    truth = people(*[1] * 12)
    results = [
        found(annotation, 0.0 if number % 2 else 30.0) for number, annotation in enumerate(truth.annotations)
    ]
    mixed = score(truth, PERSON, results, Bootstrap(100)).intervals["ap"]
    alike = score(truth, PERSON, [found(each) for each in truth.annotations], Bootstrap(100)).intervals["ap"]
    ap = scored(truth, results).metrics.ap
    assert mixed is not None
    assert alike is not None
    assert ap is not None
    assert mixed.low < ap < mixed.high
    assert alike.low == alike.high == 1.0


def test_the_worst_pictures_come_first_and_say_who_is_wrong() -> None:
    truth = people(1, 2, 1)
    first, second, third, fourth = truth.annotations
    invented = found(person(9, 3, 240, 100))
    results = [found(first, 3.0), found(second), found(fourth), invented]
    cases = worst_cases(truth, results, scored(truth, results).overlaps, most=5)
    assert [case.picture.id for case in cases] == [2, 3, 1]
    missed, extra = cases[0].pairs[-1], cases[1].pairs[-1]
    assert (missed.labelled, missed.found) == (third, None)
    assert (extra.labelled, extra.found) == (None, invented)
    assert cases[2].goodness == pytest.approx(cases[2].pairs[0].oks)
