import math

import numpy as np
import pytest

from services.pose.tasks.landmarker import Clock, Found
from services.pose.tasks.people import mask_of, persons_of
from shared.messages import Frame
from shared.vision.boxes import Floats
from shared.vision.masks import paste, unpack
from shared.vision.skeletons import BLAZEPOSE33

MESSAGE = Frame(camera="c", run=0, seq=0, pts_us=0, captured_us=0, width_px=640, height_px=480)


def body(x: float, y: float, presence: float = 0.9) -> Floats:
    """A person around (x, y), shares of the picture."""
    rows = np.full((33, 5), presence, np.float32)
    spread = np.linspace(-0.1, 0.1, 33)
    rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = x + spread, y + spread, 0.25, 0.8
    return rows


def found(*bodies: Floats) -> Found:
    world = np.arange(len(bodies) * 99, dtype=np.float32).reshape(-1, 33, 3)
    return Found(np.array(bodies, np.float32).reshape(-1, 33, 5), world, ())


def test_landmarks_become_pixels_and_depth_has_the_scale_of_the_width() -> None:
    (person,) = persons_of(found(body(0.5, 0.5)), MESSAGE, 0.5)
    assert person.keypoints is not None
    assert person.world is not None
    keypoints = person.keypoints.numpy()
    assert keypoints.dtype == np.float32
    assert keypoints[16] == pytest.approx((320, 240, 160, 0.8, 0.9))
    assert keypoints[0, :2] == pytest.approx((256, 192))
    assert person.world.shape == (33, 3)
    assert person.skeleton == BLAZEPOSE33
    assert person.box == pytest.approx((256 - 7.68, 192 - 7.68, 384 + 7.68, 288 + 7.68))
    assert person.mask is None


def test_nobody_found_is_nobody() -> None:
    assert persons_of(found(), MESSAGE, 0.5) == ()


@pytest.mark.parametrize(("x", "y", "seen"), [(0.5, 0.5, 1), (0.0, 0.5, 1), (-0.2, 0.5, 0), (0.5, 1.2, 0)])
def test_a_body_that_has_left_the_picture_is_nobody(x: float, y: float, seen: int) -> None:
    assert len(persons_of(found(body(x, y)), MESSAGE, 0.5)) == seen


@pytest.mark.parametrize(("presence", "score"), [(0.9, 0.9), (0.2, 0.6), (math.nan, 0.6)])
def test_nobody_scores_less_than_what_mediapipe_asks_of_him(presence: float, score: float) -> None:
    (person,) = persons_of(found(body(0.5, 0.5, presence)), MESSAGE, 0.6)
    assert person.score == pytest.approx(score)


def test_each_person_keeps_his_own_places() -> None:
    first, second = persons_of(found(body(0.3, 0.5), body(0.7, 0.5)), MESSAGE, 0.5)
    assert first.world is not None
    assert second.world is not None
    assert (first.world.numpy()[0, 0], second.world.numpy()[0, 0]) == (0, 99)
    assert first.box[2] < second.box[0]


@pytest.mark.parametrize(
    ("y0", "y1", "x0", "x1"), [(100, 140, 60, 90), (0, 480, 0, 640), (470, 480, 639, 640)]
)
def test_a_silhouette_comes_back_where_it_was(y0: int, y1: int, x0: int, x1: int) -> None:
    likely = np.zeros((480, 640), np.float32)
    likely[y0:y1, x0:x1] = 0.9
    mask = mask_of(likely, MESSAGE)
    assert mask is not None
    assert list(mask.box) == [x0, y0, x1, y1]
    assert max(mask.width, mask.height) <= 256
    pasted = paste(unpack(mask).astype(np.uint8), mask.box, 640, 480)
    assert np.array_equal(pasted.astype(bool), likely > 0.5)


def test_a_silhouette_without_a_sure_pixel_is_none() -> None:
    assert mask_of(np.full((480, 640), 0.4, np.float32), MESSAGE) is None


@pytest.mark.parametrize(
    ("pts_ms", "stamps"),
    [
        ([0, 33, 66], [0, 33, 66]),
        ([-500, -467], [0, 33]),
        ([10**9, 10**9 + 40], [0, 40]),
        ([0, 0, 0, 40], [0, 1, 2, 40]),
        ([0, 100, 60, 120], [0, 100, 101, 120]),
        ([0.2, 0.9, 1.1], [0, 1, 2]),
    ],
)
def test_timestamps_are_media_time_and_always_grow(pts_ms: list[float], stamps: list[int]) -> None:
    clock = Clock()
    assert [clock.stamp_ms(round(1000 * pts)) for pts in pts_ms] == stamps


@pytest.mark.parametrize(("back_ms", "restarted"), [(-40, False), (0, False), (1000, False), (1001, True)])
def test_media_time_that_goes_far_back_is_another_recording(back_ms: int, restarted: bool) -> None:
    clock = Clock()
    assert not clock.has_restarted(-(10**9))
    for pts_ms in (0, 5000):
        clock.stamp_ms(1000 * pts_ms)
    assert clock.has_restarted(1000 * (5000 - back_ms)) is restarted
