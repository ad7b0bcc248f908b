"""Small ONNX models made here: one 1 x 1 convolution, and what exporters put around it."""

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from shared.models.entries import Entry, Folder, Input, Output

HEIGHT, WIDTH, CHANNELS = 6, 4, 5
WEIGHTS = np.random.default_rng(3).normal(0, 1, (CHANNELS, 3)).astype(np.float32)

Layout = Literal["nchw", "nhwc"]
Arrays = dict[str, NDArray[Any]]


def model(
    nodes: Sequence[NodeProto],
    constants: Arrays,
    outputs: dict[str, Sequence[int | str] | None],
    *,
    image: Sequence[int | str] = (1, 3, HEIGHT, WIDTH),
    kind: int = TensorProto.FLOAT,
    opset: int = 17,
    result: int | None = None,
) -> onnx.ModelProto:
    """A graph that reads `pixels`; `result` is the type of its outputs where that is another."""
    graph = helper.make_graph(
        list(nodes),
        "toy",
        [helper.make_tensor_value_info("pixels", kind, image)],
        [helper.make_tensor_value_info(name, result or kind, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def convolution(
    layout: Layout = "nchw", kind: int = TensorProto.FLOAT, batch: int | str = 1
) -> onnx.ModelProto:
    """`WEIGHTS` over the channels, in the layout of the input."""
    numbers = WEIGHTS.astype(helper.tensor_dtype_to_np_dtype(kind))
    if layout == "nchw":
        nodes = [helper.make_node("Conv", ["pixels", "weights"], ["maps"])]
        constants: Arrays = {"weights": numbers[:, :, None, None]}
        image, maps = [batch, 3, HEIGHT, WIDTH], [batch, CHANNELS, HEIGHT, WIDTH]
    else:
        nodes = [helper.make_node("MatMul", ["pixels", "weights"], ["maps"])]
        constants = {"weights": np.ascontiguousarray(numbers.T)}
        image, maps = [batch, HEIGHT, WIDTH, 3], [batch, HEIGHT, WIDTH, CHANNELS]
    return model(nodes, constants, {"maps": maps}, image=image, kind=kind)


def of_bytes() -> onnx.ModelProto:
    """Takes pictures as bytes and normalises them itself."""
    nodes = [
        helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["floats", "weights"], ["maps"]),
    ]
    constants: Arrays = {"weights": WEIGHTS[:, :, None, None]}
    shape = [1, CHANNELS, HEIGHT, WIDTH]
    return model(nodes, constants, {"maps": shape}, kind=TensorProto.UINT8, result=TensorProto.FLOAT)


def expected(pictures: NDArray[np.uint8], wanted: Input) -> NDArray[np.float64]:
    """What `convolution` gives for RGB bytes (N, H, W, 3): (N, CHANNELS, H, W)."""
    pixels = pictures[..., ::-1] if wanted.colour == "bgr" else pictures
    floats = (pixels.astype(np.float64) - wanted.mean) / wanted.std
    return np.moveaxis(floats @ WEIGHTS.T.astype(np.float64), 3, 1)


def entry(
    source: bytes,
    *,
    wanted: Input | None = None,
    outputs: tuple[Output, ...] = (Output("classes"),),
) -> Entry:
    """What a registry would say of the toy."""
    return Entry(
        name="toy",
        task="part segmentation",
        decoder="classes",
        licence="MIT",
        file="toy.onnx",
        sha256=hashlib.sha256(source).hexdigest(),
        input=wanted or Input(HEIGHT, WIDTH),
        outputs=outputs,
        sources=(Folder(),),
    )


def pictures(count: int = 3) -> NDArray[np.uint8]:
    return np.random.default_rng(5).integers(0, 256, (count, HEIGHT, WIDTH, 3), np.uint8)
