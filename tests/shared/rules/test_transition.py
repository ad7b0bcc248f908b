from typing import Any

import pytest

from shared.messages import EventKind, Phase
from shared.rules import RULES
from shared.rules.moment import Moment, Posture, Sight
from shared.rules.rule import Report, Rule, RuleOptions, Step
from shared.rules.transition import Base

P = Posture
CHANGES: dict[EventKind, Rule[Any, Any]] = {rule.kind: rule for rule in RULES if isinstance(rule.idle, Base)}


def seen(posture: Posture, at_us: int, since_us: int = 0, now: Posture | None = None, **more: Any) -> Moment:
    """A settled posture; `now` is what the picture alone shows."""
    return Moment(
        at_us,
        0,
        Sight.SEEN,
        posture=posture,
        posture_since_us=since_us,
        seen_posture=now or posture,
        **more,
    )


def told(base: Base, moment: Moment) -> dict[EventKind, Report]:
    steps = {kind: rule.step(base, moment, rule.options()) for kind, rule in CHANGES.items()}
    return {kind: report for kind, step in steps.items() for report in step.reports}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (P.STANDING, P.SITTING, EventKind.SIT_DOWN),
        (P.SITTING, P.STANDING, EventKind.STAND_UP),
        (P.LYING, P.STANDING, EventKind.STAND_UP),
        (P.STANDING, P.LYING, EventKind.LYING),
        (P.UNKNOWN, P.LYING, EventKind.LYING),
        (P.UNKNOWN, P.SITTING, None),
        (P.LYING, P.SITTING, None),
        (P.STANDING, P.BENDING, None),
    ],
)
def test_each_change_of_posture_has_its_kind(before: Posture, after: Posture, kind: EventKind | None) -> None:
    assert list(told(Base(before, 5), seen(after, 9, 7))) == ([] if kind is None else [kind])


def step(base: Base, moment: Moment) -> Step[Base]:
    return CHANGES[EventKind.SIT_DOWN].step(base, moment, RuleOptions())


def test_bending_on_the_way_does_not_hide_a_sitting_down() -> None:
    after = step(Base(P.STANDING, 5), seen(P.BENDING, 6, 6))
    assert after.reports == ()
    assert step(after.state, seen(P.SITTING, 9, 7)).reports[0].started_us == 5


def test_the_base_is_as_young_as_the_last_picture_that_shows_it() -> None:
    after = step(Base(P.STANDING, 5), seen(P.STANDING, 8, 1))
    assert after.state.until_us == 8
    assert step(after.state, seen(P.STANDING, 9, 1, now=P.SITTING)).state.until_us == 8


@pytest.mark.parametrize("phase", [Phase.SUSPECTED, Phase.CONFIRMED, Phase.STILL])
def test_a_fall_explains_the_posture_while_it_lasts(phase: Phase) -> None:
    base = Base(P.STANDING, 5)
    assert told(base, seen(P.LYING, 9, 7, fall=phase)) == {}
    assert step(base, seen(P.LYING, 9, 7, fall=phase)).state == base


def test_who_recovers_from_a_fall_begins_anew() -> None:
    after = step(Base(P.STANDING, 5), seen(P.SITTING, 9, 7, fall=Phase.RECOVERED))
    assert after == Step(Base(P.SITTING, 9))


def test_a_doubtful_pose_does_not_lie_until_it_is_sure() -> None:
    base, lies = Base(P.STANDING, 5), CHANGES[EventKind.LYING]
    assert told(base, seen(P.LYING, 9, 7, trust=0.3)) == {}
    assert lies.step(base, seen(P.LYING, 9, 7, trust=0.3), lies.options()).state == base
    assert told(base, seen(P.LYING, 9, 7, trust=0.6))[EventKind.LYING].started_us == 5
