import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from shared.tracking.flow import THUMB_PX, camera_motion, thumbnail

WIDTH_PX, HEIGHT_PX = 640, 480
NOBODY = np.empty((0, 4))


def room(seed: int = 4) -> NDArray[np.uint8]:
    """A picture with texture at every scale, larger than the camera sees."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((HEIGHT_PX + 200, WIDTH_PX + 200, 3), np.float32)
    for size in (8, 20, 60):
        spots = rng.uniform(0, 255, (picture.shape[0] // size, picture.shape[1] // size, 3)).astype(
            np.float32
        )
        picture += cv2.resize(spots, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC) / 3
    return np.clip(picture, 0, 255).astype(np.uint8)


def seen(picture: NDArray[np.uint8], warp: NDArray[np.float64]) -> NDArray[np.uint8]:
    """What a camera sees whose picture has been moved by `warp`."""
    away = warp.copy()
    away[:, 2] -= warp[:, :2] @ (100, 100)
    return np.asarray(cv2.warpAffine(picture, away, (WIDTH_PX, HEIGHT_PX)), np.uint8)


@pytest.mark.parametrize(
    ("angle_deg", "scale", "shift"),
    [(0, 1.0, (0, 0)), (0, 1.0, (12, -7)), (2, 1.0, (5, 5)), (0, 1.03, (-8, -4)), (-1, 0.98, (0, 15))],
)
def test_a_camera_that_turns_zooms_and_shifts_is_followed(
    angle_deg: float, scale: float, shift: tuple[float, float]
) -> None:
    turn = np.radians(angle_deg)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    warp = np.column_stack([linear, shift])
    before, after = (thumbnail(seen(room(), each)) for each in (np.eye(2, 3), warp))
    found = camera_motion(before, after, NOBODY, WIDTH_PX)
    assert found is not None
    corners = np.array([[0, 0, 1], [WIDTH_PX, 0, 1], [0, HEIGHT_PX, 1], [WIDTH_PX, HEIGHT_PX, 1]])
    assert corners @ found.T == pytest.approx(corners @ warp.T, abs=2.5)


def test_people_who_move_are_not_the_camera() -> None:
    before = seen(room(), np.eye(2, 3))
    after = before.copy()
    person = np.array([[150.0, 60.0, 450.0, 440.0]])
    after[60:440, 150:450] = seen(room(9), np.eye(2, 3))[60:440, 150:450]
    found = camera_motion(thumbnail(before), thumbnail(after), person, WIDTH_PX)
    assert found == pytest.approx(np.eye(2, 3), abs=0.3)


def test_nothing_is_said_where_nothing_tells() -> None:
    blank = np.full((HEIGHT_PX, WIDTH_PX, 3), 90, np.uint8)
    textured, other = (thumbnail(seen(room(seed), np.eye(2, 3))) for seed in (4, 5))
    assert camera_motion(thumbnail(blank), thumbnail(blank), NOBODY, WIDTH_PX) is None
    assert camera_motion(textured, other, NOBODY, WIDTH_PX) is None
    assert camera_motion(textured, textured[:-4], NOBODY, WIDTH_PX) is None


def test_thumbs_are_small() -> None:
    assert thumbnail(np.zeros((1080, 1920, 3), np.uint8)).shape == (90, THUMB_PX)
    assert thumbnail(np.zeros((2, 4000, 3), np.uint8)).shape == (1, THUMB_PX)
