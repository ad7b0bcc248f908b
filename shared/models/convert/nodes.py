"""An ONNX graph while it grows: its nodes and constants, and how a picture of bytes enters it."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from shared.models.entries import Input

_CHANNELS_FIRST = [0, 3, 1, 2]


class Nodes:
    """Collects nodes and constants. Every name given here begins with `prefix`."""

    def __init__(self, prefix: str = "") -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []
        self._prefix = prefix
        self._shared: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def node(self, kind: str, inputs: list[str], name: str | None = None, **attributes: Any) -> str:
        """Add one ONNX node and give its output's name."""
        output = name or f"{self._prefix}{kind.lower()}_{len(self.nodes)}"
        title = f"{self._prefix}node_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=title, **attributes))
        return output

    def constant(self, array: NDArray[Any]) -> str:
        """Add a constant (once, however often it is asked for) and give its name."""
        array = np.asarray(array, order="C")  # ascontiguousarray would make a vector of a single number
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._shared:
            self._shared[key] = f"{self._prefix}constant_{len(self.initialisers)}"
            self.initialisers.append(numpy_helper.from_array(array, self._shared[key]))
        return self._shared[key]

    def image(self, name: str, wanted: Input, channels_last: bool = False) -> str:
        """Turn the RGB bytes `name` (N, height, width, 3) into the normalised floats that a network reads,
        channels first unless told otherwise.
        """
        planes = self.pixels(name, wanted, channels_last)
        planes = self.node("Cast", [planes], to=TensorProto.FLOAT)
        scale, offset = 1 / np.array(wanted.std), -np.array(wanted.mean) / np.array(wanted.std)
        if (scale != 1).any():
            planes = self.node("Mul", [planes, self.constant(_per_channel(scale, channels_last))])
        if offset.any():
            planes = self.node("Add", [planes, self.constant(_per_channel(offset, channels_last))])
        return planes

    def pixels(self, name: str, wanted: Input, channels_last: bool = False) -> str:
        """The bytes themselves in the network's layout and order of colours."""
        planes = name if channels_last else self.node("Transpose", [name], perm=_CHANNELS_FIRST)
        if wanted.colour == "bgr":
            order = self.constant(np.array([2, 1, 0], np.int64))
            planes = self.node("Gather", [planes, order], axis=3 if channels_last else 1)
        return planes


def _per_channel(values: NDArray[np.float64], channels_last: bool) -> NDArray[np.float32]:
    """One number where all channels have the same, else (3,) or (3, 1, 1)."""
    if (values == values[0]).all():
        return np.asarray(values[0], np.float32)
    return np.asarray(values if channels_last else values.reshape(3, 1, 1), np.float32)
