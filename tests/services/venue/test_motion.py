import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.venue.motion import born, predict, squared_distances, update

HERE = np.array([[1.0, 2.0], [5.0, -3.0]])
SURE = np.tile(0.01 * np.eye(2), (2, 1, 1))


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 5), st.floats(0, 5))
def test_two_steps_are_one(first: float, second: float) -> None:
    start = update(predict(born(HERE, SURE), np.full(2, 0.5)), HERE + 1.0, SURE)
    once = predict(start, np.full(2, first + second))
    twice = predict(predict(start, np.full(2, first)), np.full(2, second))
    assert np.allclose(once.mean, twice.mean)
    assert np.allclose(once.covariance, twice.covariance)


def test_somebody_who_walks_is_followed_and_comes_to_rest_when_unseen() -> None:
    walker = born(HERE, SURE)
    for step in range(1, 50):
        walker = update(predict(walker, np.full(2, 0.1)), HERE + np.array([0.1 * step, 0.0]), SURE)
    assert walker.mean[:, 2:] == pytest.approx(np.array([[1.0, 0.0]] * 2), abs=0.05)
    later = predict(walker, np.full(2, 60.0))
    assert np.abs(later.mean[:, 2:]).max() < 0.01
    assert np.linalg.norm(later.mean[:, :2] - walker.mean[:, :2], axis=1).max() < 10.1
    assert (np.linalg.eigvalsh(later.covariance) > 0).all()


def test_a_sighting_from_the_past_is_compared_with_where_somebody_was() -> None:
    walker = born(HERE, SURE)
    for step in range(1, 50):
        walker = update(predict(walker, np.full(2, 0.1)), HERE + np.array([0.1 * step, 0.0]), SURE)
    assert predict(walker, np.full(2, -0.5)).mean[:, 0] == pytest.approx(walker.mean[:, 0] - 0.5, abs=0.05)


def test_distances_are_told_in_standard_deviations() -> None:
    apart = squared_distances(born(HERE, SURE), born(HERE[:1] + np.array([0.3, 0.0]), SURE[:1]), 0.1)
    assert apart.shape == (2, 1)
    assert apart[0, 0] == pytest.approx(0.09 / 0.03)
    assert squared_distances(born(HERE[:0], SURE[:0]), born(HERE, SURE), 0.1).shape == (0, 2)
