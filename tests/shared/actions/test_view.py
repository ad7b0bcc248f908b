import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from shared.actions.features import landmarks, measure, scale_px_m
from shared.actions.shape import limb_sight
from shared.actions.view import BANDS, View, learn, standing_px, vertical_at
from shared.messages import Limb
from shared.rules.moment import Posture
from tests.services.figures import (
    HEIGHT_PX,
    PRONE,
    SITTING,
    STANDING,
    SUPINE,
    WIDTH_PX,
    Figure,
    Pose,
    Take,
    film,
    person,
)
from tests.shared.actions.moments import moments

TILT_DEG = 15.0  # of the figures' camera
SIZE_PX = (WIDTH_PX, HEIGHT_PX)
STRAIGHT = Pose(0.75)


def taught(distances_m: list[float], pose: Pose = STRAIGHT, times: int = 40, x_m: float = 0.0) -> View:
    view = View()
    for turn in range(times):
        for distance_m in distances_m:
            noise = np.random.default_rng(turn).normal(0, 1.5, (33, 2))
            shown = person(
                Figure([(0, pose)], distance_m=distance_m, x_m=x_m, yaw_deg=37.0 * turn), 0.0, noise
            )
            seen = landmarks(shown)
            assert seen is not None
            body = measure(seen, scale_px_m(seen))
            view = learn(view, seen, body, SIZE_PX, turn)
    return view


def test_a_camera_starts_level_and_knows_no_heights() -> None:
    assert vertical_at(View(), None, (0, 0), SIZE_PX).tilt_deg == 0
    assert math.isnan(standing_px(View(), 400, HEIGHT_PX))


def test_standing_people_tell_the_tilt() -> None:
    view = taught([4.0, 5.0, 6.0])
    assert view.tilt_deg == pytest.approx(TILT_DEG, abs=1.5)
    assert view.roll_deg == pytest.approx(0, abs=1.5)


def test_perspective_is_not_taken_for_roll() -> None:
    assert taught([4.0], x_m=1.6).roll_deg == pytest.approx(0, abs=3)


@pytest.mark.parametrize("pose", [SITTING, PRONE, SUPINE, Pose(0.6, 0, 40, -40)])
def test_who_does_not_stand_straight_tells_nothing(pose: Pose) -> None:
    assert taught([4.0], pose).bodies == 0


def test_the_configured_tilt_comes_before_the_learnt_one() -> None:
    view = taught([4.0])
    assert vertical_at(view, 40.0, (320, 240), SIZE_PX).tilt_deg == 40
    assert vertical_at(view, None, (320, 240), SIZE_PX).tilt_deg == pytest.approx(TILT_DEG, abs=3)


@pytest.mark.parametrize(("x_px", "leans"), [(40, -1), (320, 0), (600, 1)])
def test_a_camera_that_looks_down_sees_people_lean_outwards(x_px: float, leans: int) -> None:
    lean_deg = vertical_at(View(), 25.0, (x_px, 240), SIZE_PX).lean_deg
    assert np.sign(round(lean_deg, 6)) == leans
    assert abs(lean_deg) < 15


def test_a_level_camera_and_an_unknown_picture_have_no_lean() -> None:
    assert vertical_at(View(), 0.0, (600, 240), SIZE_PX).lean_deg == 0
    assert vertical_at(View(), 25.0, (600, 240), (0, 0)).lean_deg == 0


@pytest.mark.parametrize("distance_m", [3.6, 4.4, 5.2, 6.5])
def test_heights_are_known_where_nobody_has_stood_between_where_people_did(distance_m: float) -> None:
    view = taught([3.5, 5.0, 7.0])
    seen = landmarks(person(Figure([(0, STANDING)], distance_m=distance_m), 0.0, np.zeros((33, 2))))
    assert seen is not None
    body = measure(seen, scale_px_m(seen))
    foot_px = body.hip_y_px + body.hip_m * body.scale_px_m
    assert standing_px(view, foot_px, HEIGHT_PX) == pytest.approx(body.head_m * body.scale_px_m, rel=0.1)


def test_one_row_tells_heights_only_nearby() -> None:
    view = replace_rows(View(), {6: 200.0})
    assert standing_px(view, 6.4 / BANDS * HEIGHT_PX, HEIGHT_PX) == 200
    assert math.isnan(standing_px(view, 9.5 / BANDS * HEIGHT_PX, HEIGHT_PX))
    assert math.isnan(standing_px(replace_rows(View(), {6: 200.0, 7: 250.0}), 0, HEIGHT_PX))


def replace_rows(view: View, heights_px: dict[int, float]) -> View:
    rows = tuple(heights_px.get(band, 0.0) for band in range(BANDS))
    counts = tuple(20 * (band in heights_px) for band in range(BANDS))
    return msgspec.structs.replace(view, heights_px=rows, counts=counts)


def test_one_misread_body_moves_little() -> None:
    view = taught([4.0])
    child = replace_rows(view, {band: height / 2 for band, height in enumerate(view.heights_px) if height})
    assert child != view
    shown = person(Figure([(0, Pose(0.75, 20, 0, 0))], distance_m=4.0, yaw_deg=90), 0.0, np.zeros((33, 2)))
    seen = landmarks(shown)
    assert seen is not None
    body = replace(measure(seen, scale_px_m(seen)), head_m=0.7)
    after = learn(view, seen, body, SIZE_PX, 10**9)
    assert abs(after.tilt_deg - view.tilt_deg) < 0.5


def test_a_camera_learns_while_people_stand_and_walk_and_forgets_nothing_in_a_checkpoint() -> None:
    found, view, _ = moments(film([Figure([(0, STANDING)])], Take(duration_s=6)))
    assert {moment.detail for moment in found[15:]} == {Posture.STANDING}
    assert 20 <= view.bodies <= 30  # five in a second, at any frame rate
    packed = msgspec.msgpack.encode(view)
    assert msgspec.msgpack.decode(packed, type=View) == view
    assert len(packed) < 200


@pytest.mark.parametrize(("attention", "learns"), [(0.9, True), (0.3, False)])
def test_who_is_hardly_there_tells_nothing_of_the_camera(attention: float, learns: bool) -> None:
    frames = []
    for frame in film([Figure([(0, STANDING)])], Take(duration_s=3)):
        (shown,) = frame.persons
        limbs = dict.fromkeys(limb_sight(shown), Limb(attention, 1.0, attention, 100.0, occluded=False))
        frames.append(msgspec.structs.replace(frame, persons=(msgspec.structs.replace(shown, limbs=limbs),)))
    assert (moments(frames)[1].bodies > 0) is learns
