import numpy as np
import pytest

from shared.bus.frames import Image
from shared.scene.scene import Scene
from shared.scene.url import parse
from tests.bench.changes import pictures
from tests.bench.changes.pictures import Alter
from tests.bench.changes.views import VIEWS, View

SHOWN = Scene(parse("synth://sit?size=160x120&fps=10")).render(5)
GREY: Image = np.full((120, 160, 3), 128, np.uint8)
CORNER: Image = GREY.copy()
CORNER[:30, :40] = 255


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view.name))
def test_a_seed_changes_a_picture_in_one_way_and_leaves_the_picture_itself_alone(view: View) -> None:
    before = SHOWN.copy()
    once = view.alter(before, rng())
    assert (before == SHOWN).all()
    assert (once == view.alter(before, rng())).all()
    assert once.dtype == np.uint8
    assert (once.shape == before.shape and (once == before).all()) == (view.fps is not None)


def test_two_mirrors_show_the_room() -> None:
    assert (pictures.mirrored(pictures.mirrored(SHOWN, rng()), rng()) == SHOWN).all()


@pytest.mark.parametrize(
    ("alter", "shape"),
    [(pictures.halved, (60, 80, 3)), (pictures.narrowed, (84, 112, 3)), (pictures.further, (120, 160, 3))],
)
def test_pictures_have_the_size_that_is_asked_for(alter: Alter, shape: tuple[int, ...]) -> None:
    assert alter(SHOWN, rng()).shape == shape


def test_dark_pictures_are_darker_and_noisy() -> None:
    dark = pictures.darkened(GREY, rng())
    assert 20 < dark.mean() < 45
    assert dark.std() > 3
    assert (dark != pictures.darkened(GREY, rng(2))).any()


def test_a_camera_that_hangs_askew_clockwise_turns_its_picture_the_other_way() -> None:
    line = np.zeros((120, 160, 3), np.uint8)
    line[60, :] = 255
    rows = pictures.rolled(line, rng(), degrees=10)[:, :, 0].argmax(axis=0)
    assert rows[120] < 60 < rows[40]
    assert (rows[120] - rows[40]) / 80 == pytest.approx(-np.tan(np.radians(10)), abs=0.03)


def test_who_is_further_away_is_seen_smaller_and_lower_in_a_grey_picture() -> None:
    far = pictures.further(np.zeros_like(GREY), rng())
    rows, columns = np.nonzero(far[:, :, 0] == 0)
    assert (columns.min(), columns.max() + 1) == (32, 128)
    assert (rows.min(), rows.max() + 1) == (32, 104)


def test_a_wide_angle_lens_keeps_the_corners_and_swells_the_middle() -> None:
    board = np.zeros((120, 160, 3), np.uint8)
    board[50:70, 70:90] = 255
    bulged = pictures.bulged(board, rng())
    assert (bulged > 127).sum() == pytest.approx(1.35**2 * (board > 127).sum(), rel=0.1)
    assert (pictures.bulged(CORNER, rng())[:5, :5] == 255).all()


def test_low_quality_leaves_blocks_and_a_moving_camera_no_edges_across() -> None:
    assert np.abs(np.subtract(pictures.compressed(SHOWN, rng()), SHOWN, dtype=np.int16)).max() > 8
    blurred = pictures.blurred(CORNER, rng()).astype(np.int16)
    assert np.abs(np.diff(blurred[:, :, 0], axis=1)).max() < 20
    assert np.abs(np.diff(blurred[:, :, 0], axis=0)).max() == 127


def test_a_camera_that_looks_down_narrows_what_is_low() -> None:
    board = np.zeros((120, 160, 3), np.uint8)
    board[:, 40:120] = 255
    wide = (pictures.pitched(board, rng())[:, :, 0] > 127).sum(axis=1)
    assert wide[2] == pytest.approx(80, abs=2)
    assert wide[95] < 60


def test_an_infrared_picture_has_no_colours() -> None:
    grey = pictures.greyed(SHOWN, rng())
    assert (grey[:, :, 0] == grey[:, :, 1]).all()
    assert (grey[:, :, 0] == grey[:, :, 2]).all()
