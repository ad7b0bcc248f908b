"""Entering and leaving zones."""

from collections.abc import Sequence

import pytest

from shared.rules import zone_enter, zone_exit
from shared.rules.moment import Moment, Sight
from shared.rules.zone import Zone, ZoneKind
from tests.shared.rules.acting import at_s, during, play, seen, unseen, zone

SEAT, DOOR = zone("seat", ZoneKind.SOFA), zone("door", ZoneKind.EXIT)
Visit = tuple[float, float, tuple[Zone, ...]]


def walk(*visits: Visit) -> list[Moment]:
    """From and until a second in these zones."""
    return [seen(time_s, zones=zones) for start, end, zones in visits for time_s in during(start, end)]


VISIT = walk((0, 2, ()), (2, 6, (SEAT,)), (6, 9, ()))


def test_who_comes_in_is_told_once_after_a_moment_inside() -> None:
    (report,) = play(zone_enter.RULE, VISIT)
    assert (report.zone, report.part, report.started_us, report.raised_us) == ("seat", "seat", 2e6, 2.5e6)
    assert report.evidence == {"dwell_s": 0.5, "dwell_threshold_s": 0.5, "appeared": 0.0}


def test_who_leaves_is_told_once_from_the_last_moment_inside() -> None:
    (report,) = play(zone_exit.RULE, VISIT)
    assert (report.zone, report.started_us, report.raised_us) == ("seat", 5.9e6, 6.9e6)
    assert report.evidence["stay_s"] == pytest.approx(3.9)


@pytest.mark.parametrize(
    ("moments", "entered", "left"),
    [
        (walk((0, 2, ()), (2, 2.4, (SEAT,)), (2.4, 9, ())), 0, 0),
        (walk((0, 2, ()), (2, 4, (SEAT,)), (4, 4.9, ()), (4.9, 6, (SEAT,)), (6, 9, ())), 1, 1),
        (walk((0, 2, ()), (2, 4, (SEAT,)), (4, 6, ()), (6, 8, (SEAT,)), (8, 10, ())), 2, 2),
        ([*walk((0, 2, ()), (2, 4, (SEAT,))), unseen(9, zones=(SEAT,)), unseen(10, Sight.GONE)], 1, 0),
        ([*walk((0, 2, ()), (2, 2.3, (SEAT,))), unseen(9, zones=(SEAT,)), *walk((12, 12.1, (SEAT,)))], 1, 0),
        ([seen(0), seen(30, zones=(SEAT,)), unseen(31, Sight.GONE)], 0, 0),
        ([], 0, 0),
    ],
    ids=[
        "brushed",
        "flicker at the border",
        "twice",
        "lost inside",
        "hidden inside",
        "one picture",
        "nobody",
    ],
)
def test_visits_and_absences_must_last(moments: Sequence[Moment], entered: int, left: int) -> None:
    assert len(play(zone_enter.RULE, moments)) == entered
    assert len(play(zone_exit.RULE, moments)) == left


def test_a_track_that_begins_in_a_zone_is_told_as_having_appeared_there() -> None:
    (report,) = play(zone_enter.RULE, walk((0, 2, (SEAT,))))
    assert report.evidence["appeared"] == 1.0


def test_two_zones_entered_at_once_are_two_incidents() -> None:
    reports = play(zone_enter.RULE, walk((0, 1, ()), (1, 3, (SEAT, DOOR))))
    assert [(report.zone, report.part, report.started_us) for report in reports] == [
        ("seat", "seat", 1e6),
        ("door", "door", 1e6),
    ]


@pytest.mark.parametrize(
    ("options", "zones"),
    [
        ({}, ["seat", "door"]),
        ({"zones": ("door",)}, ["door"]),
        ({"kinds": (ZoneKind.SOFA,)}, ["seat"]),
        ({"kinds": (ZoneKind.SOFA,), "zones": ("door",)}, []),
    ],
)
def test_only_the_wanted_zones_are_watched(options: dict[str, object], zones: list[str]) -> None:
    moments = walk((0, 1, ()), (1, 3, (SEAT, DOOR)), (3, 6, ()))
    assert [report.zone for report in play(zone_enter.RULE, moments, **options)] == zones
    assert [report.zone for report in play(zone_exit.RULE, moments, **options)] == zones


def test_going_from_one_zone_to_the_next_leaves_the_one_and_enters_the_other() -> None:
    moments = walk((0, 2, (SEAT,)), (2, 5, (DOOR,)))
    assert at_s(play(zone_enter.RULE, moments)) == [("confirmed", 0.0), ("confirmed", 2.0)]
    assert at_s(play(zone_exit.RULE, moments)) == [("confirmed", 1.9)]
