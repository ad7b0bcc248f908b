"""Running fast across a picture."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from shared.rules.moment import Moment, Sight
from shared.rules.sprint import RULE
from tests.shared.rules.acting import at_s, during, moved, play, seen, unseen


def runs(*legs: tuple[float, float], fps: float = 15, jitter_m: float = 0.03) -> list[Moment]:
    """For so many seconds at so many m/s, with hips as unsteady as a stride and a pose make them."""
    rng = np.random.default_rng(5)
    moments, x_m, start_s = [], 0.0, 0.0
    for lasting_s, speed_m_s in legs:
        for time_s in during(start_s, start_s + lasting_s, fps):
            x_m += speed_m_s / fps
            bounce_m = 0.04 * math.sin(2 * math.pi * 3 * time_s)
            moments.append(seen(time_s, moved(x_m + float(rng.normal(0, jitter_m)), bounce_m)))
        start_s += lasting_s
    return moments


SPRINT = ((2, 0), (3, 8), (2, 1))


@pytest.mark.parametrize("fps", [6, 10, 15, 30, 60])
def test_a_sprint_is_told_when_it_has_lasted_and_when_it_is_over(fps: float) -> None:
    first, last = play(RULE, runs(*SPRINT, fps=fps))
    assert at_s([first, last]) == [
        ("confirmed", pytest.approx(2, abs=0.3)),
        ("recovered", first.started_us / 1e6),
    ]
    assert first.raised_us == last.raised_us == pytest.approx(3.1e6, abs=0.4e6)
    assert (first.update, last.update) == (0, 1)
    assert last.evidence["top_m_s"] == pytest.approx(8, rel=0.15)
    assert last.evidence["lasted_s"] == pytest.approx(3, abs=0.6)


@pytest.mark.parametrize(
    ("moments", "phases"),
    [
        (runs((2, 0), (3, 5), (2, 0)), []),
        (runs((2, 0), (0.4, 8), (2, 0)), []),
        (runs((1, 0), (1, 8), (0.3, 5.5), (1, 8), (2, 0)), ["confirmed", "recovered"]),
        ([*runs((2, 0), (2, 8)), unseen(4.1), unseen(5, Sight.GONE)], ["confirmed", "lost"]),
        (runs((2, 0), (2, 30), (2, 0)), []),
        ([seen(0), seen(1, moved(8)), seen(2, moved(16)), seen(3, moved(24))], []),
        (runs((3, 0), jitter_m=0.1), []),
    ],
    ids=["jogging", "a dash", "a short break", "leaves", "another body", "too few pictures", "trembles"],
)
def test_what_is_slow_short_or_impossible_is_no_sprint(moments: Sequence[Moment], phases: list[str]) -> None:
    assert [report.phase.value for report in play(RULE, moments)] == phases


def test_the_threshold_is_the_users() -> None:
    assert len(play(RULE, runs((2, 0), (3, 5), (2, 0)), speed_m_s=4.0)) == 2
