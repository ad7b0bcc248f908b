"""The demo's models: perfect is perfect, and the others are as far behind as their faults."""

from pathlib import Path

from services.evaluate.coco import read_results, read_truth
from services.evaluate.intervals import Bootstrap
from services.evaluate.segmentation.classmaps import CocoMaps
from services.evaluate.segmentation.demo import make_demo
from services.evaluate.segmentation.scoring import score, tally


def test_perfect_is_one_and_good_is_between_it_and_poor(tmp_path: Path) -> None:
    make_demo(tmp_path, seed=1)
    truth = read_truth(tmp_path / "annotations.json")
    labelled = CocoMaps.of_truth(truth)
    mious = []
    for name in ("perfect", "good", "poor"):
        found = CocoMaps.of_results(truth, read_results(tmp_path / f"{name}.json", truth), 0.5)
        tallies = [tally(labelled.of(picture), found.of(picture), 2) for picture in truth.images]
        mious.append(score(tallies, labelled.classes, Bootstrap(0)).metrics.miou or 0.0)
    perfect, good, poor = mious
    assert perfect == 1.0
    assert 0.8 < good < 1.0
    assert 0.0 < poor < 0.5
