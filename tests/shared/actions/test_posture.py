import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.actions.posture import PostureState, certainty, classify, lowness, settle
from shared.rules.moment import Features, Posture

NAN = math.nan


def body(
    rise_m: float = 0.45,
    legs_deg: tuple[float, float] = (5, NAN),
    hip_m: float = NAN,
    head_m: float = NAN,
    aspect: float = NAN,
) -> Features:
    """A body whose thighs and knees are bent as `legs_deg` says."""
    return Features(
        hip_y_px=100,
        scale_px_m=100,
        rise_m=rise_m,
        hip_m=hip_m,
        head_m=head_m,
        aspect=aspect,
        thigh_deg=legs_deg[0],
        knee_deg=legs_deg[1],
        torso_deg=0,
    )


@pytest.mark.parametrize(
    ("features", "low"),
    [
        (body(), 0.0),
        (body(rise_m=0.1), 1.0),
        (body(rise_m=0.1, hip_m=0.75), 2 / 3),
        (body(rise_m=0.1, hip_m=0.75, head_m=1.4), 2 / 4),
        (body(rise_m=0.45, hip_m=0.1, head_m=0.3, aspect=2.0), 3 / 5),
        (body(rise_m=-0.3, hip_m=0.1, head_m=0.0, aspect=0.3), 4 / 5),
    ],
)
def test_lowness_is_the_mean_of_the_cues_that_can_be_seen(features: Features, low: float) -> None:
    assert lowness(features) == pytest.approx(low)


@given(st.floats(-1, 1), st.floats(-1, 2), st.floats(-1, 2), st.floats(0, 9))
def test_lowness_stays_between_nought_and_one(rise: float, hip: float, head: float, aspect: float) -> None:
    assert 0 <= lowness(body(rise_m=rise, hip_m=hip, head_m=head, aspect=aspect)) <= 1


@pytest.mark.parametrize(
    ("features", "posture"),
    [
        (body(), Posture.STANDING),
        (body(legs_deg=(35, NAN)), Posture.STANDING),
        (body(legs_deg=(80, NAN), hip_m=0.45), Posture.SITTING),
        (body(legs_deg=(85, 90)), Posture.SITTING),
        (body(legs_deg=(37, 62)), Posture.SITTING),  # towards the camera: thighs look short
        (body(legs_deg=(80, 15)), Posture.SITTING),  # legs stretched out
        (body(legs_deg=(25, 45)), Posture.STANDING),  # walking
        (body(legs_deg=(45, 15)), Posture.STANDING),  # seen from above
        (body(legs_deg=(10, 100)), Posture.STANDING),  # kneeling
        (body(legs_deg=(75, 115), hip_m=0.33), Posture.BENDING),  # crouching
        (body(legs_deg=(75, 115), hip_m=0.45), Posture.SITTING),  # the feet under the chair
        (body(rise_m=0.0, hip_m=0.75, head_m=0.6, aspect=0.6), Posture.BENDING),
        (body(rise_m=0.05, hip_m=0.1, head_m=0.1, aspect=4), Posture.LYING),
        (body(legs_deg=(NAN, NAN)), Posture.UNKNOWN),
        (
            body(rise_m=0.05, legs_deg=(10, 90), hip_m=0.3, head_m=0.3, aspect=1.5),
            Posture.BENDING,
        ),  # all fours
        (
            replace(body(rise_m=-0.2, hip_m=0.45, head_m=0.1), knees_m=0.4),
            Posture.BENDING,
        ),  # ties shoes, seated
    ],
)
def test_a_picture_has_a_posture(features: Features, posture: Posture) -> None:
    assert classify(features, lowness(features), Posture.UNKNOWN) is posture


def test_the_posture_that_holds_is_left_later_than_it_is_entered() -> None:
    between = body(legs_deg=(36, 37))
    assert classify(between, 0.0, Posture.SITTING) is Posture.SITTING
    assert classify(between, 0.0, Posture.STANDING) is Posture.STANDING


def test_certainty_is_about_the_posture_asked_for() -> None:
    seated = body(legs_deg=(80, 90))
    assert certainty(seated, 0.0, Posture.SITTING) == 1
    assert certainty(seated, 0.0, Posture.STANDING) == 0
    assert certainty(seated, 0.0, Posture.BENDING) == 0
    assert certainty(body(legs_deg=(NAN, NAN)), 0.0, Posture.SITTING) == 0
    assert certainty(seated, 0.7, Posture.LYING) == 0.7


SEATED = [(time_s, Posture.SITTING) for time_s in (1.0, 1.1, 1.2, 1.3)]


def follow(seen: list[tuple[float, Posture]], hold_s: float = 0.5) -> PostureState:
    state = PostureState(Posture.STANDING)
    for time_s, posture in seen:
        state = settle(state, posture, round(time_s * 1e6), hold_s)
    return state


@pytest.mark.parametrize(
    ("seen", "posture"),
    [
        ([(1.0, Posture.SITTING), (1.4, Posture.SITTING)], Posture.STANDING),
        ([(1.0, Posture.SITTING), (1.5, Posture.SITTING)], Posture.SITTING),
        ([(1.0, Posture.SITTING), (1.2, Posture.UNKNOWN), (1.5, Posture.SITTING)], Posture.SITTING),
        (
            [
                (1.0, Posture.SITTING),
                (1.2, Posture.STANDING),
                (1.5, Posture.STANDING),
                (1.6, Posture.SITTING),
            ],
            Posture.STANDING,
        ),
        ([(1.0, Posture.SITTING), (1.2, Posture.LYING), (1.6, Posture.LYING)], Posture.STANDING),
        (
            [*SEATED, (1.4, Posture.BENDING), (1.5, Posture.SITTING)],
            Posture.STANDING,
        ),  # two tenths are taken back
        ([*SEATED, (1.4, Posture.BENDING), (1.5, Posture.SITTING), (1.7, Posture.SITTING)], Posture.SITTING),
    ],
)
def test_a_posture_must_last_to_replace_another(seen: list[tuple[float, Posture]], posture: Posture) -> None:
    assert follow(seen).posture is posture


def test_a_posture_holds_from_when_it_was_first_seen() -> None:
    assert follow([(1.0, Posture.SITTING), (1.7, Posture.SITTING)]).since_us == 1_000_000
