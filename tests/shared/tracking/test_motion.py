import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.tracking import motion
from shared.tracking.observations import Single

PEOPLE = motion.Dynamics(acceleration=1.0, variance=0.05**2, fade_s=1.0, fade_sides_s=0.2)
BOXES = np.array([[100, 300], [200, 100], [40, 50], [120, 150]], np.float32)
STEP = np.array([[6], [0], [0], [0]], np.float32)


def expected(filters: Single) -> motion.Expected:
    return motion.expected(filters, PEOPLE.variance)


def moving() -> Single:
    """Two tracks that have been seen walking to the right at 60 px/s."""
    filters = motion.born(BOXES, PEOPLE)
    for step in range(1, 20):
        filters = motion.predict(filters, 100_000, PEOPLE)
        motion.update(filters, BOXES + step * STEP, expected(filters))
    return filters


def moments(filters: Single) -> tuple[Single, Single, Single]:
    """Variance of position, covariance, variance of velocity, each (4, T)."""
    return filters[8:12], filters[12:16], filters[16:20]


def test_no_tracks_stay_no_tracks() -> None:
    filters = motion.predict(motion.born(np.empty((4, 0), np.float32), PEOPLE), 500_000, PEOPLE)
    motion.update(filters, np.empty((4, 0), np.float32), expected(filters))
    assert filters.shape == (motion.ROWS, 0)


def test_a_steady_walk_is_foreseen() -> None:
    ahead = motion.predict(moving(), 100_000, PEOPLE)
    assert ahead[0] == pytest.approx(BOXES[0] + 120, abs=4)
    assert ahead[4] == pytest.approx(60, abs=15)


@settings(deadline=None)  # this machine may be busy
@given(st.lists(st.integers(1_000, 1_000_000), min_size=1, max_size=6))
def test_many_small_steps_predict_what_one_large_step_does(steps_us: list[int]) -> None:
    once, often = motion.predict(moving(), sum(steps_us), PEOPLE), moving()
    for step_us in steps_us:
        often = motion.predict(often, step_us, PEOPLE)
    assert often == pytest.approx(once, rel=1e-4, abs=1e-4)


def test_who_is_not_seen_comes_to_rest_nearby() -> None:
    later = motion.predict(moving(), 60_000_000, PEOPLE)
    assert np.abs(later[4:8]).max() < 1e-6
    assert (later[0] - BOXES[0]).max() < 120 + 70


def test_who_was_not_seen_is_not_corrected() -> None:
    filters = moving()
    before = filters.copy()
    motion.update(filters, BOXES + 50, expected(filters), 0.1, np.array([False, True]))
    assert (filters[:, 1] == before[:, 1]).all()
    alone = before[:, :1].copy()
    motion.update(alone, BOXES[:, :1] + 50, expected(alone), 0.1)
    assert filters[:, :1] == pytest.approx(alone)


def test_who_keeps_surprising_is_expected_in_a_wider_circle() -> None:
    filters, rng = motion.born(BOXES, PEOPLE), np.random.default_rng(1)
    for _ in range(40):
        filters = motion.predict(filters, 100_000, PEOPLE)
        seen = BOXES.copy()
        seen[0, 0] += rng.normal(0, 40)
        motion.update(filters, seen, expected(filters), 0.1)
    _, noise, variances = expected(motion.predict(filters, 100_000, PEOPLE))
    vague = (variances - noise)[0] / BOXES[2:].max(axis=0) ** 2
    assert vague[0] > 10 * vague[1]
    assert np.sqrt(noise[:, 1]) == pytest.approx([0.05 * 50, 0.05 * 150, 0.1 * 50, 0.1 * 150], rel=0.01)


def test_arms_that_swing_unsettle_the_sides_and_not_the_centre() -> None:
    filters = motion.born(BOXES, PEOPLE)
    assert motion.unsettled(filters) == 0
    for step in range(40):
        filters = motion.predict(filters, 40_000, PEOPLE)
        wide = np.where(np.arange(4)[:, None] == 2, 1 + step // 4 % 2, 1).astype(np.float32)
        motion.update(filters, BOXES * wide, expected(filters), adapt=0.1)
    centre, sides = filters[motion.RESTLESS]
    assert centre.max() < 0.5
    assert sides.min() > 2
    assert motion.unsettled(filters) == 1


@settings(deadline=None)  # this machine may be busy
@given(st.integers(0, 5_000_000), st.lists(st.floats(-500, 500), min_size=4, max_size=4))
def test_covariances_stay_positive_and_sizes_at_least_a_pixel(elapsed_us: int, shift: list[float]) -> None:
    filters = motion.predict(moving(), elapsed_us, PEOPLE)
    motion.update(filters, BOXES + np.array(shift, np.float32)[:, None], expected(filters))
    pp, pv, vv = moments(filters)
    assert (pp > 0).all()
    assert (vv > 0).all()
    assert (pp * vv - pv**2 >= -1e-5 * pp * vv).all()
    assert (filters[motion.SIDES] >= 1).all()


def test_years_without_a_sighting_leave_finite_numbers() -> None:
    assert np.isfinite(motion.predict(moving(), 10**14, PEOPLE)).all()
