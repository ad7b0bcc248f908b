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
    """A rule with its options. `wanted`: it is switched on, and the camera has what it needs."""

    name: str
    rule: Rule[Any, Any]
    options: RuleOptions
    wanted: bool
    schedule: Schedule | None

    def on(self, wall_us: int) -> bool:
        return self.wanted and (self.schedule is None or self.schedule.covers(wall_us))


class Roster:
    """The rules of one camera, in their order; also those that are off, for what they may have open.

    Args:
        rules: the camera's options.
        timezone: of its place.
        needs: what it has.
    """

    def __init__(self, rules: RulesSection, timezone: str, needs: Iterable[Needs] = ()) -> None:
        met = frozenset({Needs.NOTHING, *needs})
        self._duties = [_duty(rule, rules, timezone, met) for rule in RULES]
        self._minute = -1
        self._on: list[tuple[Duty, bool]] = []

    def at(self, wall_us: int) -> list[tuple[Duty, bool]]:
        """Each rule, and whether it is on duty at this wall time; nothing changes within a minute."""
        minute = wall_us // _MINUTE_US
        if minute != self._minute:
            self._on = [(duty, duty.on(wall_us)) for duty in self._duties]
            self._minute = minute
        return self._on


def _duty(rule: Rule[Any, Any], rules: RulesSection, timezone: str, met: frozenset[Needs]) -> Duty:
    name = rule.kind.value
    options: RuleOptions = getattr(rules, name)
    always = options.during is None and len(set(options.days)) == len(Weekday)
    schedule = None if always else Schedule.of(options.during, options.days, timezone)
    return Duty(name, rule, options, options.enabled and rule.needs in met, schedule)
