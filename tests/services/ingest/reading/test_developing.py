"""What leaves the developer: nothing hidden, the right size and way up, and evenly chosen in time."""

import re
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from services.ingest.reading.developing import Developer, Rate, fitting
from services.ingest.reading.sources import SourceError
from shared.bus.frames import Image
from shared.settings import Camera

WIDTH_PX, HEIGHT_PX = 400, 300
_Mask = tuple[tuple[float, float], ...]
BOX: _Mask = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
STAR: _Mask = ((0.5, 0.02), (0.62, 0.9), (0.05, 0.33), (0.95, 0.41), (0.3, 0.88))


def camera(**given: object) -> Camera:
    return Camera.model_validate({"name": "hall", "source": "a.mp4", **given})


def noise(seed: int, shape: tuple[int, ...] = (HEIGHT_PX, WIDTH_PX, 3)) -> Image:
    return np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8)


def decoded(seed: int, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(noise(seed, (height_px * 3 // 2, width_px)), format="yuv420p")


def two_that_differ_behind(mask: _Mask) -> tuple[av.VideoFrame, av.VideoFrame]:
    """Decoded pictures that are noise, and other noise in all pixels whose centre lies inside the mask."""
    hidden = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
    corners = np.round(np.array(mask) * (WIDTH_PX, HEIGHT_PX) * 16 - 8).astype(np.int32)
    cv2.fillPoly(hidden, [corners], 255, shift=4)
    first, other = (noise(seed, (HEIGHT_PX * 3 // 2, WIDTH_PX)) for seed in (1, 2))
    colours = hidden[::2, ::2].reshape(-1, WIDTH_PX)
    second = np.where(np.concatenate([hidden, colours, colours]) > 0, other, first)
    return (
        av.VideoFrame.from_ndarray(first, format="yuv420p"),
        av.VideoFrame.from_ndarray(np.ascontiguousarray(second), format="yuv420p"),
    )


def test_without_settings_a_picture_is_only_converted() -> None:
    frame = decoded(1)
    assert np.array_equal(Developer(camera()).image(frame), frame.to_ndarray(format="bgr24"))
    image = noise(1)
    assert Developer(camera()).developed(image) is image


@pytest.mark.parametrize(
    "mask", [BOX, STAR, ((0, 0), (1, 0), (0, 1)), ((0.3, 0.3), (0.31, 0.9), (0.9, 0.32))]
)
@pytest.mark.parametrize("longest_px", [None, 399, 380, 300, 200, 100, 64])
def test_nothing_behind_a_mask_shows_at_any_size(mask: _Mask, longest_px: int | None) -> None:
    developer = Developer(camera(masks=[mask], longest_side_px=longest_px))
    first, second = (developer.image(frame) for frame in two_that_differ_behind(mask))
    assert np.array_equal(first, second)
    assert first.any()


def test_a_mask_hides_its_own_place_and_little_more() -> None:
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), 200, np.uint8)
    black = Developer(camera(masks=[BOX])).developed(image)[..., 0] == 0
    assert black[75:225, 100:300].all()
    assert not black[:71].any()
    assert not black[230:].any()
    assert not black[:, :96].any()
    assert not black[:, 305:].any()
    assert (image == 200).all()


def test_masks_crop_size_and_rotation_follow_each_other() -> None:
    image = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    image[:150, :200] = (255, 0, 0)
    image[150:, 200:] = (0, 0, 255)
    settings = camera(
        masks=[((0, 0), (0.25, 0), (0.25, 0.25), (0, 0.25))],
        crop=(0, 0, 400, 200),
        longest_side_px=100,
        rotate=90,
    )
    made = Developer(settings).developed(image)
    assert made.shape == (100, 50, 3)
    assert tuple(made[5, 40]) == (0, 0, 0)  # masked: the upper left corner is the upper right one now
    assert tuple(made[40, 40]) == (255, 0, 0)
    assert tuple(made[90, 5]) == (0, 0, 255)


@pytest.mark.parametrize(("rotate", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_a_picture_is_turned_clockwise(rotate: int, corner: tuple[int, int]) -> None:
    image = np.zeros((20, 40, 3), np.uint8)
    image[0, 0] = 255
    turned = Developer(camera(rotate=rotate)).developed(image)
    assert turned[corner].all()
    assert turned.shape == ((20, 40, 3) if rotate in (0, 180) else (40, 20, 3))
    assert turned.flags.c_contiguous


@pytest.mark.parametrize(
    ("size", "longest_px", "expected"),
    [
        ((1920, 1080), 640, (640, 360)),
        ((1080, 1920), 640, (360, 640)),
        ((640, 480), 640, (640, 480)),
        ((641, 481), None, (641, 481)),
        ((320, 240), 640, (320, 240)),
        ((2592, 1944), 641, (640, 480)),
        ((4096, 3), 64, (64, 2)),
    ],
)
def test_a_picture_is_never_made_larger_and_keeps_its_shape(
    size: tuple[int, int], longest_px: int | None, expected: tuple[int, int]
) -> None:
    assert fitting(*size, longest_px) == expected


@pytest.mark.parametrize("crop", [None, (0, 0, 1280, 720)])
def test_a_fine_pattern_becomes_grey_and_no_other_pattern(crop: tuple[int, int, int, int] | None) -> None:
    luma = np.full((1080, 1280), 128, np.uint8)
    luma[:720, ::2], luma[:720, 1::2] = 40, 200
    frame = av.VideoFrame.from_ndarray(luma, format="yuv420p")
    made = Developer(camera(longest_side_px=426, crop=crop)).image(frame)
    assert made.shape == (240, 426, 3)
    assert np.ptp(made[2:-2, 2:-2]) <= 70  # of 186, which picking single pixels would leave


def test_the_size_may_change_in_the_middle_of_a_stream() -> None:
    developer = Developer(camera(masks=[BOX], longest_side_px=160))
    for width_px, height_px, expected in [(400, 300, (120, 160)), (640, 360, (90, 160)), (96, 64, (64, 96))]:
        made = developer.image(decoded(1, width_px, height_px))
        assert made.shape[:2] == expected
        assert not made[made.shape[0] // 2, made.shape[1] // 2].any()
        assert made[2, 2].any()


@pytest.mark.parametrize("crop", [(0, 0, 401, 300), (10, 10, 10, 20), (0, 200, 100, 100), (-1, 0, 50, 50)])
def test_a_crop_outside_the_picture_is_refused(crop: tuple[int, int, int, int]) -> None:
    developer = Developer(camera(crop=crop))
    with pytest.raises(SourceError, match=re.escape("does not lie inside the picture of 400x300 pixels")):
        developer.image(decoded(1))


def test_a_film_that_lies_on_its_side_is_masked_and_sized_upright(tmp_path: Path) -> None:
    path = tmp_path / "phone.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.bit_rate = 8_000_000
        grey = np.full((HEIGHT_PX, WIDTH_PX, 3), 180, np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="bgr24")))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    upright = b"".join(value.to_bytes(4, "big") for value in (65536, 0, 0, 0, 65536, 0, 0, 0, 2**30))
    turned = b"".join(
        value.to_bytes(4, "big", signed=True)
        for value in (0, 65536, 0, -65536, 0, 0, HEIGHT_PX << 16, 0, 2**30)
    )
    track = data.index(upright, data.index(b"tkhd"))
    path.write_bytes(data[:track] + turned + data[track + len(turned) :])
    with av.open(str(path)) as film:
        frame = next(film.decode(video=0))
    assert frame.rotation % 360 == 270
    upper_half = ((0, 0), (1, 0), (1, 0.5), (0, 0.5))
    made = Developer(camera(masks=[upper_half], longest_side_px=200)).image(frame)
    assert made.shape == (200, 150, 3)
    assert not made[:100].any()
    assert made[105:].all()


@pytest.mark.parametrize(
    "mask",
    [
        ((0.1, 0.1), (0.5, 0.5), (0.9, 0.9)),
        ((0.3, 0.3), (0.3, 0.3), (0.3, 0.3)),
        ((0.2, 0), (0.2, 1), (0.2, 0.5), (0.2, 0.3)),
    ],
)
def test_a_mask_that_hides_nothing_is_refused_by_name(mask: _Mask) -> None:
    with pytest.raises(ValidationError, match="mask 2 of camera hall hides nothing"):
        camera(masks=[BOX, mask])


def test_a_mask_that_crosses_itself_is_taken() -> None:
    bow = ((0.2, 0.2), (0.8, 0.8), (0.8, 0.2), (0.2, 0.8))  # its signed area is 0
    made = Developer(camera(masks=[bow])).developed(np.full((100, 100, 3), 9, np.uint8))
    assert not made[50, 30].any()
    assert not made[50, 70].any()
    assert made[30, 50].any()


def chosen(fps: float, source_fps: float, count: int = 1200, jitter_us: float = 0) -> list[int]:
    rate, random = Rate(fps), np.random.default_rng(4)
    stamps = np.arange(count) * 1e6 / source_fps + random.uniform(-jitter_us, jitter_us, count)
    return [index for index, pts_us in enumerate(stamps) if rate.wants(round(pts_us))]


@pytest.mark.parametrize(
    ("fps", "source_fps", "jitter_us", "steps"),
    [
        (15, 30, 0, {2}),
        (15, 30, 5000, {2}),
        (15, 29.97, 0, {2}),
        (15, 29.97, 3000, {2}),
        (15, 15, 10_000, {1}),
        (15, 14.98, 5000, {1}),
        (10, 25, 0, {2, 3}),
        (7, 30, 0, {4, 5}),
        (1, 25, 3000, {25}),
        (60, 25, 5000, {1}),
    ],
)
def test_pictures_are_chosen_evenly_and_do_not_drift(
    fps: float, source_fps: float, jitter_us: float, steps: set[int]
) -> None:
    indices = chosen(fps, source_fps, jitter_us=jitter_us)
    assert {b - a for a, b in pairwise(indices)} == steps
    wanted = 1200 * min(1, fps / source_fps)
    assert 0.985 * wanted <= len(indices) <= wanted + 1


def test_ten_of_twenty_five_is_every_second_and_every_third_in_turn() -> None:
    assert chosen(10, 25)[:6] == [0, 3, 5, 8, 10, 13]


def test_no_rate_wants_everything() -> None:
    rate = Rate(None)
    assert all(rate.wants(pts_us) for pts_us in (0, 1, 1, 0, 5))


def test_a_gap_is_not_made_up_for_and_time_may_start_again() -> None:
    rate = Rate(10)
    assert [rate.wants(pts_us) for pts_us in (0, 40_000, 10_000_000, 10_040_000, 10_080_000, 10_120_000)] == [
        True,
        False,
        True,
        False,
        False,
        True,
    ]
    assert rate.wants(0)
    assert not rate.wants(40_000)


def test_a_reader_that_takes_over_keeps_the_step() -> None:
    rate = Rate(10, after_us=1_000_000)
    assert [rate.wants(pts_us) for pts_us in range(1_020_000, 1_201_000, 20_000)] == [
        *[False] * 4,
        True,
        *[False] * 4,
        True,
    ]
