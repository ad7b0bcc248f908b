from pathlib import Path

import numpy as np
import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.tracking.made import write_crowd
from services.evaluate.tracking.motchallenge import UNKNOWN, read_detections, read_truth
from services.evaluate.tracking.sequences import find_sequences
from shared.scene.crowd.film import CrowdSpec, Film

SPEC = CrowdSpec("walk", 6, 4.0, 7)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Film]:
    folder = tmp_path / "crowd"
    return folder, write_crowd(folder, SPEC)


def test_a_made_up_crowd_is_a_sequence_that_can_be_scored(made: tuple[Path, Film]) -> None:
    folder, shot = made
    (sequence,) = find_sequences(folder)
    assert (sequence.frames, sequence.rate_hz) == (100, 25)
    truth = read_truth(sequence.truth, 100)
    assert np.array_equal(truth.frames, shot.frames + 1)
    assert np.array_equal(truth.ids, shot.ids)
    assert truth.boxes == pytest.approx(shot.boxes, abs=0.002)
    assert truth.counting.all()


def test_its_detections_name_nobody_and_miss_some(made: tuple[Path, Film]) -> None:
    folder, shot = made
    found = read_detections(folder / "det" / "det.txt", 100, None)
    assert set(found.ids.tolist()) == {UNKNOWN}
    assert 0.5 * len(shot.ids) < len(found) < 1.1 * len(shot.ids)


def test_the_same_crowd_is_the_same_bytes(made: tuple[Path, Film], tmp_path: Path) -> None:
    write_crowd(tmp_path / "again", SPEC)
    for name in ("gt/gt.txt", "det/det.txt"):
        assert (tmp_path / "again" / name).read_bytes() == (made[0] / name).read_bytes()


def test_a_folder_with_a_sequence_is_left_alone(made: tuple[Path, Film]) -> None:
    with pytest.raises(EvaluationError, match="holds a sequence already; name another folder"):
        write_crowd(made[0], SPEC)
