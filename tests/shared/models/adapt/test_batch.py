"""Graphs that were exported for one picture: which of them take more, and what happens to the others."""

import numpy as np
import pytest
from onnx import ModelProto, helper

from tests.shared.models.adapt import toys
from tests.shared.models.adapt.test_adaptation import adapted, metadata, run
from tests.shared.models.adapt.toys import HEIGHT, WIDTH

CELLS = HEIGHT * WIDTH


def _reshaped(*, opset: int = 17) -> ModelProto:
    """As YOLOX's head: (1, 3, cells), its shape written into the graph."""
    nodes = [
        helper.make_node("Reshape", ["pixels", "shape"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["maps"], perm=[0, 2, 1]),
    ]
    return toys.model(nodes, {"shape": np.array([1, 3, CELLS])}, {"maps": [1, CELLS, 3]}, opset=opset)


def _reshaped_by_a_constant_node() -> ModelProto:
    shape = helper.make_tensor("value", 7, [2], [1, 3 * CELLS])
    nodes = [
        helper.make_node("Constant", [], ["shape"], value=shape),
        helper.make_node("Reshape", ["pixels", "shape"], ["maps"]),
    ]
    return toys.model(nodes, {}, {"maps": [1, 3 * CELLS]})


def _resized() -> ModelProto:
    nodes = [helper.make_node("Resize", ["pixels", "", "", "sizes"], ["maps"], mode="nearest")]
    sizes = np.array([1, 3, 2 * HEIGHT, 2 * WIDTH])
    return toys.model(nodes, {"sizes": sizes}, {"maps": [1, 3, 2 * HEIGHT, 2 * WIDTH]})


def _mean(axes: list[int], opset: int) -> ModelProto:
    """A normalisation as tf2onnx writes it: over the pictures as well."""
    if opset >= 18:
        node = helper.make_node("ReduceMean", ["pixels", "axes"], ["mean"], keepdims=1)
        constants: toys.Arrays = {"axes": np.array(axes)}
    else:
        node, constants = helper.make_node("ReduceMean", ["pixels"], ["mean"], axes=axes, keepdims=1), {}
    nodes = [node, helper.make_node("Sub", ["pixels", "mean"], ["maps"])]
    return toys.model(nodes, constants, {"maps": [1, 3, HEIGHT, WIDTH]}, opset=opset)


def _mixing() -> ModelProto:
    """Pictures and channels in one axis: only right for one picture."""
    nodes = [
        helper.make_node("Reshape", ["pixels", "flat"], ["rows"]),
        helper.make_node("Softmax", ["rows"], ["shares"], axis=0),
        helper.make_node("Reshape", ["shares", "back"], ["maps"]),
    ]
    constants = {"flat": np.array([3, -1]), "back": np.array([-1, 3, HEIGHT, WIDTH])}
    return toys.model(nodes, constants, {"maps": [1, 3, HEIGHT, WIDTH]})


def _failing() -> ModelProto:
    """A table that has one row for the one picture."""
    nodes = [
        helper.make_node("Reshape", ["pixels", "shape"], ["flat"]),
        helper.make_node("Concat", ["flat", "token"], ["maps"], axis=1),
    ]
    constants = {"shape": np.array([1, 3 * CELLS]), "token": np.ones((1, 2), np.float32)}
    return toys.model(nodes, constants, {"maps": [1, 3 * CELLS + 2]})


@pytest.mark.parametrize(
    "model",
    [
        _reshaped(),
        _reshaped(opset=11),
        _reshaped_by_a_constant_node(),
        _resized(),
        _mean([0, 2, 3], 13),
        _mean([0, 1, 2, 3], 18),
        _mean([-4, -1], 18),
    ],
)
def test_constants_of_one_picture_are_rewritten_for_any_number(model: ModelProto) -> None:
    made = adapted(model)
    assert made.batch == metadata(made)["batch"] == "any"
    pictures = toys.pictures(5)
    together = run(made, pictures)["classes"]
    alone = np.concatenate([run(made, picture[None])["classes"] for picture in pictures])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("model", [_mixing(), _failing()])
def test_a_graph_that_would_mix_its_pictures_takes_one_at_a_time(model: ModelProto) -> None:
    made = adapted(model)
    assert made.batch == metadata(made)["batch"] == "one"
    assert run(made, toys.pictures(1))["classes"].shape[0] == 1
