import numpy as np
import pytest

from shared.scene.crowd.detections import DetectorSpec, detect, miss_chance
from shared.scene.crowd.film import CrowdSpec, Film, film

SPEC = DetectorSpec(seed=7)


@pytest.fixture(scope="module")
def shot() -> Film:
    return film(CrowdSpec("walk", 60, duration_s=16.0, seed=2))


def test_the_same_seed_makes_the_same_mistakes(shot: Film) -> None:
    first, again, other = detect(shot, SPEC), detect(shot, SPEC), detect(shot, DetectorSpec(seed=8))
    assert first.boxes.tobytes() == again.boxes.tobytes()
    assert first.scores.tobytes() == again.scores.tobytes()
    assert not np.array_equal(first.row, other.row)


def test_one_in_twenty_in_full_view_is_missed_and_more_of_whom_others_hide(shot: Film) -> None:
    seen = np.zeros(shot.ids.size, bool)
    found = detect(shot, SPEC)
    seen[found.row[found.row >= 0]] = True
    clear = shot.visible > 0.75
    assert clear.sum() > 5000
    assert 1 - seen[clear].mean() == pytest.approx(0.05, abs=0.01)
    for low, high in ((0.5, 0.6), (0.3, 0.4), (0.15, 0.25)):
        band = (shot.visible > low) & (shot.visible < high)
        wanted = miss_chance(shot.visible[band], SPEC).mean()
        assert 1 - seen[band].mean() == pytest.approx(wanted, abs=0.05)
    assert not seen[shot.visible < 0.1].any()


def test_centres_and_sides_are_off_by_three_percent_of_the_side(shot: Film) -> None:
    found = detect(shot, SPEC)
    real = found.row >= 0
    true, said = shot.boxes[found.row[real]], found.boxes[real]
    side = true[:, 2:] - true[:, :2]
    shift = ((said[:, :2] + said[:, 2:]) - (true[:, :2] + true[:, 2:])) / 2 / side
    growth = (said[:, 2:] - said[:, :2]) / side - 1
    assert shift.std(axis=0) == pytest.approx([0.03, 0.03], rel=0.05)
    assert growth.std(axis=0) == pytest.approx([0.03, 0.03], rel=0.05)
    assert shift.mean() == pytest.approx(0, abs=0.002)


def test_scores_fall_with_what_is_hidden_and_inventions_score_low(shot: Film) -> None:
    found = detect(shot, SPEC)
    real = found.row >= 0
    assert (~real).sum() == pytest.approx(0.05 * shot.ids.size, rel=0.15)
    assert found.scores[~real].max() <= 0.5
    visible = shot.visible[found.row[real]]
    assert np.median(found.scores[real][visible > 0.95]) > 0.85
    assert np.median(found.scores[real][visible < 0.4]) < 0.55
    assert found.scores.min() > 0
    assert found.scores.max() < 1


def test_frames_rise_and_every_row_is_seen_at_most_once(shot: Film) -> None:
    found = detect(shot, SPEC)
    assert np.all(np.diff(found.frames) >= 0)
    real = found.row[found.row >= 0]
    assert np.unique(real).size == real.size
    assert np.array_equal(found.frames[found.row >= 0], shot.frames[real])
