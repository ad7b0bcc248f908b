"""What tells a fall from other ways down, case by case."""

import math
from dataclasses import replace

import pytest

from shared.rules.falling import (
    Onset,
    Way,
    dive_of,
    from_seat,
    is_dive,
    is_fall,
    is_lost_low,
    is_roll,
    is_slide,
    onset_of,
    sunk,
)
from shared.rules.footing import grounded, propped
from shared.rules.moment import Descent, Features, Moment, Shape, Sight

FALL = Descent(0, 0.6, 1.0, 0.0, trunk_drop_m=1.0, from_m=0.75, feet_y_px=400.0, rested=True)
SEATED = replace(FALL, drop_m=0.3, from_m=0.45)
LYING = replace(FALL, low_before=0.9, drop_m=0.4, trunk_drop_m=0.4, from_m=0.5)


def falls(descent: Descent, low: float = 0.9, *, lies: bool = True, on_floor: bool = False) -> bool:
    return is_fall(descent, low, lies=lies, on_floor=on_floor)


@pytest.mark.parametrize(
    ("descent", "fall"),
    [
        (FALL, True),
        (SEATED, True),
        (replace(FALL, from_m=None), True),
        (replace(FALL, from_m=None, drop_m=0.3), False),
        (replace(FALL, drop_m=0.3), False),
        (replace(SEATED, drop_m=0.14), False),
        (replace(SEATED, rested=False, drop_m=0.2), False),
        (replace(FALL, from_m=0.1), False),
        (replace(FALL, speed_m_s=0.4), False),
        (replace(FALL, speed_m_s=None), True),
        (replace(FALL, speed_m_s=None, drop_m=0.3), False),
        (replace(FALL, drop_m=1.2, from_m=None), False),
        (replace(FALL, low_before=0.5), False),
        (replace(FALL, low_before=0.5, newborn=True), True),
        (replace(FALL, low_before=0.5, newborn=True, speed_m_s=0.6), False),
    ],
    ids=[
        "from standing",
        "from a seat",
        "feet not seen",
        "feet not seen, as far as a seat",
        "to a seat",
        "on a seat",
        "past a seat's height",
        "low before",
        "slow",
        "behind a gap",
        "behind a gap, not far",
        "further than hips are high",
        "leaning before",
        "first seen leaning",
        "first seen leaning, not fast",
    ],
)
def test_a_fall_is_far_enough_for_where_it_began(descent: Descent, fall: bool) -> None:
    assert falls(descent) is fall


def test_who_ends_with_the_trunk_up_has_to_come_down_faster() -> None:
    slow = replace(FALL, speed_m_s=0.6)
    assert falls(slow, 0.6)
    assert not falls(slow, 0.6, lies=False)
    assert falls(replace(FALL, speed_m_s=0.8), 0.3, lies=False, on_floor=True)
    assert not falls(FALL, 0.3, lies=False)


@pytest.mark.parametrize(
    ("descent", "low", "on_floor", "slide"),
    [
        (replace(FALL, speed_m_s=0.3), 0.9, False, True),
        (replace(FALL, speed_m_s=0.3), 0.6, False, False),
        (replace(FALL, speed_m_s=0.3), 0.6, True, False),
        (replace(SEATED, speed_m_s=0.3), 0.4, True, True),
        (replace(SEATED, speed_m_s=0.3, rested=False), 0.4, True, False),
        (replace(FALL, from_m=None), 0.9, False, False),
        (replace(FALL, drop_m=0.4), 0.9, False, False),
        (replace(FALL, steady_low_before=0.5), 0.9, False, False),
    ],
)
def test_a_slide_ends_plainly_on_the_floor(descent: Descent, low: float, on_floor: bool, slide: bool) -> None:
    assert is_slide(descent, low, on_floor=on_floor) is slide


@pytest.mark.parametrize(
    ("descent", "roll"),
    [
        (LYING, True),
        (replace(LYING, rested=False), False),
        (replace(LYING, trunk_drop_m=0.1), False),
        (replace(LYING, speed_m_s=None), True),
        (replace(LYING, speed_m_s=None, drop_m=0.33), False),
        (replace(LYING, low_before=0.2), False),
        (replace(LYING, steady_low_since=0.2), False),
    ],
    ids=[
        "out of bed",
        "restless",
        "hips only",
        "behind a gap",
        "behind a gap, not far",
        "upright before",
        "sat up meanwhile",
    ],
)
def test_who_falls_out_of_lying_lay_still_and_drops_as_a_whole(descent: Descent, roll: bool) -> None:
    assert is_roll(descent, 0.9) is roll


def test_a_dive_is_fast_and_past_half_of_the_way() -> None:
    assert is_dive(FALL, 0.2)
    assert not is_dive(replace(FALL, speed_m_s=0.5), 0.2)
    assert is_dive(replace(FALL, speed_m_s=0.5), 0.5)
    assert not is_dive(replace(FALL, speed_m_s=0.4), 0.5)
    assert not is_dive(replace(FALL, drop_m=0.3), 0.2)
    assert not is_dive(replace(FALL, drop_m=1.2), 0.2)
    assert not is_dive(replace(FALL, speed_m_s=None), 0.2)


def test_the_share_of_height_is_whole_where_no_feet_tell_it() -> None:
    assert sunk(FALL) == pytest.approx(0.8)
    assert sunk(replace(FALL, from_m=None)) == 1
    assert sunk(replace(FALL, from_m=0.0)) == 1
    assert from_seat(SEATED)
    assert not from_seat(FALL)


