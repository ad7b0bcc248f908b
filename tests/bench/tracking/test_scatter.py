import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.bench.tracking.scatter import main, marks
from tests.bench.tracking.sequences import FAMILIES


def result(tracker: str, hota: float, per_s: float) -> dict[str, Any]:
    return {
        "tracker": tracker,
        "families": {name: {"hota": hota, "updates_per_s": per_s} for name in FAMILIES},
    }


RESULTS = [
    result("ours crowd", 0.62, 10_000),
    result("norfair", 0.58, 2_000),
    result("norfair, tuned", 0.6, 900),
]


def test_a_mark_is_the_mean_of_the_crowds() -> None:
    first, *_ = marks(RESULTS)
    assert (first.title, round(first.hota, 6), round(first.per_s)) == ("ours crowd", 62, 10_000)


def test_the_faster_is_farther_right_and_the_better_higher(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"results": RESULTS}), encoding="utf-8")
    main(tmp_path / "run.json", tmp_path / "out.png")
    picture = cv2.imread(str(tmp_path / "out.png"))
    assert picture is not None
    places = [np.argwhere((picture == mark.colour).all(axis=2)) for mark in marks(RESULTS)]
    ours, peer, tuned = (place[:, 1].min() for place in places)  # lines lead to the right
    assert tuned < peer < ours
    assert places[0][:, 0].min() < places[2][:, 0].min() < places[1][:, 0].min()
