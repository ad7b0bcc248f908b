import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tracker import kalman

BOXES = np.array([[100.0, 200.0, 40.0, 120.0], [300.0, 100.0, 50.0, 150.0]])


def moving() -> kalman.Motion:
    """Two tracks that have been seen walking to the right at 60 px/s."""
    motion = kalman.born(BOXES)
    for step in range(1, 20):
        motion = kalman.predict(motion, 0.1)
        motion = kalman.update(motion, BOXES + np.array([6.0 * step, 0, 0, 0]))
    return motion


def test_no_tracks_stay_no_tracks() -> None:
    motion = kalman.predict(kalman.born(np.empty((0, 4))), 0.5)
    assert kalman.update(motion, np.empty((0, 4))).position.shape == (0, 4)


def test_a_steady_walk_is_foreseen() -> None:
    ahead = kalman.predict(moving(), 0.1)
    assert ahead.position[:, 0] == pytest.approx(BOXES[:, 0] + 120, abs=4)


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=6))
def test_many_small_steps_predict_what_one_large_step_does(steps: list[float]) -> None:
    once, often = kalman.predict(moving(), sum(steps)), moving()
    size = kalman.body_sizes(often.position)
    for step in steps:
        # The noise follows the size of the box, which drifts on the way: keep it for the comparison.
        often = kalman.predict(often, step)
    assert often.velocity == pytest.approx(once.velocity, rel=1e-9, abs=1e-9)
    assert often.position == pytest.approx(once.position, rel=1e-9)
    assert often.covariance == pytest.approx(once.covariance, rel=0.05, abs=1e-3 * size.max() ** 2)


def test_who_is_not_seen_comes_to_rest_nearby() -> None:
    later = kalman.predict(moving(), 60.0)
    assert np.abs(later.velocity).max() < 1e-6
    assert (later.position[:, 0] - BOXES[:, 0]).max() < 120 + 70


@given(st.floats(0, 5), st.lists(st.floats(-500, 500), min_size=4, max_size=4))
def test_covariances_stay_positive_and_sizes_at_least_a_pixel(elapsed_s: float, shift: list[float]) -> None:
    motion = kalman.update(kalman.predict(moving(), elapsed_s), BOXES + np.array(shift))
    pp, pv, vv = np.moveaxis(motion.covariance, 2, 0)
    assert (pp > 0).all()
    assert (vv > 0).all()
    assert (pp * vv - pv**2 >= -1e-9 * pp * vv).all()
    assert (motion.position[:, 2:] >= 1).all()
