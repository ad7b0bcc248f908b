"""All rules together: what is on by default, what they keep, and what one must not forget of a new one."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from shared.messages import EventKind
from shared.rules import RULES, Rules, RulesSection, States
from shared.rules.moment import Moment, Posture, Sight
from shared.rules.rule import Rule
from tests.shared.rules.acting import BODY, during, moved, play, seen, unseen

BY_DEFAULT = {"fall", "found_on_floor", "sit_down", "stand_up", "lying"}


@pytest.fixture(params=RULES, ids=[rule.kind.value for rule in RULES])
def rule(request: pytest.FixtureRequest) -> Rule[Any, Any]:
    chosen: Rule[Any, Any] = request.param
    return chosen


def test_every_rule_has_a_section_of_its_own_in_the_configuration() -> None:
    assert set(RulesSection.__subclasses__()[0].model_fields) == {rule.kind.value for rule in RULES}


def test_only_what_every_room_wants_is_on_by_default() -> None:
    on = {rule.kind.value for rule in RULES if getattr(Rules(), rule.kind.value).enabled}
    assert on <= BY_DEFAULT
    assert "fall" in on


def test_every_kind_of_event_of_a_person_has_a_rule() -> None:
    others = {kind for kind in EventKind if kind.value.startswith(("camera_", "monitoring_"))}
    assert {rule.kind for rule in RULES} == set(EventKind) - others


def test_idle_states_take_up_no_room() -> None:
    assert msgspec.msgpack.encode(States()) == msgspec.msgpack.encode({})


def test_a_rule_says_nothing_of_a_track_that_does_nothing(rule: Rule[Any, Any]) -> None:
    assert play(rule, [*(seen(t, detail=Posture.STANDING) for t in during(0, 20))]) == []


def test_a_rule_says_nothing_of_a_track_that_is_never_seen(rule: Rule[Any, Any]) -> None:
    sights = [unseen(n, sight) for n, sight in enumerate(Sight) if sight is not Sight.SEEN]
    assert play(rule, sights) == []


def test_a_rule_forgets_a_track_that_has_ended(rule: Rule[Any, Any]) -> None:
    state, options = rule.idle, rule.options(enabled=True)
    for moment in [seen(0), seen(1, moved(3)), seen(2, replace(BODY, rise_m=0.1)), unseen(3, Sight.GONE)]:
        state = rule.step(state, moment, options).state
    assert state == rule.idle or rule.kind in {EventKind.SIT_DOWN, EventKind.STAND_UP, EventKind.LYING}


def busy() -> list[Moment]:
    """A minute of somebody who does a lot, at 15 frames a second."""
    moments = []
    for n, time_s in enumerate(during(0, 60, 15)):
        body = moved(0.1 * n, 0.2 * (n % 7), replace(BODY, wrist_left_m=0.3, wrist_right_m=0.3))
        detail = Posture.WALKING if n // 90 % 2 else Posture.STANDING
        moments.append(seen(time_s, body, detail=detail))
    return moments


def test_the_states_of_all_rules_of_a_busy_track_are_small() -> None:
    states: dict[str, Any] = {rule.kind.value: rule.idle for rule in RULES}
    largest = 0
    for moment in busy():
        for rule in RULES:
            name = rule.kind.value
            states[name] = rule.step(states[name], moment, rule.options(enabled=True)).state
        largest = max(largest, len(msgspec.msgpack.encode(States(**states))))
    assert largest < 900
