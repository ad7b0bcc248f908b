"""The ONNX graph while it grows, and what each TFLite tensor has become in it."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from shared.models.convert.geometry import NO_PADDING, Padding
from shared.models.convert.source import Graph, Operator, Tensor
from shared.models.registry import Input

_NONE, _RELU, _RELU6 = 0, 1, 3  # tflite.ActivationFunctionType


class Translation:
    """Collects nodes and constants; a tensor is either a named ONNX value (channels first) or an array known
    already.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []
        self._names: dict[int, str] = {}
        self._arrays: dict[int, NDArray[Any]] = {}
        self._paddings: dict[int, Padding] = {}
        self._shared: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def node(self, kind: str, inputs: list[str], name: str | None = None, **attributes: Any) -> str:
        """Add one ONNX node and give its output's name."""
        output = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(kind, inputs, [output], name=f"node_{len(self.nodes)}", **attributes)
        )
        return output

    def constant(self, array: NDArray[Any]) -> str:
        """Add a constant (once, however often it is asked for) and give its name."""
        array = np.ascontiguousarray(array)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._shared:
            self._shared[key] = f"constant_{len(self.initialisers)}"
            self.initialisers.append(numpy_helper.from_array(array, self._shared[key]))
        return self._shared[key]

    def bind(self, tensor: Tensor, name: str) -> None:
        """Say that `tensor` is the ONNX value `name`."""
        self._names[tensor.index] = name

    def name(self, tensor: Tensor) -> str:
        """The ONNX value of a tensor that is computed."""
        return self._names[tensor.index]

    def fold(self, tensor: Tensor, array: NDArray[Any]) -> None:
        """Say that `tensor` is known now: `array`, in the file's layout."""
        self._arrays[tensor.index] = array

    def array(self, tensor: Tensor) -> NDArray[Any] | None:
        """The tensor's value in the file's layout if it is known; None if it is computed."""
        return self._arrays.get(tensor.index, tensor.data)

    def weights(self, operator: Operator, position: int) -> NDArray[np.float32]:
        """A floating-point constant input of `operator`, in the file's layout."""
        array = self.array(operator.inputs[position])
        if array is None or array.dtype.kind != "f":
            operator.refuse(f"its input {position} is not a floating-point constant")
        return array.astype(np.float32)

    def integers(self, operator: Operator, position: int) -> list[int]:
        """An integer constant input of `operator`, flattened."""
        array = self.array(operator.inputs[position])
        if array is None or array.dtype.kind != "i":
            operator.refuse(f"its input {position} is not a constant of integers")
        return [int(value) for value in array.reshape(-1)]

    def postpone(self, tensor: Tensor, source: Tensor, padding: Padding) -> None:
        """Let the readers of `tensor` read `source` and pad it by themselves."""
        self._paddings[tensor.index] = padding
        self.bind(tensor, self.name(source))

    def postponed(self, tensor: Tensor) -> Padding:
        """The padding that a reader of `tensor` has to do."""
        return self._paddings.get(tensor.index, NO_PADDING)

    def finish(self, operator: Operator, name: str, activation: int = _NONE) -> None:
        """Bind the operator's output to `name`, behind its fused activation."""
        if activation == _RELU:
            name = self.node("Relu", [name])
        elif activation == _RELU6:
            low, high = self.constant(np.array(0, np.float32)), self.constant(np.array(6, np.float32))
            name = self.node("Clip", [name, low, high])
        elif activation != _NONE:
            operator.refuse(f"fused activation number {activation} is not known")
        self.bind(operator.outputs[0], name)

    def prune(self, outputs: set[str]) -> None:
        """Drop every node and constant that none of `outputs` needs."""
        needed = set(outputs)
        kept = []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                needed.update(node.input)
                kept.append(node)
        self.nodes = kept[::-1]
        self.initialisers = [constant for constant in self.initialisers if constant.name in needed]

    def image(self, name: str, wanted: Input) -> str:
        """Turn the RGB bytes `name` into the normalised, channels-first floats that the model reads."""
        planes = self.node("Transpose", [name], perm=[0, 3, 1, 2])
        if wanted.colour == "bgr":
            planes = self.node("Gather", [planes, self.constant(np.array([2, 1, 0], np.int64))], axis=1)
        planes = self.node("Cast", [planes], to=TensorProto.FLOAT)
        scale, offset = 1 / np.array(wanted.std), -np.array(wanted.mean) / np.array(wanted.std)
        if (scale != 1).any():
            planes = self.node("Mul", [planes, self.constant(_per_channel(scale))])
        if offset.any():
            planes = self.node("Add", [planes, self.constant(_per_channel(offset))])
        return planes


def _per_channel(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """One number where all channels have the same, else (3, 1, 1)."""
    same = (values == values[0]).all()
    return np.asarray(values[0] if same else values.reshape(3, 1, 1), np.float32)
