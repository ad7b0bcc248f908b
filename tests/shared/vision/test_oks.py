import json
from typing import Any

import numpy as np
import pytest

from shared.vision.oks import keypoint_similarity, oks_matrix
from shared.vision.skeletons import find
from tests.services.footage import data_file

SIGMAS = find("coco17").sigmas


def people(*shifts_px: float, visibility: float = 1.0) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    base = np.column_stack([np.arange(13) * 5.0, np.arange(13) * 9.0, np.full(13, visibility)])
    return np.array([base + np.array([shift, 0, 0]) for shift in shifts_px]).reshape(-1, 13, 3)


def test_the_same_pose_is_one_and_a_distant_one_nought() -> None:
    likeness = keypoint_similarity(people(0)[:, None], people(0, 10, 1000), np.full((1, 3), 100.0**2))
    assert likeness[0, 0] == 1
    assert likeness[0, 1] == pytest.approx(np.exp(-(10**2) / (2 * 8**2)))
    assert likeness[0, 2] == pytest.approx(0, abs=1e-9)


def test_too_few_points_seen_in_both_say_nothing() -> None:
    hidden = people(0, visibility=0.1)
    assert np.isnan(keypoint_similarity(hidden[:, None], people(0), np.ones((1, 1)))).all()
    unknown = np.full((1, 13, 3), np.nan)
    assert np.isnan(keypoint_similarity(unknown[:, None], people(0), np.ones((1, 1)))).all()


def test_nobody_gives_an_empty_table() -> None:
    assert keypoint_similarity(people()[:, None], people(0), np.empty((0, 1))).shape == (0, 1)


def one(*places: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([places], float)


@pytest.mark.parametrize(
    ("found", "visible", "expected"),
    [
        ([(0, 0), (10, 0)], (True, True), 1.0),
        ([(2 * 0.1 * 50, 0), (10, 0)], (True, True), (np.exp(-0.5) + 1) / 2),
        ([(2 * 0.1 * 50, 0), (10, 0)], (False, True), 1.0),
        ([(np.nan, np.nan), (10, 0)], (True, True), 0.5),
        ([(np.nan, np.nan), (10, 0)], (False, True), 1.0),
        ([(9e3, 9e3), (9e3, 9e3)], (True, True), 0.0),
    ],
)
def test_two_sigma_of_the_root_of_the_area_cost_as_one_deviation(
    found: list[tuple[float, float]], visible: tuple[bool, bool], expected: float
) -> None:
    truth = one((0, 0), (10, 0))
    oks = oks_matrix(truth, np.array([visible]), np.array([2500.0]), one(*found), (0.1, 0.1))
    assert oks[0, 0] == pytest.approx(expected)


def test_a_person_without_labels_has_no_similarity() -> None:
    oks = oks_matrix(one((0, 0)), np.array([[False]]), np.array([9.0]), one((0, 0)), (0.1,))
    assert np.isnan(oks).all()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_without_people_the_table_is_empty(shape: tuple[int, int]) -> None:
    truth, found = (np.zeros((count, 17, 2)) for count in shape)
    oks = oks_matrix(truth, np.ones(truth.shape[:2], bool), np.ones(shape[0]), found, SIGMAS)
    assert oks.shape == shape


def _keypoints(people: list[dict[str, Any]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([person["keypoints"] for person in people], float).reshape(-1, 17, 3)


@pytest.mark.data
def test_it_agrees_with_pycocotools_on_every_pair_of_the_example() -> None:
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    truth = coco.COCO(str(data_file("pose/example_coco_val.json")))
    found = truth.loadRes(json.loads(data_file("pose/example_coco_preds.json").read_text("utf-8")))
    judge = cocoeval.COCOeval(truth, found, "keypoints")
    judge.evaluate()
    pairs = 0
    for image in truth.getImgIds():
        labelled = truth.imgToAnns[image]
        guesses = sorted(found.imgToAnns[image], key=lambda guess: -guess["score"])[:20]
        points = _keypoints(labelled)
        areas = np.array([person["area"] for person in labelled])
        oks = oks_matrix(points[..., :2], points[..., 2] > 0, areas, _keypoints(guesses)[..., :2], SIGMAS)
        theirs = np.array(judge.ious[image, 1]).reshape(len(guesses), len(labelled)).T
        counted = (points[..., 2] > 0).any(axis=1)
        assert np.isnan(oks[~counted]).all()
        np.testing.assert_allclose(oks[counted], theirs[counted], rtol=1e-12, atol=1e-15)
        pairs += oks[counted].size
    assert pairs > 50
