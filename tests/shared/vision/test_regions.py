import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.frames import Image, Jpeg, encode_jpeg
from shared.vision.regions import Region, cut, reduction_for, whole_picture

regions = st.builds(
    Region, st.floats(-500, 2000), st.floats(-500, 2000), st.floats(20, 3000), st.floats(-math.pi, math.pi)
)


def _gradient(width_px: int, height_px: int) -> Image:
    y, x = np.mgrid[:height_px, :width_px]
    return np.stack((x * 250 / width_px, y * 250 / height_px, np.full_like(x, 90)), axis=-1).astype(np.uint8)


@given(region=regions, x=st.floats(-1, 2), y=st.floats(-1, 2))
def test_there_and_back_is_the_same_point(region: Region, x: float, y: float) -> None:
    point = np.array([[x, y]], np.float32)
    assert region.from_picture(region.to_picture(point)) == pytest.approx(point, abs=1e-3)


def test_a_region_is_turned_clockwise_on_the_screen() -> None:
    region = Region(100, 100, 40, math.pi / 2)
    assert region.to_picture(np.array([(0.5, 0.0)], np.float32)) == pytest.approx(
        np.array([(120, 100)]), abs=1e-4
    )


@pytest.mark.parametrize(("width_px", "height_px"), [(640, 480), (480, 640), (1, 1), (1920, 1080)])
def test_a_letterbox_holds_the_whole_picture_in_its_middle(width_px: int, height_px: int) -> None:
    square = whole_picture(width_px, height_px)
    corners = square.from_picture(np.array([(0, 0), (width_px, height_px)], np.float32))
    assert corners.min() >= -1e-6
    assert corners.max() <= 1 + 1e-6
    assert corners.sum(axis=0) == pytest.approx(np.ones(2), abs=1e-5)


@pytest.mark.parametrize(
    ("size_px", "wanted_px", "expected"),
    [(640, 224, 2), (1280, 224, 4), (448, 224, 2), (447, 224, 1), (0, 224, 1), (1e9, 224, 4)],
)
def test_the_decoder_shrinks_as_far_as_detail_allows(size_px: float, wanted_px: float, expected: int) -> None:
    assert reduction_for(size_px, wanted_px) == expected


@pytest.mark.parametrize("rotation", [0.0, 0.4, math.pi / 2, -2.5])
def test_a_crop_shows_each_point_of_the_picture_where_the_region_says(rotation: float) -> None:
    picture = _gradient(640, 480)
    region = Region(300, 220, 200, rotation)
    crop = cut(picture, region, (100, 100))
    for x, y in ((20, 30), (50, 50), (80, 10)):
        source = region.to_picture(np.array([x / 100, y / 100], np.float32))
        blue, green = source * 250 / (640, 480)
        assert crop[y, x] == pytest.approx((90, green, blue), abs=1.5)


@pytest.mark.parametrize("reduce", [2, 4])
@pytest.mark.parametrize("size", [(640, 480), (641, 479)])
def test_a_crop_of_a_reduced_picture_shows_the_same_place(reduce: int, size: tuple[int, int]) -> None:
    picture = Jpeg(encode_jpeg(_gradient(*size), 100))
    region = Region(310, 230, 260, 0.3)
    whole = cut(picture.bgr(), region, (64, 64)).astype(int)
    reduced = cut(picture.bgr(reduce), region, (64, 64), reduce=reduce).astype(int)
    assert np.abs(whole - reduced)[2:-2, 2:-2].mean() < 0.5


def test_outside_the_picture_is_black_or_the_border_repeated() -> None:
    picture = np.full((50, 50, 3), 200, np.uint8)
    region = Region(0, 25, 50, 0.0)
    assert cut(picture, region, (10, 10), border=0)[5, 0].tolist() == [0, 0, 0]
    assert cut(picture, region, (10, 10))[5, 0].tolist() == [200, 200, 200]