def body(hip_m: float, thigh_deg: float, knee_deg: float, hip_y_px: float = 390.0) -> Features:
    nan = math.nan
    return Features(hip_y_px, 100.0, 0.4, hip_m, 0.6, 0.5, thigh_deg, knee_deg, nan)


@pytest.mark.parametrize(
    ("shown", "feet_y_px", "down"),
    [
        (body(0.15, 130, 110), 400.0, True),
        (body(0.15, 130, 145), 400.0, False),
        (body(0.08, 130, 145), 400.0, True),
        (body(0.15, 90, 20), 400.0, True),
        (body(0.08, 90, 100), 400.0, True),
        (body(0.18, 80, 146), 400.0, False),
        (body(0.15, 130, math.nan), 400.0, False),
        (body(math.nan, 130, 110), 400.0, False),
        (body(0.15, 130, 110), None, False),
        (body(0.15, 130, 110, hip_y_px=350.0), 400.0, False),
    ],
    ids=[
        "knees up",
        "on the heels",
        "knees hugged",
        "legs ahead",
        "hips at the ankles",
        "squat",
        "bend of the knees unknown",
        "feet not seen",
        "feet never seen",
        "feet away from the camera",
    ],
)
def test_the_floor_is_told_from_squats_and_seats(
    shown: Features, feet_y_px: float | None, down: bool
) -> None:
    assert grounded(shown, feet_y_px) is down


@pytest.mark.parametrize(
    ("shown", "up"),
    [
        (body(0.37, 10, 90), True),
        (replace(body(0.11, 10, 110), knees_m=-0.17), True),
        (replace(body(0.05, 10, 110), knees_m=-0.05), False),
        (body(0.15, 80, 20), False),
        (body(0.37, 80, 20), False),
        (body(math.nan, 10, 90), False),
        (body(0.2, 90, 140), True),
        (body(0.2, 130, 140), False),
        (body(0.05, 90, 140), False),
    ],
    ids=[
        "hands and knees",
        "hands and knees, from above",
        "the thighs lie too",
        "lying",
        "lying away from the camera",
        "legs not seen",
        "squatting",
        "sitting with the knees up",
        "sitting on the heels",
    ],
)
def test_legs_that_carry_the_body_are_no_fall(shown: Features, up: bool) -> None:
    assert propped(shown) is up


def test_somebody_without_a_body_is_low_by_the_track_or_by_the_box() -> None:
    assert is_lost_low(Moment(0, 0, Sight.LOST, lost_low=True))
    assert not is_lost_low(Moment(0, 0, Sight.LOST))
    assert is_lost_low(Moment(0, 0, Sight.HIDDEN, shape=Shape(1.0, box_height_share=0.3)))
    assert not is_lost_low(Moment(0, 0, Sight.HIDDEN, shape=Shape(1.0, box_height_share=0.9)))
    assert not is_lost_low(Moment(0, 0, Sight.HIDDEN))


@pytest.mark.parametrize(
    ("axis_deg", "elongation", "low"),
    [
        (10, 2.5, True),
        (30, 1.6, True),
        (50, 2.5, False),
        (85, 2.5, False),
        (10, 1.2, False),
        (math.nan, math.nan, False),
    ],
)
def test_a_silhouette_that_is_long_and_level_lies_where_no_pose_tells(
    axis_deg: float, elongation: float, low: bool
) -> None:
    shape = Shape(1.0, axis_deg=axis_deg, elongation=elongation)
    assert is_lost_low(Moment(0, 0, Sight.HIDDEN, shape=shape)) == low


@pytest.mark.parametrize(
    ("slide", "hip_m", "slides"),
    [
        (replace(SEATED, drop_m=0.4, from_m=0.51), 0.36, True),
        (replace(SEATED, drop_m=0.4, from_m=0.51), 0.45, False),
        (replace(SEATED, drop_m=0.4, from_m=0.51), math.nan, False),
        (replace(SEATED, drop_m=0.36, from_m=0.51), 0.36, False),
        (replace(SEATED, drop_m=0.4, from_m=0.51, rested=False), 0.36, False),
    ],
    ids=["off the seat", "nearer to the camera", "feet hidden", "to a lower seat", "did not sit before"],
)
def test_who_slips_off_a_seat_is_on_the_floor_with_the_trunk_up(
    slide: Descent, hip_m: float, slides: bool
) -> None:
    seen = body(hip_m, 85.0, 70.0)
    onset = onset_of(Moment(0, 0, Sight.SEEN, body=seen, low=0.2, slide=slide), seen)
    assert onset == (Onset(Way.SLIDE, slide) if slides else None)


def test_who_moves_before_rolling_out_of_bed_lay_still_all_the_same() -> None:
    seen = body(0.2, 85.0, 70.0)
    moment = Moment(0, 0, Sight.SEEN, body=seen, low=0.9, descent=replace(LYING, rested=False), slide=LYING)
    assert onset_of(moment, seen) == Onset(Way.ROLL, LYING)


def test_a_fall_begins_with_the_descent_that_took_its_way() -> None:
    seen = body(0.1, 20.0, 20.0)
    moment = Moment(0, 0, Sight.SEEN, body=seen, low=0.9, descent=FALL, slide=replace(FALL, started_us=-9))
    assert onset_of(moment, seen) == Onset(Way.FAST, FALL)
    assert dive_of(moment) == Onset(Way.DIVE, FALL)
    assert dive_of(Moment(0, 0, Sight.SEEN, body=seen, low=0.9)) is None
