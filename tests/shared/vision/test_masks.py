import math
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from shared.messages import Mask, PartMap
from shared.vision.masks import (
    Bits,
    Classes,
    cell_centres,
    grid_shape,
    pack,
    pack_parts,
    paste,
    resample,
    unpack,
    unpack_parts,
)
from shared.vision.regions import Region


@given(bits=hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_a_mask_survives_packing(bits: Bits) -> None:
    mask = pack(bits, (0, 0, 10, 10))
    assert (mask.height, mask.width) == bits.shape
    assert np.array_equal(unpack(mask), bits)


@pytest.mark.parametrize(
    ("bits", "message"),
    [
        (b"not zlib", "not zlib data"),
        (zlib.compress(b"\0" * 3), "do not fill 16 x 2"),
        (zlib.compress(b"\0" * 1_000_000), "do not fill 16 x 2"),
        (zlib.compress(b"\0" * 4)[:-6], "do not fill 16 x 2"),
    ],
)
def test_a_broken_mask_is_refused(bits: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unpack(Mask((0, 0, 1, 1), 16, 2, bits))


@given(classes=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_a_part_map_survives_packing(classes: Classes) -> None:
    parts = pack_parts(classes, (0, 0, 10, 10), "bodypix24")
    assert (parts.height, parts.width, parts.palette) == (*classes.shape, "bodypix24")
    assert np.array_equal(unpack_parts(parts), classes)


def test_a_part_map_cut_from_a_larger_one_survives_packing() -> None:
    classes = np.arange(100, dtype=np.uint8).reshape(10, 10)[::2, 3:7]
    assert np.array_equal(unpack_parts(pack_parts(classes, (0, 0, 1, 1), "limbs")), classes)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (b"not zlib", "not zlib data"),
        (zlib.compress(b"\0" * 31), "do not fill 16 x 2"),
        (zlib.compress(b"\0" * 10_000_000), "do not fill 16 x 2"),
        (b"", "do not fill 16 x 2"),
    ],
)
def test_a_broken_part_map_is_refused(cells: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unpack_parts(PartMap((0, 0, 1, 1), 16, 2, "limbs", cells))


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 100, 50), (32, 64)),
        ((0, 0, 50, 100), (64, 32)),
        ((5, 5, 6, 600), (64, 1)),
        ((0, 0, 0.5, 0.5), (64, 64)),
    ],
)
def test_a_grid_has_square_cells(box: tuple[float, float, float, float], expected: tuple[int, int]) -> None:
    assert grid_shape(box, 64) == expected


def test_a_pasted_grid_covers_its_box_and_nothing_else() -> None:
    laid = paste(np.array([[1, 2], [3, 4]], np.uint8), (10, 20, 30, 40), 50, 60)
    assert laid.shape == (60, 50)
    assert [laid[y, x] for y, x in ((20, 10), (20, 29), (39, 10), (39, 29))] == [1, 2, 3, 4]
    assert np.count_nonzero(laid) == 20 * 20


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (900, 900, 950, 950), (-90, -90, -10, -10)])
def test_a_box_that_misses_the_picture_pastes_nothing(box: tuple[float, float, float, float]) -> None:
    assert not paste(np.ones((4, 4), np.uint8), box, 50, 60).any()


@pytest.mark.parametrize("rotation", [0.0, 0.7, math.pi / 2, -2.0])
def test_a_disc_seen_by_a_turned_region_lies_on_the_grid_where_it_is_in_the_picture(rotation: float) -> None:
    region = Region(200, 150, 120, rotation)
    inner = np.stack(np.meshgrid(np.arange(256), np.arange(256)), axis=-1) / 256
    disc = np.hypot(*(region.to_picture(inner.astype(np.float32)) - (215, 140)).transpose(2, 0, 1)) < 25
    box = (165.0, 110.0, 245.0, 190.0)
    bits = resample(disc.astype(np.float32), region, box, grid_shape(box, 80)) >= 0.5
    x, y = cell_centres((80, 80), box)
    expected = np.hypot(x - 215, y[:, None] - 140) < 25
    assert (bits & expected).sum() / (bits | expected).sum() > 0.97
