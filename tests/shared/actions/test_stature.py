import math

import msgspec
import pytest

from shared.actions.stature import Stature, expected_px
from shared.actions.view import View
from shared.messages import Array, Frame
from shared.rules.moment import Sight
from tests.services.figures import PRONE, SITTING, STANDING, SUPINE, Figure, Pose, Take, film
from tests.shared.actions.moments import moments

BACK = Figure([(4, STANDING), (4.8, SUPINE)], yaw_deg=90)  # falls away from the camera, feet towards it
FRONT = Figure([(4, STANDING), (4.8, PRONE)], yaw_deg=90)  # falls towards it


@pytest.mark.parametrize("distance_m", [3.0, 5.0])
@pytest.mark.parametrize(
    ("pose", "height", "hip"),
    [(STANDING, 1.0, 0.52), (SITTING, 0.73, 0.28), (Pose(0.37, 0, 0, -90), 0.74, 0.26)],
)
def test_heights_are_shares_of_the_standing_height(
    pose: Pose, height: float, hip: float, distance_m: float
) -> None:
    keys = [(3, STANDING), (4, pose)]
    body = moments(film([Figure(keys, distance_m=distance_m)], Take(duration_s=6)))[0][-1].body
    assert body is not None
    assert body.height_share == pytest.approx(height, abs=0.08)
    assert body.hip_share == pytest.approx(hip, abs=0.08)


@pytest.mark.parametrize("figure", [BACK, FRONT], ids=["feet to the camera", "head to the camera"])
def test_a_body_along_the_optical_axis_is_seen_to_be_low(figure: Figure) -> None:
    found = moments(film([figure], Take(duration_s=8)))[0]
    upright, down = found[50].body, found[-1].body
    assert upright is not None
    assert down is not None
    assert upright.height_share > 0.9
    assert down.height_share < 0.65
    assert down.hip_share < 0.4


def test_without_anybody_who_stood_the_scale_of_the_pose_tells_the_height() -> None:
    body = moments(film([Figure([(0, SITTING)])], Take(duration_s=2)))[0][-1].body
    assert body is not None
    assert body.height_share == pytest.approx(0.75, abs=0.08)


def test_without_feet_no_share_is_told() -> None:
    body = moments(film([Figure([(0, STANDING)], hidden=(27, 28))], Take(duration_s=2)))[0][-1].body
    assert body is not None
    assert math.isnan(body.height_share)
    assert math.isnan(body.hip_share)


def test_who_lies_straight_does_not_shrink() -> None:
    _, _, memory = moments(film([Figure([(3, STANDING), (4, PRONE)])], Take(duration_s=12)))
    assert memory.stature.factor == pytest.approx(1, abs=0.1)


def shrunk(frame: Frame, share: float) -> Frame:
    """The person so much smaller, with the feet where they were."""
    (person,) = frame.persons
    assert person.keypoints is not None
    points = person.keypoints.numpy().copy()
    x_px, y_px = points[27:29, :2].mean(axis=0)
    points[:, :2] = (x_px, y_px) + share * (points[:, :2] - (x_px, y_px))
    low, high = points[:, :2].min(axis=0).tolist(), points[:, :2].max(axis=0).tolist()
    small = msgspec.structs.replace(person, box=(*low, *high), keypoints=Array.of(points))
    return msgspec.structs.replace(frame, persons=(small,))


@pytest.mark.parametrize(
    ("share", "after_s", "sight"),
    [
        (0.3, 5, Sight.HIDDEN),  # on a chair, a toy, a picture
        (0.55, 5, Sight.SEEN),  # a small child
        (0.3, 1, Sight.SEEN),  # before the camera knows people
    ],
)
def test_what_is_too_small_for_its_place_is_nobody(share: float, after_s: float, sight: Sight) -> None:
    frames = film([Figure([(0, STANDING)])], Take(duration_s=after_s + 0.2))
    _, view, _ = moments(frames[:-3])
    found, _, _ = moments([shrunk(frames[-1], share)], view)
    assert found[-1].sight is sight
    if sight is Sight.SEEN and after_s > 3:
        assert found[-1].body is not None
        assert found[-1].body.scale_share == pytest.approx(share, abs=0.06)


def test_a_tall_person_is_measured_against_themselves() -> None:
    view = View(heights_px=(0.0,) * 8 + (200.0,) + (0.0,) * 3, counts=(0,) * 8 + (20,) + (0,) * 3)
    assert expected_px(340, 100, view, Stature(1.1, 9), 480) == pytest.approx(220)
    assert expected_px(340, 100, View(), Stature(1.1, 9), 480) == pytest.approx(140)


def test_a_track_fits_its_share_of_a_checkpoint() -> None:
    _, _, memory = moments(film([Figure([(2, STANDING), (3, SITTING)])], Take(duration_s=8, fps=30)))
    assert len(msgspec.msgpack.encode(memory)) <= 1200
