"""Overlap of class maps, against counting by hand."""

import numpy as np
import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.intervals import Bootstrap
from services.evaluate.segmentation.classmaps import IGNORED, ClassMap
from services.evaluate.segmentation.scoring import score, tally

NAMES = ("background", "head", "torso", "arm")


def maps(seed: int) -> tuple[ClassMap, ClassMap]:
    generator = np.random.default_rng(seed)
    labelled = generator.integers(0, 3, (20, 30)).astype(np.uint8)
    found = np.where(generator.uniform(size=labelled.shape) < 0.7, labelled, 0).astype(np.uint8)
    return labelled, found


def test_iou_dice_and_shares_are_what_counting_gives() -> None:
    labelled, found = maps(1)
    result = score([tally(labelled, found, 4)], NAMES, Bootstrap(0))
    for number, row in enumerate(result.classes[:3]):
        is_labelled, is_found = labelled == number, found == number
        both = (is_labelled & is_found).sum()
        assert row.iou == pytest.approx(both / (is_labelled | is_found).sum())
        assert row.dice == pytest.approx(2 * both / (is_labelled.sum() + is_found.sum()))
        assert row.labelled_share == pytest.approx(is_labelled.mean())
        assert row.found_share == pytest.approx(is_found.mean())
    assert result.metrics.right == pytest.approx((labelled == found).mean())


def test_the_mean_is_over_the_classes_that_occur_without_the_background() -> None:
    labelled, found = maps(2)
    result = score([tally(labelled, found, 4)], NAMES, Bootstrap(0))
    ious = [row.iou for row in result.classes]
    assert ious[3] is None
    assert ious[1] is not None
    assert ious[2] is not None
    assert result.metrics.miou == pytest.approx((ious[1] + ious[2]) / 2)


def test_overlap_is_summed_over_pictures_before_it_is_divided() -> None:
    small = np.array([[1, 0]], np.uint8), np.array([[0, 0]], np.uint8)
    large = np.ones((1, 99), np.uint8), np.ones((1, 99), np.uint8)
    result = score([tally(*small, 2), tally(*large, 2)], ("background", "person"), Bootstrap(0))
    assert result.metrics.miou == pytest.approx(0.99)
    assert result.by_picture == (0.0, 1.0)


def test_pixels_that_do_not_count_are_left_out() -> None:
    labelled = np.array([[1, IGNORED, 0]], np.uint8)
    found = np.array([[1, 1, IGNORED]], np.uint8)
    counted = tally(labelled, found, 2)
    assert counted.tolist() == [[1, 0], [0, 1]]


def test_equal_maps_score_one_with_an_interval_of_no_width() -> None:
    labelled = [maps(seed)[0] for seed in range(5)]
    result = score([tally(each, each, 4) for each in labelled], NAMES, Bootstrap(50))
    assert result.metrics.miou == result.metrics.dice == result.metrics.right == 1.0
    interval = result.intervals["miou"]
    assert interval is not None
    assert interval.low == interval.high == 1.0


def test_empty_pictures_have_nothing_to_score() -> None:
    empty = np.zeros((4, 4), np.uint8)
    result = score([tally(empty, empty, 2)], ("background", "person"), Bootstrap(0))
    assert result.metrics.miou is None
    assert result.by_picture == (None,)


def test_maps_of_different_sizes_are_refused() -> None:
    with pytest.raises(EvaluationError, match="3 x 2 and 4 x 2 pixels cannot be compared"):
        tally(np.zeros((2, 4), np.uint8), np.zeros((2, 3), np.uint8), 2)


def test_no_pictures_are_refused() -> None:
    with pytest.raises(EvaluationError, match="no picture to score"):
        score([], NAMES, Bootstrap(0))
