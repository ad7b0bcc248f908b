"""Hands up."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.rules.arms_raised import RULE
from shared.rules.moment import Features, Moment, Posture, Sight
from tests.shared.rules.acting import BODY, at_s, during, play, seen, unseen


def hands(left_m: float, right_m: float) -> Features:
    return replace(BODY, wrist_left_m=left_m, wrist_right_m=right_m)


UP, DOWN, ONE, BEHIND_HEAD = hands(0.3, 0.35), hands(-0.4, -0.4), hands(0.4, -0.4), hands(0.12, 0.12)


def holds(start_s: float, end_s: float, body: Features, posture: Posture = Posture.STANDING) -> list[Moment]:
    return [seen(time_s, body, posture=posture) for time_s in during(start_s, end_s)]


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        (holds(0, 1.9, UP), []),
        (holds(0, 10, UP), [0.0]),
        (holds(0, 10, UP, Posture.SITTING), [0.0]),
        (holds(0, 10, UP, Posture.UNKNOWN), [0.0]),
        (holds(0, 10, UP, Posture.LYING), []),
        (holds(0, 10, ONE), []),
        (holds(0, 10, BEHIND_HEAD), []),
        (holds(0, 10, hands(0.3, math.nan)), []),
        ([*holds(0, 1, UP), *holds(1, 1.3, DOWN), *holds(1.3, 3, UP)], [0.0]),
        ([*holds(0, 1, UP), *holds(1, 1.7, DOWN), *holds(1.7, 3, UP)], []),
        ([*holds(0, 1, UP), unseen(1.2), *holds(1.4, 3, UP)], [0.0]),
        ([*holds(0, 3, UP), *holds(3, 4, DOWN), *holds(4, 8, UP)], [0.0]),
        ([*holds(0, 3, UP), *holds(3, 6, DOWN), *holds(6, 9, UP)], [0.0, 6.0]),
        ([*holds(0, 1.9, UP), unseen(1.9, Sight.GONE), *holds(1.9, 3, UP)], []),
    ],
    ids=[
        "too short",
        "held",
        "seated",
        "legs hidden",
        "lying",
        "one hand",
        "hands behind the head",
        "a hand hidden",
        "waving",
        "twice, too short",
        "not seen for a moment",
        "down for a moment",
        "called twice",
        "another track",
    ],
)
def test_both_hands_held_up_are_a_call(moments: Sequence[Moment], told: list[float]) -> None:
    assert at_s(play(RULE, moments)) == [("confirmed", start_s) for start_s in told]


def test_one_hand_is_enough_where_it_is_said_so() -> None:
    (report,) = play(RULE, holds(0, 4, ONE), arms=1)
    assert report.evidence == {
        "wrists_m": 0.4,
        "wrists_threshold_m": 0.18,
        "held_s": 2.0,
        "hold_threshold_s": 2.0,
    }
