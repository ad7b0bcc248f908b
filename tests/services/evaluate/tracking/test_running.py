"""Our tracker over detections of a file."""

from pathlib import Path

import numpy as np
import pytest

from services.evaluate.tracking.motchallenge import read_detections, read_truth
from services.evaluate.tracking.running import track
from services.evaluate.tracking.scoring import evaluate
from shared.tracking import Policy
from tests.services.evaluate.tracking.films import saved, text, walk

TEN = range(1, 11)


def test_each_person_gets_one_id_once_he_is_confirmed(tmp_path: Path) -> None:
    path = saved(tmp_path / "gt.txt", [*walk(1, TEN), *walk(2, TEN, left=300)])
    tracks = track(read_detections(path), Policy.simple())
    assert tracks.frames.tolist() == [frame for frame in range(3, 11) for _ in range(2)]
    assert set(tracks.ids.tolist()) == {1, 2}
    scored = evaluate(read_truth(path), tracks)
    assert (scored.id_switches, scored.false_negatives) == (0, 4)
    assert scored.assa == pytest.approx(0.8)


def test_frames_without_detections_let_time_pass(tmp_path: Path) -> None:
    path = saved(tmp_path / "det.txt", [*walk(1, range(1, 6)), *walk(1, range(15, 20), left=-10)])
    tracks = track(read_detections(path), Policy.simple())
    assert len(np.unique(tracks.ids)) == 2


def test_a_file_without_boxes_gives_no_tracks(tmp_path: Path) -> None:
    assert len(track(read_detections(text(tmp_path / "det.txt")), Policy.simple(), frames=5)) == 0
