"""Which rules watch over a camera, with which options, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.rules import RULES, RulesSection
from shared.rules.rule import Needs, Rule, RuleOptions
from shared.rules.schedule import Schedule, Weekday

_MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Duty:
    """A rule that is switched on."""

    name: str
    rule: Rule[Any, Any]
    options: RuleOptions
    schedule: Schedule | None = None


class Roster:
    """The rules of one camera, in their order.

    Args:
        rules: the camera's options.
        timezone: of its place.
        needs: what it has.
    """

    def __init__(self, rules: RulesSection, timezone: str, needs: Iterable[Needs] = ()) -> None:
        met = {Needs.NOTHING, *needs}
        self._duties = [_duty(rule, rules, timezone) for rule in RULES if rule.needs in met]
        self._duties = [duty for duty in self._duties if duty.options.enabled]
        self._minute = -1
        self._on: list[tuple[Duty, bool]] = []

    def at(self, wall_us: int) -> list[tuple[Duty, bool]]:
        """Each duty, and whether it is on at this wall time; nothing changes within a minute."""
        minute = wall_us // _MINUTE_US
        if minute != self._minute:
            self._on = [
                (duty, duty.schedule is None or duty.schedule.covers(wall_us)) for duty in self._duties
            ]
            self._minute = minute
        return self._on


def _duty(rule: Rule[Any, Any], rules: RulesSection, timezone: str) -> Duty:
    name = rule.kind.value
    options: RuleOptions = getattr(rules, name)
    always = options.during is None and len(set(options.days)) == len(Weekday)
    return Duty(name, rule, options, None if always else Schedule.of(options.during, options.days, timezone))
