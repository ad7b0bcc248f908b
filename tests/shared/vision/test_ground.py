import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.scene.camera import Camera
from shared.scene.url import parse
from shared.vision.calibration import CalibrationError, calibrate, residuals
from shared.vision.ground import Ground
from shared.vision.lens import Lens

Floats = NDArray[np.float64]

GRID = np.array([[x, y] for x in (-2.0, -0.5, 0.7, 2.0) for y in (2.5, 4.0, 6.0)])
LENS = Lens((620.0, 615.0), (322.0, 238.0), (-0.28, 0.09, 0.001, -0.0006, 0.01))


def camera(height: float = 2.4) -> Camera:
    return Camera.of(parse(f"synth://empty?height={height}"))


def seen(metres: Floats, lens: Lens | None = None) -> Floats:
    """Where the scene's camera shows places on its floor."""
    moved = np.column_stack([metres, np.ones(len(metres))]) @ camera().floor_to_picture().T
    px: Floats = moved[:, :2] / moved[:, 2:]
    return px if lens is None else lens.bent(px)


@pytest.mark.parametrize("count", [4, 5, 12])
@pytest.mark.parametrize("lens", [None, LENS], ids=["straight", "bent"])
def test_exact_points_give_the_scene_s_own_ground(count: int, lens: Lens | None) -> None:
    points = GRID[[0, 2, 9, 11, 4, 1, 3, 5, 6, 7, 8, 10][:count]]
    ground = calibrate(seen(points, lens), points, lens)
    elsewhere = np.array([[0.3, 3.0], [-1.7, 5.5], [1.0, 9.0]])
    assert np.allclose(ground.pixels(elsewhere), seen(elsewhere, lens), atol=1e-3)
    assert np.allclose(ground.locate(seen(elsewhere, lens), 1.0).metres, elsewhere, atol=1e-4)
    assert residuals(ground, seen(points, lens), points).rms_px < 1e-3


def test_a_lens_bends_and_straightens_back() -> None:
    px = np.array([[10.0, 20.0], [600.0, 440.0], [322.0, 238.0], [50.0, 470.0]])
    assert np.allclose(LENS.bent(LENS.straightened(px)), px, atol=0.01)
    assert np.abs(LENS.straightened(px) - px).max() > 10
    assert LENS.bent(np.zeros((0, 2))).shape == LENS.straightened(np.zeros((0, 2))).shape == (0, 2)


def test_the_covariance_is_what_noisy_clicks_and_feet_scatter_by() -> None:
    rng = np.random.default_rng(1)
    exact, place = seen(GRID), np.array([[1.0, 5.0], [-2.5, 8.0]])
    found, told = [], []
    for _ in range(300):
        ground = calibrate(exact + rng.normal(0, 2.0, exact.shape), GRID)
        located = ground.locate(seen(place) + rng.normal(0, 3.0, place.shape), 3.0)
        found.append(located.metres)
        told.append(located.covariance)
    scatter = np.array([np.cov(np.array(found)[:, row].T) for row in range(2)])
    ratio = np.trace(scatter, axis1=1, axis2=2) / np.trace(np.mean(told, axis=0), axis1=1, axis2=2)
    assert ratio.min() > 0.7
    assert ratio.max() < 1.4


def test_places_are_inside_only_within_the_marked_points_and_nowhere_above_the_horizon() -> None:
    ground = calibrate(seen(GRID), GRID)
    places = np.array([[0.0, 4.0], [-2.0, 2.5], [-2.5, 4.0], [0.0, 6.5]])
    located = ground.locate(np.vstack([seen(places), [320.0, -200.0]]), 1.0)
    assert located.inside.tolist() == [True, True, False, False, False]
    assert np.isnan(located.metres).all(axis=1).tolist() == [False] * 4 + [True]
    assert np.isnan(ground.pixels(np.array([[0.0, -3.0]]))).all()
    assert ground.locate(np.zeros((0, 2)), 1.0).metres.shape == (0, 2)


@pytest.mark.parametrize("mirror", [False, True])
def test_a_mirrored_ground_is_told(mirror: bool) -> None:
    assert calibrate(seen(GRID), GRID * ([-1, 1] if mirror else [1, 1])).mirrored is mirror


LINE = np.array([[x, 4.0] for x in (-2.0, -1.0, 0.0, 1.0, 2.0)])


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (GRID[:3], "3 points tell no ground"),
        (GRID[[0, 2, 9, 0]], "points 1 and 4 are the same place"),
        (LINE, "on one line"),
        (np.vstack([LINE, [[0.0, 5.0]]]), "on one line"),
        (np.vstack([LINE[:4] + [[0, 0.01]] * np.arange(4)[:, None], LINE[4:]]), "on one line"),
    ],
    ids=["three", "twice", "line", "line-and-one", "nearly-a-line"],
)
def test_points_that_tell_no_ground_are_refused_in_one_line(metres: Floats, words: str) -> None:
    with pytest.raises(CalibrationError, match=words) as refusal:
        calibrate(seen(metres), metres)
    assert "\n" not in str(refusal.value)


def test_points_that_changed_places_are_refused() -> None:
    corners = GRID[[0, 2, 9, 11]]
    with pytest.raises(CalibrationError, match="no camera could see"):
        calibrate(seen(corners)[[1, 0, 2, 3]], corners)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(GRID) - 1), st.floats(0, 6.28), st.integers(0, 2**31))
def test_the_one_wrong_point_is_named(wrong: int, angle: float, seed: int) -> None:
    px = seen(GRID) + np.random.default_rng(seed).normal(0, 0.5, GRID.shape)
    px[wrong] += 40 * np.array([np.cos(angle), np.sin(angle)])
    found = residuals(calibrate(px, GRID), px, GRID)
    assert found.worst == wrong
    assert found.others_px[wrong] < 2 < found.rms_px


def test_five_points_cannot_tell_which_is_wrong() -> None:
    points = GRID[[0, 2, 9, 11, 4]]
    px = seen(points) + np.array([[9.0, 0]] + [[0, 0]] * 4)
    assert residuals(calibrate(px, points), px, points).worst is None


def test_a_wrong_lens_shows_in_the_residuals() -> None:
    px = seen(GRID, LENS)
    assert _rms(calibrate(px, GRID), px) > 10 * _rms(calibrate(px, GRID, LENS), px)


def _rms(ground: Ground, px: Floats) -> float:
    return residuals(ground, px, GRID).rms_px
