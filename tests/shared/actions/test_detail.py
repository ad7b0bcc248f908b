import math
from dataclasses import replace

import pytest

from shared.actions.detail import DetailState, arms_up, confidence, follow, refine, rest
from shared.rules.moment import Features, Motion, Posture
from tests.services.figures import (
    BENDING,
    PRONE,
    SITTING,
    SQUATTING,
    STANDING,
    SUPINE,
    Figure,
    Pose,
    Take,
    film,
)
from tests.shared.actions.moments import moments

NAN = math.nan
UPRIGHT = Features(100, 100, 0.45, 0.75, 1.4, 0.3, 5, 10, 0, knees_m=0.38)
KNEELING = Pose(0.37, 0, 0, -90)
ALL_FOURS = Pose(0.37, 80, 0, -90)
WALKING = Motion(cadence_spm=100, stride_m=0.9, across_m_s=0.8)


@pytest.mark.parametrize("yaw_deg", [0, 45, 90])
@pytest.mark.parametrize(
    ("pose", "posture"),
    [
        (STANDING, Posture.STANDING),
        (SITTING, Posture.SITTING),
        (BENDING, Posture.BENDING),
        (SQUATTING, Posture.SQUATTING),
        (KNEELING, Posture.KNEELING),
        (ALL_FOURS, Posture.CRAWLING),
        (PRONE, Posture.LYING),
        (SUPINE, Posture.LYING),
    ],
)
def test_each_posture_is_told_from_any_side(pose: Pose, posture: Posture, yaw_deg: float) -> None:
    arms = (
        tuple(range(13, 23)) if posture is Posture.CRAWLING else ()
    )  # the figures' arms hang along the trunk
    figure = Figure([(0, pose)], yaw_deg=yaw_deg, hidden=arms)
    found, _, _ = moments(film([figure], Take(duration_s=3)), tilt_deg=15)
    assert found[-1].detail is posture
    assert found[-1].confidence > 0.6


@pytest.mark.parametrize(
    ("base", "body", "motion", "posture"),
    [
        (Posture.STANDING, UPRIGHT, Motion(), Posture.STANDING),
        (Posture.STANDING, UPRIGHT, WALKING, Posture.WALKING),
        (Posture.STANDING, UPRIGHT, Motion(across_m_s=0.5), Posture.WALKING),  # hidden feet
        (
            Posture.STANDING,
            UPRIGHT,
            Motion(speed_m_s=0.9, across_m_s=0.0),
            Posture.STANDING,
        ),  # up from a squat
        (
            Posture.STANDING,
            UPRIGHT,
            Motion(cadence_spm=100, stride_m=0.1),
            Posture.STANDING,
        ),  # shifting weight
        (Posture.SITTING, UPRIGHT, WALKING, Posture.SITTING),
        (Posture.UNKNOWN, UPRIGHT, WALKING, Posture.UNKNOWN),
        (
            Posture.BENDING,
            replace(UPRIGHT, rise_m=0.05, hip_m=0.5, head_m=0.5),
            Motion(),
            Posture.BENDING,
        ),  # seated
        (Posture.LYING, replace(UPRIGHT, rise_m=0.05, hip_m=0.1, knees_m=0.05), Motion(), Posture.LYING),
        (Posture.STANDING, replace(UPRIGHT, knee_deg=130, knees_m=-0.4), Motion(), Posture.STANDING),
    ],
)
def test_motion_makes_walking_of_standing(
    base: Posture, body: Features, motion: Motion, posture: Posture
) -> None:
    assert refine(base, body, motion) is posture


@pytest.mark.parametrize(
    ("wrists_m", "before", "count"),
    [
        ((-0.4, -0.4), 0, 0),
        ((0.2, -0.4), 0, 1),
        ((0.2, 0.3), 1, 2),
        ((0.0, 0.0), 0, 0),
        ((0.0, 0.0), 2, 2),  # a raised arm may sink a little
        ((NAN, 0.3), 0, 1),
        ((NAN, NAN), 2, 0),
    ],
)
def test_raised_arms_are_counted(wrists_m: tuple[float, float], before: int, count: int) -> None:
    body = replace(UPRIGHT, wrist_left_m=wrists_m[0], wrist_right_m=wrists_m[1])
    assert arms_up(body, before) == count
    assert arms_up(replace(body, rise_m=0.0), before) == 0  # who lies raises none


def after(seen: list[tuple[float, Posture]], arms: int = 0) -> DetailState:
    state = DetailState()
    for time_s, posture in seen:
        state = follow(state, posture, arms, round((10 + time_s) * 1e6))
    return state


def held(posture: Posture, from_s: float, to_s: float) -> list[tuple[float, Posture]]:
    return [(n / 10, posture) for n in range(round(from_s * 10), round(to_s * 10))]


def test_a_posture_is_settled_when_it_lasts_and_grows_surer() -> None:
    young, old = after(held(Posture.LYING, 0, 1)), after(held(Posture.LYING, 0, 5))
    assert young.settled.posture is old.settled.posture is Posture.LYING
    assert 0.5 <= young.agreement < old.agreement <= 1


def test_a_glimpse_of_another_posture_only_lowers_the_confidence() -> None:
    state = after([*held(Posture.SITTING, 0, 3), *held(Posture.STANDING, 3, 3.2)])
    assert state.settled.posture is Posture.SITTING
    assert state.agreement < 0.9


@pytest.mark.parametrize(("unseen_s", "posture"), [(1.5, Posture.SITTING), (2.5, Posture.UNKNOWN)])
def test_who_shows_nothing_for_a_while_has_no_posture(unseen_s: float, posture: Posture) -> None:
    seen = held(Posture.SITTING, 0, 3)
    assert after([*seen, *held(Posture.UNKNOWN, 3, 3 + unseen_s)]).settled.posture is posture
    assert rest(after(seen), round((13 + unseen_s) * 1e6)).settled.posture is posture


def test_an_upright_trunk_without_legs_is_no_lying() -> None:
    state = after([*held(Posture.LYING, 0, 4), *held(Posture.UNKNOWN, 4, 6)])
    assert state.settled.posture is Posture.UNKNOWN
    assert confidence(state, 1.0) < 0.2


def test_postures_that_change_all_the_time_are_none() -> None:
    mixed = [(n / 10, list(Posture)[1 + n % 7]) for n in range(60)]
    assert (
        after([*held(Posture.SITTING, 0, 3), *((3 + time_s, posture) for time_s, posture in mixed)]).agreement
        < 0.5
    )


@pytest.mark.parametrize(("trust", "share"), [(NAN, 1.0), (0.9, 1.0), (0.3, 0.5), (0.0, 0.0)])
def test_a_doubtful_pose_makes_less_confident(trust: float, share: float) -> None:
    state = after(held(Posture.LYING, 0, 5))
    assert confidence(state, trust) == pytest.approx(state.agreement * share)


def test_arms_are_raised_when_that_lasts() -> None:
    assert after(held(Posture.STANDING, 0, 0.3), arms=2).arms_up == 0
    assert after(held(Posture.STANDING, 0, 1), arms=2).arms_up == 2


@pytest.mark.parametrize("posture", list(Posture))
def test_every_posture_has_a_base(posture: Posture) -> None:
    assert posture.base in {
        Posture.UNKNOWN,
        Posture.STANDING,
        Posture.SITTING,
        Posture.BENDING,
        Posture.LYING,
    }
