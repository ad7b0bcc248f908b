"""YOLOX's predictions, drawn by hand and of real pictures, against a plain reading of them."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.models import registry
from shared.models.errors import ModelError
from shared.models.registry import Entry, Output
from shared.models.running import open_model
from shared.settings import Runtime
from shared.vision import yolox
from shared.vision.boxes import Boxes, Floats, iou_matrix
from shared.vision.regions import Region, cut, framed, framed_turned
from tests.models_fixture import models_dir, runtime
from tests.services.footage import still

__all__ = ["models_dir", "runtime"]

PERSON, DOG, TOOTHBRUSH = 0, 16, 79


def cells_of(height: int, width: int) -> list[tuple[int, int, int]]:
    """Stride, column and row of each cell, as the paper lists them."""
    return [
        (stride, column, row)
        for stride in (8, 16, 32)
        for row in range(height // stride)
        for column in range(width // stride)
    ]


def drawn(
    height: int, width: int, objects: list[tuple[tuple[float, float, float, float], float, int]], classes: int
) -> Floats:
    """What a perfect network says of objects (box in input pixels, score, class): each in the cell of its
    middle, on the grid that suits its size.
    """
    predictions = np.zeros((1, len(cells_of(height, width)), 5 + classes), np.float32)
    for (x0, y0, x1, y1), score, kind in objects:
        x, y, w, h = (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0
        stride = 8 if max(w, h) < 64 else 16 if max(w, h) < 128 else 32
        cell = cells_of(height, width).index((stride, int(x // stride), int(y // stride)))
        row = predictions[0, cell]
        row[:4] = (
            x / stride - x // stride,
            y / stride - y // stride,
            math.log(w / stride),
            math.log(h / stride),
        )
        row[4], row[5 + kind] = 1, score
    return predictions


def read_by_hand(
    predictions: Floats, region: Region, size_px: tuple[int, int], least: float, iou: float
) -> list[tuple[float, Boxes]]:
    """Everything that is a person, a cell at a time and a pair at a time."""
    height, width = size_px
    found = []
    for (stride, column, row), values in zip(cells_of(height, width), predictions, strict=True):
        score = float(np.float32(values[4] * values[5]))
        if score >= least:
            x, y = (float(values[0]) + column) * stride, (float(values[1]) + row) * stride
            w, h = math.exp(float(values[2])) * stride, math.exp(float(values[3])) * stride
            corners = np.array([(x - w / 2, y - h / 2), (x + w / 2, y + h / 2)]) / (width, height)
            points = region.to_picture(corners.astype(np.float32))
            found.append((score, np.concatenate((points.min(axis=0), points.max(axis=0)))[None]))
    kept: list[tuple[float, Boxes]] = []
    for score, box in sorted(found, key=lambda each: -each[0]):
        if all(float(iou_matrix(box, other)[0, 0]) <= iou for _, other in kept):
            kept.append((score, box))
    return kept


@pytest.mark.parametrize(("height", "width"), [(416, 416), (640, 640), (192, 192), (384, 640)])
def test_drawn_objects_of_every_size_are_read_where_they_are(height: int, width: int) -> None:
    boxes = [(8.0, 4.0, 30.0, 60.0), (100.0, 40.0, 150.0, 130.0), (20.0, 10.0, 180.0, 188.0)]
    scores = [0.5, 0.9, 0.7]
    predictions = drawn(
        height, width, [(box, score, PERSON) for box, score in zip(boxes, scores, strict=True)], 80
    )
    region = Region(width / 2, height / 2, float(height), 0.0, width / height)
    (objects,) = yolox.decode(predictions, [region], (height, width), [PERSON], 0.3, 0.9)
    assert objects.scores.tolist() == pytest.approx([0.9, 0.7, 0.5])
    assert objects.boxes == pytest.approx(np.array([boxes[1], boxes[2], boxes[0]]), abs=1e-3)


@pytest.mark.parametrize(
    ("width_px", "height_px", "name"), [(1280, 720, "yolox-nano"), (480, 640, "light-person")]
)
def test_boxes_come_back_to_the_picture_that_was_put_in_the_corner(
    width_px: int, height_px: int, name: str
) -> None:
    wanted = registry.find(name).input
    longer = max(width_px, height_px)
    box = (40.0, 60.0, 90.0, 100.0)
    (objects,) = yolox.decode(
        drawn(wanted.height, wanted.width, [(box, 0.8, 0)], 1),
        [framed(width_px, height_px, wanted)],
        (wanted.height, wanted.width),
        [0],
        0.3,
        0.5,
    )
    assert objects.boxes[0] == pytest.approx(np.array(box) * longer / wanted.width, abs=1e-2)


@pytest.mark.parametrize(("width_px", "height_px"), [(640, 480), (480, 640)])
@pytest.mark.parametrize("clockwise", [True, False])
def test_boxes_come_back_from_a_turned_picture(width_px: int, height_px: int, clockwise: bool) -> None:
    wanted = registry.find("yolox-nano").input
    image = np.zeros((height_px, width_px, 3), np.uint8)
    image[300:340, 100:220] = 255
    region = framed_turned(width_px, height_px, wanted, clockwise)
    seen = cut(image, region, (wanted.height, wanted.width), border=wanted.pad)
    rows, columns = np.nonzero(seen[..., 0] == 255)
    box = tuple(float(v) for v in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
    assert box[3] - box[1] > 2 * (box[2] - box[0])  # what lay stands
    predictions = drawn(wanted.height, wanted.width, [((box[0], box[1], box[2], box[3]), 0.9, 0)], 1)
    (objects,) = yolox.decode(predictions, [region], (wanted.height, wanted.width), [0], 0.3, 0.5)
    assert objects.boxes[0] == pytest.approx((100, 300, 220, 340), abs=3)
    turned = np.rot90(image, -1 if clockwise else 1)
    plain = cut(turned, framed(height_px, width_px, wanted), (wanted.height, wanted.width), border=114)
    assert np.abs(plain.astype(int) - seen).mean() < 1  # the halves of a pixel fall the other way


def test_classes_count_as_one_thing_and_the_others_do_not_count() -> None:
    objects = [
        ((50.0, 50.0, 150.0, 160.0), 0.6, PERSON),
        ((60.0, 50.0, 160.0, 160.0), 0.5, TOOTHBRUSH),
        ((200.0, 200.0, 260.0, 290.0), 0.9, DOG),
        ((300.0, 20.0, 380.0, 100.0), 0.4, TOOTHBRUSH),
    ]
    predictions = drawn(416, 416, objects, 80)
    region = Region(208, 208, 416.0, 0.0)
    (people,) = yolox.decode(predictions, [region], (416, 416), [PERSON], 0.3, 0.45)
    assert people.scores.tolist() == pytest.approx([0.6])
    (some,) = yolox.decode(predictions, [region], (416, 416), [TOOTHBRUSH, PERSON], 0.3, 0.45)
    assert some.scores.tolist() == pytest.approx([0.6, 0.4])
    assert some.kinds.tolist() == [1, 0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), pictures=st.integers(0, 3), least=st.sampled_from([0.05, 0.4, 2.0]))
def test_a_batch_of_noise_is_read_as_a_plain_loop_reads_each_picture(
    seed: int, pictures: int, least: float
) -> None:
    generator = np.random.default_rng(seed)
    size_px = (32, 64)
    predictions = generator.uniform(-1, 2, (pictures, len(cells_of(*size_px)), 6)).astype(np.float32)
    predictions[..., 4:] = generator.uniform(0, 1, (*predictions.shape[:2], 2))
    regions = [Region(32, 16, 32.0, turn * math.pi / 2, 2.0) for turn in range(pictures)]
    found = yolox.decode(predictions, regions, size_px, [0], least, 0.3)
    assert len(found) == pictures
    for values, region, objects in zip(predictions, regions, found, strict=True):
        expected = read_by_hand(values, region, size_px, least, 0.3)
        assert objects.scores == pytest.approx([score for score, _ in expected])
        boxes = np.concatenate([box for _, box in expected]) if expected else np.empty((0, 4))
        assert objects.boxes == pytest.approx(boxes, abs=1e-2)


@pytest.mark.data
@pytest.mark.parametrize("name", ["000000000785.jpg", "000000040083.jpg", "000000196141.jpg", "couple.jpg"])
@pytest.mark.parametrize("model", ["yolox-nano", "light-person"])
def test_real_pictures_are_read_as_a_plain_loop_reads_them(model: str, name: str, runtime: Runtime) -> None:
    network = open_model(registry.find(model), runtime)
    wanted = network.entry.input
    image = still(name)
    regions = [
        framed(image.shape[1], image.shape[0], wanted),
        framed_turned(image.shape[1], image.shape[0], wanted, clockwise=True),
    ]
    size_px = (wanted.height, wanted.width)
    predictions = network.run([cut(image, each, size_px, border=wanted.pad) for each in regions])[
        "predictions"
    ]
    found = yolox.decode(predictions, regions, size_px, yolox.columns(network.entry, ["person"]), 0.1, 0.45)
    assert len(found[0].scores)
    for values, region, objects in zip(predictions, regions, found, strict=True):
        expected = read_by_hand(values, region, size_px, 0.1, 0.45)
        assert objects.scores.tolist() == pytest.approx([score for score, _ in expected])
        assert objects.boxes == pytest.approx(
            np.array([box[0] for _, box in expected]).reshape(-1, 4), abs=0.02
        )


def test_a_score_that_is_no_number_is_an_error_and_not_an_empty_room() -> None:
    predictions = np.zeros((1, 84, 6), np.float32)
    predictions[0, 3, 4] = np.nan
    with pytest.raises(ValueError, match="no numbers"):
        yolox.decode(predictions, [Region(32, 32, 64.0, 0.0)], (64, 64), [0], 0.5, 0.5)


def test_a_huge_size_is_a_huge_box() -> None:
    predictions = np.zeros((1, 84, 6), np.float32)
    predictions[0, 3] = (0, 0, 500, 500, 1, 1)
    (objects,) = yolox.decode(predictions, [Region(32, 32, 64.0, 0.0)], (64, 64), [0], 0.5, 0.5)
    x0, y0, x1, y1 = objects.boxes[0].tolist()
    assert -math.inf < max(x0, y0) < -1e5
    assert 1e5 < min(x1, y1) < math.inf


@pytest.mark.parametrize(
    ("size_px", "cells", "message"), [((64, 64), 85, "84 cells, not 85"), ((60, 64), 84, "whole number of")]
)
def test_another_number_of_cells_is_an_error(size_px: tuple[int, int], cells: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        yolox.decode(np.zeros((1, cells, 6), np.float32), [Region(32, 32, 64.0, 0.0)], size_px, [0], 0.5, 0.5)


def _entry(count: int, names: tuple[str, ...] = ()) -> Entry:
    return msgspec.structs.replace(
        registry.find("yolox-nano"),
        name="mine",
        classes=names,
        outputs=(Output("predictions", (3549, 5 + count)),),
    )


def test_80_classes_without_names_are_cocos() -> None:
    assert len(yolox.COCO_CLASSES) == len(set(yolox.COCO_CLASSES)) == 80
    places = {"person": 0, "dog": 16, "traffic light": 9, "cell phone": 67, "toothbrush": 79, "bed": 59}
    for name, place in places.items():
        assert yolox.columns(_entry(80), [name]) == (place,)


@pytest.mark.parametrize(
    ("count", "names", "wanted", "columns"),
    [
        (1, (), ["person"], (0,)),
        (1, ("human",), ["human"], (0,)),
        (3, ("dog", "standing", "lying"), ["lying", "standing", "lying"], (2, 1)),
        (80, (), ["dog", "person"], (16, 0)),
    ],
)
def test_classes_are_found_by_name(
    count: int, names: tuple[str, ...], wanted: list[str], columns: tuple[int, ...]
) -> None:
    assert yolox.columns(_entry(count, names), wanted) == columns


@pytest.mark.parametrize(
    ("count", "names", "wanted", "message"),
    [
        (80, (), ["persn"], "no class 'persn'; did you mean 'person'"),
        (2, ("a", "b"), ["person"], "no class 'person'; there are a, b"),
        (3, (), ["person"], "3 classes and 0 names"),
        (3, ("a", "b"), ["a"], "3 classes and 2 names"),
        (80, (), [], "no class is wanted"),
    ],
)
def test_a_class_that_is_not_there_is_an_error_that_says_which(
    count: int, names: tuple[str, ...], wanted: list[str], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        yolox.columns(_entry(count, names), wanted)
