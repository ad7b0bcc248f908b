import math
from dataclasses import replace

import pytest

from shared.actions.baseline import Answer, Knee, classify, sits
from shared.rules.moment import Features

NAN = math.nan
BODY = Features(100, 100, 0.45, NAN, NAN, NAN, NAN, NAN, 0)


def legs(left_deg: float, right_deg: float) -> Features:
    return replace(BODY, knee_left_deg=left_deg, knee_right_deg=right_deg)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (legs(5, 10), Answer.STANDING),
        (legs(5, 30), Answer.UNKNOWN),
        (legs(5, 90), Answer.SITTING),
        (legs(NAN, 90), Answer.SITTING),
        (legs(NAN, 5), Answer.UNKNOWN),
        (BODY, Answer.UNKNOWN),
        (replace(legs(5, 5), wrist_left_m=0.1, wrist_right_m=0.2), Answer.ARMS_RAISED),
        (replace(legs(5, 5), wrist_left_m=-0.1, wrist_right_m=0.2), Answer.STANDING),
    ],
)
def test_the_classifier_of_joint_angles_knows_three_answers(body: Features, answer: Answer) -> None:
    assert classify(body) is answer


@pytest.mark.parametrize(
    ("bends_deg", "seated"),
    [
        ([95] * 7, True),
        ([95] * 5, False),
        ([85] * 20, False),
        ([95, 95, 95, 50, 95, 95, 95], False),
        ([95, 95, 95, NAN, 95, 95, 95], False),
    ],
    ids=["long enough", "too short", "not far enough", "interrupted", "not seen"],
)
def test_a_knee_bent_for_half_a_second_sits(bends_deg: list[float], seated: bool) -> None:
    knee, found = Knee(), False
    for step, bend in enumerate(bends_deg):
        found, knee = sits(knee, legs(bend, 0 if math.isnan(bend) else 5), step * 100_000)
    assert found is seated
