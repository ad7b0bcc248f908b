"""Pose networks that tests can draw for: a figure around the brightest spot of the input, as sure as that is
bright. Written as a user's ONNX file, with a registry, so that they take the way of any user's model.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from shared.bus.frames import Image
from shared.models.pull import pull
from shared.settings import Runtime

_LOG = logging.getLogger(__name__)

WIDTH, HEIGHT = 96, 128
STRIDE, SPLIT = 4, 2

FIGURE = np.array(
    [
        *((0, 0), (2, -3), (-2, -3), (5, -2), (-5, -2)),
        *((10, 12), (-10, 12), (16, 26), (-15, 27), (14, 40), (-18, 38)),
        *((7, 44), (-7, 44), (8, 64), (-6, 66), (9, 84), (-8, 82)),
    ],
    np.float32,
)
"""(17, 2) x, y of COCO's keypoints in pixels of the input, from the nose, which is the brightest spot."""


@dataclass(frozen=True)
class Network:
    decoder: str
    outputs: tuple[str, ...]
    build: Callable[["_Graph"], list[str]]


class _Graph:
    """Collects nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def brightest(self) -> tuple[str, str, str]:
        """x and y (N, 1) in pixels of the input's brightest spot, and how bright it is (N, 1)."""
        grey = self.op("ReduceMean", "image", axes=[1], keepdims=0)
        flat = self.op("Reshape", grey, self.constant([0, -1], np.int64))
        place = self.op("ArgMax", flat, axis=1, keepdims=1)
        width = self.constant(WIDTH, np.int64)
        row = self.op("Div", place, width)
        column = self.op("Sub", place, self.op("Mul", row, width))
        x, y = (self.op("Cast", each, to=TensorProto.FLOAT) for each in (column, row))
        return x, y, self.op("ReduceMax", flat, axes=[1], keepdims=1)

    def bumps(self, squares: str, spread: float, height: str) -> str:
        """Gaussians of the squared distances, `height` at their middle."""
        falling = self.op("Exp", self.op("Mul", squares, self.constant(-0.5 / spread**2)))
        return self.op("Mul", falling, height)


def heatmap_graph(graph: _Graph) -> list[str]:
    """heatmaps (N, 17, 32, 24)."""
    x, y, bright = graph.brightest()
    shape = graph.constant([-1, 17, 1, 1], np.int64)
    rows, columns = np.mgrid[: HEIGHT // STRIDE, : WIDTH // STRIDE].astype(np.float32)
    squares = []
    for spot, offsets, grid in ((x, FIGURE[:, 0], columns), (y, FIGURE[:, 1], rows)):
        places = graph.op("Reshape", graph.op("Add", spot, graph.constant(offsets[None])), shape)
        away = graph.op("Sub", graph.constant(grid * STRIDE), places)
        squares.append(graph.op("Mul", away, away))
    height = graph.op("Reshape", bright, graph.constant([-1, 1, 1, 1], np.int64))
    return [graph.bumps(graph.op("Add", *squares), 2.0 * STRIDE, height)]


def simcc_graph(graph: _Graph) -> list[str]:
    """x (N, 17, 192) and y (N, 17, 256)."""
    x, y, bright = graph.brightest()
    shape = graph.constant([-1, 17, 1], np.int64)
    height = graph.op("Reshape", bright, graph.constant([-1, 1, 1], np.int64))
    results = []
    for spot, offsets, side in ((x, FIGURE[:, 0], WIDTH), (y, FIGURE[:, 1], HEIGHT)):
        places = graph.op("Reshape", graph.op("Add", spot, graph.constant(offsets[None])), shape)
        away = graph.op("Sub", graph.constant(np.arange(side * SPLIT) / SPLIT), places)
        results.append(graph.bumps(graph.op("Mul", away, away), 6.0, height))
    return results


def colours_graph(graph: _Graph) -> list[str]:
    """embedding (N, 3): the mean of each colour."""
    return [graph.op("ReduceMean", "image", axes=[2, 3], keepdims=0)]


def long_graph(graph: _Graph) -> list[str]:
    """embedding (N, 513): more numbers than anybody keeps."""
    return [graph.op("Tile", *colours_graph(graph), graph.constant([1, 171], np.int64))]


def nowhere_graph(graph: _Graph) -> list[str]:
    """embedding (N, 3): zeros, which is no direction."""
    return [graph.op("Mul", *colours_graph(graph), graph.constant(0))]


def broken_graph(graph: _Graph) -> list[str]:
    """embedding (N, 3): not finite where a colour is bright."""
    return [graph.op("Sqrt", graph.op("Sub", graph.constant(0.9), *colours_graph(graph)))]


HEATMAP = Network("heatmap", ("heatmaps",), heatmap_graph)
SIMCC = Network("simcc", ("x", "y"), simcc_graph)
COLOURS = Network("embedding", ("embedding",), colours_graph)
LONG = Network("embedding", ("embedding",), long_graph)
NOWHERE = Network("embedding", ("embedding",), nowhere_graph)
BROKEN = Network("embedding", ("embedding",), broken_graph)


def written(folder: Path, network: Network, entry: Mapping[str, str], name: str = "toy") -> Path:
    """The network as a file in `folder`, and a registry beside it, or one entry more of it, that calls it
    `name`; the registry's path.

    `entry` are further lines of the registry's entry, as TOML.
    """
    graph = _Graph()
    made = network.build(graph)
    named = [
        helper.make_node("Identity", [value], [name])
        for value, name in zip(made, network.outputs, strict=True)
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, HEIGHT, WIDTH])
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in network.outputs]
    body = helper.make_graph([*graph.nodes, *named], "toy", [image], results, graph.constants)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    data = onnx.shape_inference.infer_shapes(model, strict_mode=True).SerializeToString()
    (folder / f"{name}.onnx").write_bytes(data)
    lines = {
        "name": f'"{name}"',
        "file": f'"{name}.onnx"',
        "sha256": f'"{hashlib.sha256(data).hexdigest()}"',
        "decoder": f'"{network.decoder}"',
        "skeleton": '"coco17"',
        "input": f"{{ height = {HEIGHT}, width = {WIDTH} }}",
        **entry,
    }
    registry = folder / "models.toml"
    with registry.open("a") as file:
        file.write("[[models]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()))
    return registry


def pulled(registry: Path, runtime: Runtime, names: Sequence[str] = ("toy",)) -> Runtime:
    """The runtime with the toys in a cache of their own, beside their registry."""
    models_dir = registry.parent / "cache"
    pull(list(names), models_dir, _LOG.info, registry)
    return runtime.model_copy(update={"models_dir": models_dir})


def spots(*places: tuple[float, float], size: tuple[int, int] = (360, 640), bright: int = 255) -> Image:
    """A dark picture (H, W, 3) with soft bright spots at places x, y."""
    y, x = np.mgrid[: size[0], : size[1]]
    light: NDArray[np.float64] = np.zeros(size)
    for spot_x, spot_y in places:
        light += np.exp(-((x - spot_x) ** 2 + (y - spot_y) ** 2) / (2 * 6.0**2))
    grey = np.clip(bright * light, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
