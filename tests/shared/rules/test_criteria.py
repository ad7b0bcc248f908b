"""What rules hold against thresholds is what their events say."""

from dataclasses import replace

import pytest

from shared.actions import watch
from shared.messages import Event, EventKind, Phase
from shared.rules import RULES
from shared.rules.criterion import CURVES
from shared.settings import Actions
from tests.services.figures import PRONE, SITTING, STANDING, SUPINE, Figure, Take, falling, film, seen_from

FALLS = {
    "forward": falling(PRONE),
    "to the camera": seen_from(falling(PRONE), 90),
    "from a chair": falling(PRONE, start=SITTING),
    "feet not seen": replace(falling(SUPINE), hidden=(25, 26, 27, 28, 29, 30, 31, 32)),
    "lost for a second on the way": replace(falling(PRONE), away=(2.3, 3.3)),
    "lost near the floor": replace(falling(SUPINE, descent_s=0.7), away=(2.85, 9.0)),
    "slowly": Figure([(2, STANDING), (4.5, SUPINE)]),
}
ON_FLOOR = {"found there": Figure([(0, SUPINE)])}


def told(figure: Figure, fps: float = 15) -> list[Event]:
    kinds = {EventKind.FALL, EventKind.FOUND_ON_FLOOR}
    events = watch(film([figure], Take(fps=fps, duration_s=14)), Actions())
    return [each for each in events if each.kind in kinds]


@pytest.mark.parametrize("rule", RULES, ids=[rule.kind.value for rule in RULES])
def test_criteria_name_values_thresholds_and_curves_that_can_be_drawn(rule: object) -> None:
    criteria = next(each.criteria for each in RULES if each is rule)
    assert len({each.value for each in criteria}) == len(criteria)
    for each in criteria:
        assert "threshold" in each.threshold
        assert each.curve in {"", *CURVES}


@pytest.mark.parametrize("name", [*FALLS, *ON_FLOOR])
def test_every_threshold_in_the_evidence_is_one_that_the_rule_names(name: str) -> None:
    events = told((FALLS | ON_FLOOR)[name])
    assert events
    for event in events:
        named = {each.threshold for rule in RULES if rule.kind is event.kind for each in rule.criteria}
        assert {key for key in event.evidence if "threshold" in key} <= named


@pytest.mark.parametrize("fps", [5.0, 15.0, 30.0])
@pytest.mark.parametrize("name", FALLS)
def test_what_made_a_fall_passes_what_was_asked_unless_something_else_may_stand_in(
    name: str, fps: float
) -> None:
    (first, *_) = told(FALLS[name], fps)
    criteria = next(rule.criteria for rule in RULES if rule.kind is EventKind.FALL)
    for each in criteria:
        value, threshold = first.evidence.get(each.value), first.evidence.get(each.threshold)
        if each.phase is Phase.SUSPECTED and value is not None and threshold is not None:
            assert value >= threshold or (each.value == "low" and each.instead), each.value


def test_a_confirmed_fall_has_been_low_or_hidden_for_as_long_as_it_takes() -> None:
    for figure in FALLS.values():
        for event in told(figure):
            low = event.evidence["low_s"] >= event.evidence["low_threshold_s"]
            hidden = event.evidence.get("hidden_s", 0.0) >= event.evidence.get("hidden_threshold_s", 9.0)
            assert low or hidden or event.phase is not Phase.CONFIRMED
