"""Scores: by hand, by two programs, by MOTChallenge's own preparation, and the published numbers."""

from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from services.evaluate.kits import load, silence
from services.evaluate.tracking.motchallenge import read_results, read_truth
from services.evaluate.tracking.pairing import Pairing, iou, pair
from services.evaluate.tracking.scoring import Score, evaluate, measure, score
from services.evaluate.tracking.second_opinion import Opinion, note, opinion
from tests.services.evaluate.tracking.films import Row, saved, walk
from tests.services.footage import data_file

TEN = range(1, 11)
TWO_PEOPLE = [*walk(1, TEN), *walk(2, TEN, left=300)]


def paired(folder: Path, truth: list[Row], results: list[Row]) -> Pairing:
    return pair(
        read_truth(saved(folder / "gt.txt", truth)), read_results(saved(folder / "test.txt", results)), "film"
    )


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param(TWO_PEOPLE, (1, 1, 1, 1, 1, 0, 0, 0, 0), id="perfect"),
        pytest.param([], (0, 0, 0, 0, 0, 0, 0, 0, 20), id="nothing found"),
        pytest.param(
            # after 5 frames they exchange their ids: each box agrees with 5 others of 15
            [
                *walk(1, range(1, 6)),
                *walk(1, range(6, 11), 300),
                *walk(2, range(6, 11)),
                *walk(2, range(1, 6), 300),
            ],
            ((1 / 3) ** 0.5, 1, 1 / 3, 0.9, 0.5, 2, 0, 0, 0),
            id="exchanged",
        ),
        pytest.param(
            [*walk(1, (1, 2, 3, 4, 7, 8, 9, 10)), *walk(2, TEN, 300)],
            ((0.9 * (8 * 0.8 + 10) / 18) ** 0.5, 0.9, (8 * 0.8 + 10) / 18, 0.9, 36 / 38, 0, 1, 0, 2),
            id="a gap",
        ),
        pytest.param(
            [*TWO_PEOPLE, *walk(3, range(1, 6), 600)],
            (0.8**0.5, 0.8, 1, 0.75, 40 / 45, 0, 0, 5, 0),
            id="invented",
        ),
    ],
)
def test_scores_are_what_can_be_worked_out_by_hand(
    tmp_path: Path, results: list[Row], expected: tuple[float, ...]
) -> None:
    pairing = paired(tmp_path, TWO_PEOPLE, results)
    assert astuple(score([measure(pairing)])) == pytest.approx((*expected, 20))
    _, _, _, mota, idf1, *counts = expected
    assert astuple(opinion([note(pairing)])) == pytest.approx((mota, idf1, *counts))


def test_sequences_together_are_summed_not_averaged(tmp_path: Path) -> None:
    short = paired(tmp_path / "short", walk(1, (1, 2)), [])
    long = paired(tmp_path / "long", TWO_PEOPLE, TWO_PEOPLE)
    both = score([measure(short), measure(long)])
    assert both.mota == pytest.approx(20 / 22)
    assert (both.false_negatives, both.boxes) == (2, 22)
    assert opinion([note(short), note(long)]).mota == pytest.approx(20 / 22)


def test_a_higher_iou_asks_for_closer_boxes(tmp_path: Path) -> None:
    shifted = [(frame, number, left + 10, *rest) for frame, number, left, *rest in TWO_PEOPLE]  # IoU .6
    pairing = paired(tmp_path, TWO_PEOPLE, shifted)
    assert score([measure(pairing, 0.6)]).mota == 1
    assert score([measure(pairing, 0.65)]).mota == -1
    assert opinion([note(pairing, 0.65)]).mota == -1
    assert score([measure(pairing, 0.65)]).hota == score([measure(pairing)]).hota


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param((0, 0, 10, 10), 1, id="same"),
        pytest.param((5, 0, 15, 10), 1 / 3, id="half"),
        pytest.param((10, 0, 20, 10), 0, id="touching"),
        pytest.param((4, 4, 6, 6), 0.04, id="inside"),
        pytest.param((0, 0, 1e6, 1e6), 1e-10, id="huge"),
        pytest.param((3, 3, 3, 9), 0, id="without area"),
    ],
)
def test_overlap_is_intersection_over_union(second: tuple[float, ...], expected: float) -> None:
    found = iou(np.array([(0.0, 0.0, 10.0, 10.0)]), np.array([second], np.float64))
    assert found.tolist() == [[pytest.approx(expected, rel=1e-12)]]
    assert iou(np.zeros((1, 4)), np.zeros((1, 4))).tolist() == [[0]]
    assert iou(np.empty((0, 4)), np.array([second], np.float64)).shape == (0, 1)


