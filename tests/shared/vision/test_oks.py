import numpy as np
import pytest

from shared.vision.oks import keypoint_similarity


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
