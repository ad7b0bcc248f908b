"""The small grey picture, and how much of it moves."""

import numpy as np
import pytest

from services.ingest.health.looks import CELLS, GREY_SIZE, Motion, cells, changes, grey
from shared.bus.frames import Image
from shared.scene.scene import Scene
from shared.scene.url import parse
from tests.services.footage import clip
from tests.services.ingest.spoilt import HEIGHT_PX, WIDTH_PX, dimmed, noisy, passed_by, room

_STILL = 0.003  # the default that the detector's documentation names


def motions(pictures: list[Image], step_us: int = 66_667) -> list[float]:
    motion = Motion()
    shares = [motion.seen(grey(image), index * step_us) for index, image in enumerate(pictures)]
    assert shares[0] is None
    return [share for share in shares if share is not None]


@pytest.mark.parametrize(
    "size", [(480, 640), (720, 1280), (360, 640), (241, 321), (64, 64), (1944, 2592), (1, 1)]
)
def test_a_picture_of_any_size_becomes_a_small_one_of_the_same_brightness(size: tuple[int, int]) -> None:
    ramp = np.linspace(20, 220, size[1]).astype(np.uint8)
    look = grey(np.ascontiguousarray(np.broadcast_to(ramp[None, :, None], (*size, 3))))
    assert look.shape == GREY_SIZE[::-1]
    assert abs(float(look.mean()) - float(ramp.mean())) < 2
    assert cells(look).shape == CELLS[::-1]


def test_of_the_first_picture_nothing_is_known() -> None:
    assert Motion().seen(grey(room()), 0) is None


@pytest.mark.parametrize("noise", [0, 1])
def test_a_still_room_does_not_move(noise: int) -> None:
    assert max(motions([noisy(room(), index * noise) for index in range(40)])) == 0


def test_noise_of_a_dark_room_does_not_move() -> None:
    pictures = [noisy(noisy(dimmed(room()), index), index + 77) for index in range(30)]
    assert max(motions(pictures)) < _STILL


def test_exposure_and_flicker_do_not_move() -> None:
    pictures = []
    for index in range(40):
        bands = 1 + 0.04 * np.sin((np.arange(HEIGHT_PX) + 53 * index) / 30)[:, None, None]
        exposed = room() * (1 - 0.2 * (index > 10) + 0.004 * index) * bands
        pictures.append(noisy(np.asarray(np.clip(exposed, 0, 255), np.uint8), index))
    assert max(motions(pictures)) < _STILL


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4])
def test_motion_is_about_the_share_of_the_picture_that_changes(share: float) -> None:
    pictures = [room()] * 5 + [passed_by(room(), share, 0.5)]
    found = motions([noisy(image, index) for index, image in enumerate(pictures)])[-1]
    assert 0.5 * share < found <= 1.2 * share


def test_what_stops_becomes_background_and_what_leaves_leaves_no_ghost_for_long() -> None:
    pictures = [room()] * 5 + [passed_by(room(), 0.2, 0.5)] * 200 + [room()] * 200
    found = motions([noisy(image, index) for index, image in enumerate(pictures)])
    assert found[5] > 0.1
    assert max(found[180:203]) < _STILL
    assert found[204] > 0.1
    assert max(found[390:]) < _STILL


def test_motion_follows_media_time_and_not_the_number_of_pictures() -> None:
    slow = [room()] * 3 + [passed_by(room(), 0.2, 0.5)] * 3
    found = motions([noisy(image, index) for index, image in enumerate(slow)], step_us=20_000_000)
    assert found[2] > 0.1
    assert found[3] < _STILL


def test_somebody_who_walks_moves_in_every_picture() -> None:
    scene = Scene(parse("synth://walk?size=320x240"))
    found = motions([scene.render(index) for index in range(10, 60, 2)], step_us=133_333)
    assert min(found) > 0.01


def test_equal_cells_have_not_changed_whatever_the_light() -> None:
    now = cells(grey(room()))
    assert changes(now, now).max() == 0
    assert changes(np.zeros_like(now), np.zeros_like(now)).max() == 0
    assert changes(now * np.float32(0.6), now).max() < 1
    assert np.isfinite(changes(now, np.zeros_like(now))).all()


@pytest.mark.data
def test_somebody_who_walks_through_a_real_room_moves_and_somebody_who_lies_hardly_does() -> None:
    def shares(name: str) -> list[float]:
        return motions([image for _, image in clip(name)], step_us=33_333)

    assert np.median(shares("gmdcsa24/s1_fall_13.mp4")) > 0.05
    assert max(shares("assistiot/imm_01_imm_back.mp4")) < 0.01


def test_the_picture_is_left_as_it_is() -> None:
    image = noisy(room(), 1)
    before = image.copy()
    grey(image)
    assert np.array_equal(image, before)
    assert image.shape == (HEIGHT_PX, WIDTH_PX, 3)
