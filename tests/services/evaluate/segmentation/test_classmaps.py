"""Class maps from COCO's masks and from folders."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from services.evaluate.coco import Annotation, Category, Counts, Picture, Result, Truth
from services.evaluate.errors import EvaluationError
from services.evaluate.segmentation.classmaps import (
    IGNORED,
    CocoMaps,
    FolderMaps,
    bits_of,
    read_classes,
    runs_of,
)

PICTURE = Picture(1, "street.jpg", 8, 6)
CLASSES = ("background", "person", "dog")
SQUARE = ((1.0, 1.0, 5.0, 1.0, 5.0, 5.0, 1.0, 5.0),)


def truth(*annotations: Annotation) -> Truth:
    return Truth((PICTURE,), annotations, (Category(1, "person"), Category(18, "dog")))


def block(rows: slice, columns: slice) -> np.ndarray:
    bits = np.zeros((6, 8), bool)
    bits[rows, columns] = True
    return bits


def labelled(category: int, bits: np.ndarray, *, crowd: int = 0) -> Annotation:
    area = float(bits.sum())
    return Annotation(1, 1, category, (0, 0, 1, 1), area=area, iscrowd=crowd, segmentation=runs_of(bits))


@given(hnp.arrays(bool, st.tuples(st.just(6), st.just(8))))
def test_run_lengths_come_back_as_they_were(bits: np.ndarray) -> None:
    assert (bits_of(runs_of(bits), PICTURE) == bits).all()


def test_numbers_as_run_lengths_are_read_column_by_column() -> None:
    bits = bits_of(Counts((6, 8), (7, 2, 39)), PICTURE)
    assert np.argwhere(bits).tolist() == [[1, 1], [2, 1]]


def test_polygons_are_filled() -> None:
    assert (bits_of(SQUARE, PICTURE) == block(slice(1, 5), slice(1, 5))).all()


@pytest.mark.parametrize(
    ("segmentation", "words"),
    [
        (((1.0, 2.0, 3.0, 4.0),), "fewer than three corners"),
        (Counts((5, 8), (40,)), "is 8 x 5 pixels, the picture 8 x 6"),
    ],
)
def test_masks_that_do_not_fit_are_refused(segmentation: Counts, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        bits_of(segmentation, PICTURE)


def test_the_small_lies_over_the_large_and_crowds_do_not_count() -> None:
    person = labelled(1, block(slice(0, 6), slice(0, 4)))
    dog = labelled(18, block(slice(2, 4), slice(2, 4)))
    crowd = labelled(1, block(slice(0, 6), slice(3, 8)), crowd=1)
    painted = CocoMaps.of_truth(truth(dog, person, crowd)).of(PICTURE)
    assert painted[0].tolist() == [1, 1, 1, 1, *[IGNORED] * 4]
    assert painted[2].tolist() == [1, 1, 2, 2, *[IGNORED] * 4]


def test_the_sure_lie_over_the_unsure_and_the_least_sure_are_left_out() -> None:
    left, right = runs_of(block(slice(0, 6), slice(0, 5))), runs_of(block(slice(0, 6), slice(4, 8)))
    results = [Result(1, 18, 0.9, segmentation=right), Result(1, 1, 0.7, segmentation=left)]
    results.append(Result(1, 18, 0.2, segmentation=left))
    painted = CocoMaps.of_results(truth(), results, 0.5).of(PICTURE)
    assert painted[0].tolist() == [1, 1, 1, 1, 2, 2, 2, 2]


def test_annotations_without_masks_are_refused() -> None:
    with pytest.raises(EvaluationError, match="hold no masks"):
        CocoMaps.of_truth(truth(Annotation(1, 1, 1, (0, 0, 1, 1))))


def cells() -> np.ndarray:
    return np.arange(48).reshape(6, 8).astype(np.uint8) % 3


def palette_png(path: Path, numbers: np.ndarray) -> None:
    """As PASCAL VOC has them: one byte per pixel that is the number of a colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width = numbers.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in numbers)
    colours = bytes((0, 0, 0, 128, 0, 0, 0, 128, 0))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"PLTE", colours)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_maps_are_read_from_arrays_grey_pictures_and_pictures_with_a_palette(tmp_path: Path) -> None:
    for kind in ("npy", "grey", "palette"):
        (tmp_path / kind).mkdir()
    np.save(tmp_path / "npy" / "street.npy", cells().astype(np.int64))
    cv2.imwrite(str(tmp_path / "grey" / "street.png"), cells())
    palette_png(tmp_path / "palette" / "street.png", cells())
    for kind in ("npy", "grey", "palette"):
        assert (FolderMaps(tmp_path / kind, CLASSES).of(PICTURE) == cells()).all(), kind


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (cells()[:5], "is 8 x 5, its picture 8 x 6"),
        (cells() + np.uint8(1), "holds class 3, and only 0 to 2 are named"),
        (cells() // 2 * 255, "holds only 0 and 255"),
        (cells().astype(np.float32), r"wanted are \(H, W\) integers"),
        (cells().astype(np.int16) - 1, "outside of 0 to 255"),
        (cells()[None], "3-dimensional"),
    ],
)
def test_arrays_that_are_no_class_maps_are_refused(tmp_path: Path, array: np.ndarray, words: str) -> None:
    np.save(tmp_path / "street.npy", array)
    with pytest.raises(EvaluationError, match=words):
        FolderMaps(tmp_path, CLASSES).of(PICTURE)


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "street.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(EvaluationError, match="is not an array of numpy"):
        FolderMaps(tmp_path, CLASSES).of(PICTURE)


def test_colours_are_no_class_map_and_a_missing_map_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"no class map of street.jpg: .* lacks street.png or .npy"):
        FolderMaps(tmp_path, CLASSES).of(PICTURE)
    cv2.imwrite(str(tmp_path / "street.png"), np.zeros((6, 8, 3), np.uint8))
    with pytest.raises(EvaluationError, match="has colours"):
        FolderMaps(tmp_path, CLASSES).of(PICTURE)


def test_class_names_are_given_or_listed(tmp_path: Path) -> None:
    assert read_classes(tmp_path, CLASSES) == CLASSES
    with pytest.raises(EvaluationError, match=r"give --classes background,person or a classes\.txt"):
        read_classes(tmp_path, ())
    (tmp_path / "classes.txt").write_text("background\nperson\n\n")
    assert read_classes(tmp_path, ()) == ("background", "person")
