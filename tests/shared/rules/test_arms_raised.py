"""Hands up."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
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
    assert report.detail == "hands up"
    assert report.evidence == {
        "wrist_left_m": 0.4,
        "wrist_right_m": -0.4,
        "wrists_threshold_m": 0.18,
        "held_s": 2.0,
        "hold_threshold_s": 2.0,
    }


def waves(
    swings_hz: float, width_deg: float, lasting_s: float = 3, fps: float = 15, height_m: float = 0.3
) -> list[Moment]:
    """The right hand up from second 1 on, its elbow swinging to and fro so often and so wide."""
    rng = np.random.default_rng(4)
    moments = holds(0, 1, DOWN)
    for time_s in during(1, 1 + lasting_s, fps):
        bend_deg = 60 + width_deg / 2 * math.sin(2 * math.pi * swings_hz * time_s) + float(rng.normal(0, 5))
        body = replace(hands(-0.4, height_m), elbow_right_deg=bend_deg, elbow_left_deg=10.0)
        moments.append(seen(time_s, body))
    return [*moments, *(seen(time_s) for time_s in during(1 + lasting_s, 8 + lasting_s))]


@pytest.mark.parametrize(("swings_hz", "fps"), [(1.0, 10), (1.5, 10), (1.5, 15), (2.0, 15), (2.0, 30)])
def test_a_hand_that_waves_is_a_call(swings_hz: float, fps: float) -> None:
    (report,) = play(RULE, waves(swings_hz, 70, fps=fps))
    assert (report.detail, report.evidence["swings"]) == ("waving", 4.0)
    assert 1.0 <= report.started_us / 1e6 <= 1.2
    assert (report.raised_us or 0) / 1e6 <= 1.2 + 2.5 / swings_hz


@pytest.mark.parametrize(
    "moments",
    [
        waves(1.5, 15),
        waves(1.5, 70, lasting_s=1.0),
        waves(0.3, 70, lasting_s=10),
        waves(1.5, 70, height_m=0.1),
        holds(0, 10, replace(ONE, elbow_left_deg=math.nan)),
    ],
    ids=["trembles", "greets once", "slow", "low, as with a comb or a brush", "elbow hidden"],
)
def test_what_looks_like_waving_is_none(moments: Sequence[Moment]) -> None:
    assert play(RULE, moments) == []


def test_waving_can_be_left_out() -> None:
    assert play(RULE, waves(1.5, 70), swings=0) == []


def test_waving_with_both_hands_up_is_one_call() -> None:
    both = [
        replace(moment, body=replace(moment.body, wrist_left_m=0.3))
        for moment in waves(1.5, 70, lasting_s=5)
        if moment.body is not None and moment.body.wrist_right_m > 0
    ]
    assert len(play(RULE, both)) == 1
