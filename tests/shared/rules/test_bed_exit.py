"""Getting out of bed."""

from collections.abc import Sequence

import pytest

from shared.rules.bed_exit import RULE
from shared.rules.moment import Moment, Posture, Sight
from shared.rules.zone import ZoneKind
from tests.shared.rules.acting import at_s, during, play, seen, unseen, zone

BED, SOFA = zone("bed", ZoneKind.BED), zone("sofa", ZoneKind.SOFA)


def lies(start_s: float, end_s: float, posture: Posture = Posture.LYING) -> list[Moment]:
    return [seen(time_s, posture=posture, zones=(BED,)) for time_s in during(start_s, end_s)]


def out(start_s: float, end_s: float) -> list[Moment]:
    return [seen(time_s) for time_s in during(start_s, end_s)]


NIGHT = [*out(0, 2), *lies(2, 20), *lies(20, 23, Posture.SITTING)]
UP, EXIT = ("suspected", 23.0), ("confirmed", 23.0)


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        ([*NIGHT, *out(23, 30)], [UP, EXIT]),
        ([*NIGHT, *out(23, 25), *lies(25, 30)], [UP, ("recovered", 23.0)]),
        ([*NIGHT, *out(23, 60), *lies(60, 65)], [UP, EXIT, ("recovered", 23.0)]),
        ([*NIGHT, *out(23, 30), unseen(60, Sight.GONE)], [UP, EXIT, ("lost", 23.0)]),
        ([*NIGHT, *out(23, 24), unseen(25, Sight.GONE)], [UP, ("lost", 23.0)]),
        ([*NIGHT, unseen(30, zones=(BED,)), unseen(60, Sight.GONE)], []),
        ([*NIGHT, *lies(23, 40, Posture.STANDING)], []),
        ([*out(0, 2), *lies(2, 6), *out(6, 20)], []),
        ([*out(0, 2), *lies(2, 20, Posture.STANDING), *out(20, 30)], []),
        ([*lies(0, 1, Posture.SITTING), *out(1, 8)], [("suspected", 1.0), ("confirmed", 1.0)]),
        ([*lies(0, 1, Posture.STANDING), *out(1, 8)], []),
    ],
    ids=[
        "gets up",
        "back at once",
        "back after a while",
        "leaves the room",
        "leaves the room at once",
        "hidden in bed",
        "stands in front of the bed",
        "sits down for a moment",
        "makes the bed",
        "first seen sitting up",
        "first seen passing the bed",
    ],
)
def test_an_exit_is_told_from_leaving_the_bed_to_the_return(
    moments: Sequence[Moment], told: list[tuple[str, float]]
) -> None:
    reports = play(RULE, moments)
    assert at_s(reports) == told
    assert [report.update for report in reports] == list(range(len(told)))
    assert {report.zone for report in reports} <= {"bed"}


def test_an_exit_is_raised_after_the_grace_and_says_how_long_somebody_had_rested() -> None:
    _, report = play(RULE, [*NIGHT, *out(23, 30)])
    assert report.raised_us == 26_000_000
    assert report.evidence["rested_s"] == pytest.approx(20.9, abs=0.2)


def test_a_second_exit_is_another_incident() -> None:
    moments = [*NIGHT, *out(23, 30), *lies(30, 40), *out(40, 50)]
    phases = ["suspected", "confirmed", "recovered", "suspected", "confirmed"]
    assert [phase for phase, _ in at_s(play(RULE, moments))] == phases


def test_other_furniture_counts_where_it_is_wanted() -> None:
    moments = [seen(t, posture=Posture.SITTING, zones=(SOFA,)) for t in during(0, 10)] + out(10, 20)
    assert play(RULE, moments) == []
    assert len(play(RULE, moments, kinds=(ZoneKind.SOFA,))) == 2
