"""Which rules watch over a camera, with which options and when, and what they say of a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from shared.actions.person import Memory
from shared.messages import EventKind
from shared.rules import RULES, RulesSection
from shared.rules.moment import Moment, Sight
from shared.rules.rule import Needs, Report, Rule, RuleOptions
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


@dataclass(frozen=True)
class Told:
    """What a moment changed: the memory after it and what there is to tell of which kind."""

    memory: Memory
    reports: tuple[tuple[EventKind, Report], ...] = ()


def _duty(rule: Rule[Any, Any], rules: RulesSection, timezone: str, met: frozenset[Needs]) -> Duty:
    name = rule.kind.value
    options: RuleOptions = getattr(rules, name)
    always = options.during is None and len(set(options.days)) == len(Weekday)
    schedule = None if always else Schedule.of(options.during, options.days, timezone)
    return Duty(name, rule, options, options.enabled and rule.needs in met, schedule)


def judge(memory: Memory, moment: Moment, duties: Sequence[tuple[Duty, bool]]) -> Told:
    """What the rules say of a moment, in their order; one that is off duty ends what it has open."""
    states: dict[str, msgspec.Struct] = {}
    reports: list[tuple[EventKind, Report]] = []
    for duty, on in duties:
        rule, before = duty.rule, getattr(memory.rules, duty.name)
        if not on and (before is rule.idle or before == rule.idle):
            continue
        step = rule.step(before, moment if on else replace(moment, sight=Sight.GONE, body=None), duty.options)
        after = step.state if on else rule.idle
        if after is not before:
            states[duty.name] = after
        reports += [(rule.kind, _placed(report, moment)) for report in step.reports]
        if step.explains is not None:
            moment = replace(moment, fall=step.explains)
    if states:
        memory = msgspec.structs.replace(memory, rules=msgspec.structs.replace(memory.rules, **states))
    return Told(memory, tuple(reports))


def _placed(report: Report, moment: Moment) -> Report:
    """With the zone that the person is in, where the rule names none."""
    if report.zone is not None or not moment.zones:
        return report
    return replace(report, zone=moment.zones[0].name)
