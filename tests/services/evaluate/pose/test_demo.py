"""The demo's detectors: the better one is the further ahead the stricter the measure."""

from pathlib import Path

import pytest

from services.evaluate.coco import Truth, read_results, read_truth
from services.evaluate.folders import read_picture
from services.evaluate.intervals import Bootstrap
from services.evaluate.pose.demo import make_demo
from services.evaluate.pose.keypoints import PERSON, check_results, person_category
from services.evaluate.pose.scoring import Metrics, score


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("demo")
    make_demo(made, seed=1)
    return made


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return read_truth(folder / "annotations.json")


def metrics_of(folder: Path, truth: Truth, name: str) -> Metrics:
    results = read_results(folder / f"{name}.json", truth)
    check_results(results, PERSON, name)
    return score(truth, person_category(truth, folder), results, Bootstrap(0)).metrics


def test_ten_pictures_show_one_to_three_people(folder: Path, truth: Truth) -> None:
    counts = [len(annotations) for annotations in truth.of_pictures().values()]
    assert len(counts) == 10
    assert set(counts) == {1, 2, 3}
    for picture in truth.images:
        read_picture(folder / "pictures", picture)


def test_perfect_is_one_and_the_gap_from_good_to_poor_grows_with_the_threshold(
    folder: Path, truth: Truth
) -> None:
    perfect, good, poor = (metrics_of(folder, truth, name) for name in ("perfect", "good", "poor"))
    assert perfect.ap == perfect.ap50 == perfect.ap75 == 1.0
    assert good.ap50 is not None
    assert good.ap75 is not None
    assert poor.ap50 is not None
    assert poor.ap75 is not None
    assert poor.ap50 > 0
    assert good.ap75 - poor.ap75 > good.ap50 - poor.ap50 > 0
