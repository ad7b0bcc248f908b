"""A small network of the YOLOX kind that sees bright upright bars, and the pictures it looks at.

Like a detector of people it misses what lies, and gives dim things low scores; unlike one, its every answer
can be told beforehand.
"""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from shared.bus.frames import Image
from shared.messages import Box
from shared.models.pull import pull
from shared.settings import Runtime, Settings

_LOG = logging.getLogger(__name__)
SIDE_PX = 640
BAR = (80.0, 320.0)  # width and height of a bar that is seen with its own brightness as score
_INPUT_PX = 64
_CELLS = 8  # in a row of the finest grid; the coarser ones, of 16 + 4 cells, see nothing
_BLIND = 20
_CLASSES = ("square", "standing", "lying")

_REGISTRY = """
[[models]]
name = "bars"
decoder = "yolox"
file = "bars.onnx"
sha256 = "{sha256}"
input = {{ height = 64, width = 64, fit = "letterbox-corner" }}
classes = ["square", "standing", "lying"]
"""


def network() -> onnx.ModelProto:
    """Objectness of a cell: the mean brightness of the 8 x 32 input pixels around its middle."""
    count = _CELLS * _CELLS
    box = np.tile(np.array([0.5, 0.5, 0, np.log(4)], np.float32), (1, count, 1))
    kinds = np.tile(np.array([0, 0.5, 1], np.float32), (1, count, 1))
    constants: dict[str, NDArray[Any]] = {
        "box": box,
        "kinds": kinds,
        "blind": np.zeros((1, _BLIND, 5 + len(_CLASSES)), np.float32),
        "column": np.array([1, count, 1], np.int64),
    }
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["grey"], axes=[1]),
        helper.make_node(
            "AveragePool", ["grey"], ["bars"], kernel_shape=[32, 8], strides=[8, 8], pads=[12, 0, 12, 0]
        ),
        helper.make_node("Reshape", ["bars", "column"], ["object"]),
        helper.make_node("Concat", ["box", "object", "kinds"], ["seeing"], axis=2),
        helper.make_node("Concat", ["seeing", "blind"], ["output"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "bars",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, _INPUT_PX, _INPUT_PX])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, count + _BLIND, 5 + len(_CLASSES)])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=9)


def installed(folder: Path) -> Settings:
    """Settings under which the model "bars" is there, cached and registered as a user's own."""
    data = network().SerializeToString()
    (folder / "bars.onnx").write_bytes(data)
    (folder / "models.toml").write_text(_REGISTRY.format(sha256=hashlib.sha256(data).hexdigest()), "utf-8")
    runtime = Runtime(providers=("cpu",), threads=1, models_dir=folder / "cache")
    pull(["bars"], runtime.models_dir, _LOG.info, folder)
    return Settings(models=folder, runtime=runtime)


def upright(column: int, row: int) -> Box:
    """The box of a standing bar in the middle of cell (`column`, `row`), each 0 to 7."""
    x, y = 80 * column + 40, 80 * row + 40
    return x - BAR[0] / 2, y - BAR[1] / 2, x + BAR[0] / 2, y + BAR[1] / 2


def lying(column: int, row: int) -> Box:
    """The box of a lying bar there."""
    x, y = 80 * column + 40, 80 * row + 40
    return x - BAR[1] / 2, y - BAR[0] / 2, x + BAR[1] / 2, y + BAR[0] / 2


def room(bars: Sequence[tuple[Box, float]]) -> Image:
    """A black picture with bars, each of a brightness of 0 to 1."""
    image = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    for (x0, y0, x1, y1), brightness in bars:
        grey = round(255 * brightness)
        cv2.rectangle(image, (int(x0), int(y0)), (int(x1) - 1, int(y1) - 1), (grey, grey, grey), cv2.FILLED)
    return image
