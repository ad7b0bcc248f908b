"""Hours in which a rule is on duty."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from shared.rules.schedule import Schedule, Weekday

VIENNA = "Europe/Vienna"


def covers(during: str | None, local: str, days: tuple[Weekday, ...] = tuple(Weekday)) -> bool:
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(VIENNA))
    return Schedule.of(during, days, VIENNA).covers(round(moment.timestamp() * 1e6))


@pytest.mark.parametrize(
    ("during", "local", "inside"),
    [
        ("22:00-06:00", "2026-01-14 21:59:59", False),
        ("22:00-06:00", "2026-01-14 22:00:00", True),
        ("22:00-06:00", "2026-01-14 23:59:59.999999", True),
        ("22:00-06:00", "2026-01-15 00:00:00", True),
        ("22:00-06:00", "2026-01-15 05:59:59", True),
        ("22:00-06:00", "2026-01-15 06:00:00", False),
        ("22:00-06:00", "2026-07-15 22:00:00", True),  # by summer time as well
        ("08:00-12:00", "2026-01-14 08:00:00", True),
        ("08:00-12:00", "2026-01-14 12:00:00", False),
        ("18:00-24:00", "2026-01-14 23:59:59", True),
        ("18:00-24:00", "2026-01-15 00:00:00", False),
        ("12:00-14:00, 22:00-06:00", "2026-01-14 13:00:00", True),
        ("12:00-14:00, 22:00-06:00", "2026-01-14 23:00:00", True),
        ("12:00-14:00, 22:00-06:00", "2026-01-14 15:00:00", False),
        (None, "2026-01-14 15:00:00", True),
        ("02:00-03:00", "2026-03-29 03:30:00", False),  # the hour that is skipped in spring
        ("02:00-03:00", "2026-10-25 02:30:00", True),  # and the one that comes twice in autumn
    ],
)
def test_a_window_is_of_local_time(during: str | None, local: str, inside: bool) -> None:
    assert covers(during, local) is inside


@pytest.mark.parametrize(
    ("local", "inside"),
    [
        ("2026-01-16 23:00", True),  # Friday
        ("2026-01-17 03:00", True),  # still Friday's night
        ("2026-01-17 23:00", False),
        ("2026-01-16 03:00", False),  # Thursday's
        ("2026-01-19 03:00", False),
    ],
)
def test_a_night_belongs_to_the_day_it_begins_on(local: str, inside: bool) -> None:
    assert covers("22:00-06:00", local, (Weekday.FRI,)) is inside


def test_days_without_hours_are_whole_days() -> None:
    assert covers(None, "2026-01-18 00:00", (Weekday.SUN,))
    assert not covers(None, "2026-01-19 00:00", (Weekday.SUN,))
