"""Walking about at night."""

from collections.abc import Sequence

import pytest

from shared.rules.moment import Moment, Posture, Sight
from shared.rules.wandering import RULE, Options
from tests.shared.rules.acting import at_s, during, play, seen, unseen


def goes(start_s: float, end_s: float, detail: Posture = Posture.WALKING) -> list[Moment]:
    return [seen(time_s, detail=detail) for time_s in during(start_s, end_s, 5)]


def stands(start_s: float, end_s: float) -> list[Moment]:
    return goes(start_s, end_s, Posture.STANDING)


PACES = [*goes(0, 50), *stands(50, 70), *goes(70, 120), *stands(120, 140), *goes(140, 190)]
STEPS = [
    moment for n in range(40) for moment in [*goes(10 * n, 10 * n + 1), *stands(10 * n + 1, 10 * n + 10)]
]


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        (PACES, [("confirmed", 0.0)]),
        ([*PACES, *stands(190, 200), *goes(200, 300)], [("confirmed", 0.0)]),
        ([*PACES, unseen(200, Sight.GONE)], [("confirmed", 0.0), ("lost", 0.0)]),
        ([*PACES, *stands(2100, 2110)], [("confirmed", 0.0), ("recovered", 0.0)]),
        ([*goes(0, 80), *stands(80, 200), *goes(200, 280)], []),
        (goes(0, 600), []),
        ([*goes(0, 30), *stands(30, 40), *goes(40, 70), *stands(70, 80), *goes(80, 110)], []),
        ([*goes(0, 90), *stands(1000, 1010), *goes(1010, 1060), *stands(2000, 2010), *goes(2010, 2060)], []),
        (STEPS, []),
        (stands(0, 60), []),
    ],
    ids=[
        "paces",
        "goes on",
        "leaves",
        "has gone to bed",
        "to the toilet and back",
        "one long walk",
        "too short",
        "hours apart",
        "single steps",
        "stands",
    ],
)
def test_frequent_walks_that_add_up_are_wandering(
    moments: Sequence[Moment], told: list[tuple[str, float]]
) -> None:
    reports = play(RULE, moments)
    assert at_s(reports) == told
    assert [report.update for report in reports] == list(range(len(told)))


def test_it_says_how_often_and_how_long() -> None:
    (report,) = play(RULE, PACES)
    assert report.evidence["walks"] == 3
    assert report.evidence["walked_s"] == pytest.approx(131, abs=0.5)


def test_it_is_for_the_night_unless_told_otherwise() -> None:
    assert Options().during == "22:00-06:00"
    assert not Options().enabled
