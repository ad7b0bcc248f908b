"""When a rule is on duty: windows of local wall time, on some days of the week."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from shared.nearest import hint

_DAY = 24 * 60
_WINDOW = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
_CLOCK = "([01][0-9]|2[0-4]):[0-5][0-9]"
_PATTERN = f"^{_CLOCK} *- *{_CLOCK}( *, *{_CLOCK} *- *{_CLOCK})*$"


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


def _windows(during: str) -> tuple[tuple[int, int], ...]:
    """Minutes of the day from and until, of each window.

    Raises:
        ValueError: not windows of a day.
    """
    return tuple(_window(part.strip()) for part in during.split(","))


def _window(text: str) -> tuple[int, int]:
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no window of a day: give times as 22:00-06:00, several with commas")
    from_h, from_m, until_h, until_m = (int(part) for part in match.groups())
    begin, end = 60 * from_h + from_m, 60 * until_h + until_m
    if begin >= _DAY or end > _DAY:
        raise ValueError(f"{text!r} is no window of a day: it begins by 23:59 and ends by 24:00")
    if begin == end:
        raise ValueError(f"{text!r} begins when it ends: leave `during` away for the whole day")
    return begin, end


def _checked(during: str) -> str:
    _windows(during)
    return during


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        asked = hint(name, sorted(available_timezones()), "give one of IANA's, as Europe/Vienna")
        raise ValueError(f"{name!r} is no time zone: {asked}") from None
    return name


Hours = Annotated[
    str, AfterValidator(_checked), Field(json_schema_extra={"pattern": _PATTERN}, max_length=200)
]
Timezone = Annotated[str, AfterValidator(_known), Field(min_length=1)]


@dataclass(frozen=True)
class Schedule:
    """Windows of local time.

    Attributes:
        windows: from and until, in minutes of the day; one that ends before it begins reaches into the next
            day. Clocks that are put forward or back make a window as much shorter or longer.
        days: 0 Monday to 6 Sunday on which a window begins.
        timezone: of the place.
    """

    windows: tuple[tuple[int, int], ...]
    days: frozenset[int]
    timezone: ZoneInfo

    @classmethod
    def of(cls, during: str | None, days: Iterable[Weekday], timezone: str) -> Self:
        """As options say; no windows are whole days."""
        order = list(Weekday)
        windows = ((0, _DAY),) if during is None else _windows(during)
        return cls(windows, frozenset(order.index(day) for day in days), ZoneInfo(timezone))

    def covers(self, wall_us: int) -> bool:
        """Whether a wall time (Unix, microseconds) lies within."""
        local = datetime.fromtimestamp(wall_us // 1_000_000, self.timezone)
        minute, today = 60 * local.hour + local.minute, local.weekday()
        return any(self._in(window, minute, today) for window in self.windows)

    def _in(self, window: tuple[int, int], minute: int, today: int) -> bool:
        begin, end = window
        if begin < end:
            return begin <= minute < end and today in self.days
        if minute >= begin:
            return today in self.days
        return minute < end and (today - 1) % 7 in self.days