def random_film(seed: int) -> tuple[list[Row], list[Row]]:
    """People and others of MOT16's classes, some that do not count; results that miss, err and wander."""
    generator = np.random.default_rng(seed)
    truth: list[Row] = []
    results: list[Row] = []
    for number in range(1, 15):
        kind, flag = int(generator.integers(1, 14)) if number > 6 else 1, int(generator.uniform() > 0.1)
        place, speed = generator.uniform(0, 400, 2), generator.uniform(-6, 6, 2)
        for frame in range(1, 31):
            left, top = place + speed * frame
            truth.append((frame, number, left, top, 60, 120, flag, kind, 1))
            if generator.uniform() > 0.15:
                noise = generator.normal(0, 5, 2)
                track = number + 100 * int(frame > 18 and generator.uniform() > 0.5)
                results.append((frame, track, left + noise[0], top + noise[1], 60, 120, 1, -1, -1, -1))
    return truth, results


@pytest.mark.parametrize("seed", range(3))
def test_the_same_boxes_count_as_in_the_kit_of_motchallenge(tmp_path: Path, seed: int) -> None:
    truth, results = random_film(seed)
    ours = paired(tmp_path, truth, results)
    saved(tmp_path / "gt" / "film" / "gt" / "gt.txt", truth)
    saved(tmp_path / "trackers" / "t" / "data" / "film.txt", results)
    config = {
        "GT_FOLDER": str(tmp_path / "gt"),
        "TRACKERS_FOLDER": str(tmp_path / "trackers"),
        "SEQ_INFO": {"film": 30},
        "SKIP_SPLIT_FOL": True,
        "PRINT_CONFIG": False,
    }
    with silence():
        dataset = load("trackeval.datasets").MotChallenge2DBox(config)
    theirs = dataset.get_preprocessed_seq_data(dataset.get_raw_seq_data("t", "film"), "pedestrian")
    assert 0 < theirs["num_gt_dets"] < len(truth)
    assert 0 < theirs["num_tracker_dets"] < len(results)
    for place in range(30):
        assert ours.labelled[place].tolist() == theirs["gt_ids"][place].tolist()
        assert ours.found[place].tolist() == theirs["tracker_ids"][place].tolist()
        np.testing.assert_allclose(ours.overlaps[place], theirs["similarity_scores"][place], atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_two_programs_say_the_same_idf1_and_nearly_the_same_mota(tmp_path: Path, seed: int) -> None:
    pairing = paired(tmp_path, *random_film(seed))
    first, second = score([measure(pairing)]), opinion([note(pairing)])
    assert first.idf1 == pytest.approx(second.idf1, abs=1e-12)
    assert first.mota == pytest.approx(second.mota, abs=0.01)


@pytest.mark.data
@pytest.mark.parametrize(
    ("film", "expected"),
    [
        ("TUD-Campus", (0.3914, 0.5265, 0.5577, 7, 13, 150)),
        ("TUD-Stadtmitte", (0.3978, 0.5640, 0.6446, 7, 45, 452)),
    ],
)
def test_published_results_have_their_published_scores(film: str, expected: tuple[float, ...]) -> None:
    truth = read_truth(data_file(f"tracking/{film}/gt.txt"))
    results = read_results(data_file(f"tracking/{film}/test.txt"))
    found, second = evaluate(truth, results), opinion([note(pair(truth, results, film))])
    assert rounded(found, found.hota) == expected
    assert rounded(second, found.hota) == expected


def rounded(numbers: Score | Opinion, hota: float) -> tuple[float, ...]:
    shares = (round(each, 4) for each in (hota, numbers.mota, numbers.idf1))
    return (*shares, numbers.id_switches, numbers.false_positives, numbers.false_negatives)
