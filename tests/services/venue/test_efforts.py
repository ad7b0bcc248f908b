import numpy as np
import pytest

from services.venue.efforts import Efforts, moved, rested
from shared.settings import Effort

STEP_US = 50_000


def run(speeds: list[tuple[float, float]], settings: Effort) -> Efforts:
    """One person along x: for so many seconds at so many m/s."""
    x, now_us = 0.0, 0
    efforts = rested(np.zeros((1, 2)), np.zeros(1, np.int64))
    for seconds, speed in speeds:
        for _ in range(round(seconds * 1e6 / STEP_US)):
            x, now_us = x + speed * STEP_US / 1e6, now_us + STEP_US
            mean = np.array([[x, 0.0, speed, 0.0]])
            efforts = moved(efforts, mean, np.array([now_us]), settings)
    return efforts


@pytest.mark.parametrize(
    ("speeds", "sprints"),
    [
        ([(5.0, 6.9)], 0),
        ([(0.8, 9.0), (3.0, 2.0)], 0),
        ([(2.0, 9.0), (3.0, 2.0)], 1),
        ([(2.0, 9.0), (0.3, 6.0), (2.0, 9.0)], 1),
        ([(2.0, 9.0), (2.0, 3.0), (2.0, 9.0)], 2),
        ([(20.0, 9.0)], 1),
        ([], 0),
    ],
    ids=["below", "short", "one", "a-short-break", "two", "long", "nothing"],
)
def test_a_sprint_is_fast_for_long_enough(speeds: list[tuple[float, float]], sprints: int) -> None:
    assert run(speeds, Effort()).sprints.tolist() == [sprints]


def test_who_was_away_between_two_fast_moments_did_not_run_through() -> None:
    fast = run([(0.8, 9.0)], Effort())
    later = np.array([int(fast.timed_us[0]) + 5_000_000])
    again = moved(fast, np.array([[50.0, 0.0, 9.0, 0.0]]), later, Effort())
    assert again.sprints.tolist() == [0]


def test_a_straight_path_is_short_by_the_leash_alone() -> None:
    assert run([(10.0, 1.5)], Effort(sway_m=0.3)).distance_m[0] == pytest.approx(15.0 - 0.3)


def test_swaying_within_the_leash_goes_no_distance() -> None:
    assert run([(0.1, 2.0), (0.1, -2.0)] * 50, Effort(sway_m=0.3)).distance_m.tolist() == [0.0]


def test_turning_back_costs_two_leashes() -> None:
    assert run([(4.0, 1.0), (4.0, -1.0)], Effort(sway_m=0.3)).distance_m[0] == pytest.approx(8.0 - 0.9)
