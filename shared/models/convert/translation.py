"""The ONNX graph while it grows, and what each TFLite tensor has become in it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.models.convert import quantised
from shared.models.convert.geometry import NO_PADDING, Padding
from shared.models.convert.nodes import Nodes
from shared.models.convert.source import Graph, Operator, Tensor

_NONE, _RELU, _RELU6 = 0, 1, 3  # tflite.ActivationFunctionType


class Translation(Nodes):
    """Collects nodes and constants; a tensor is either a named ONNX value (channels first) or an array known
    already.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self._names: dict[int, str] = {}
        self._arrays: dict[int, NDArray[Any]] = {}
        self._paddings: dict[int, Padding] = {}

    def bind(self, tensor: Tensor, name: str) -> None:
        """Say that `tensor` is the ONNX value `name`, which gets the steps of a quantised one."""
        self._names[tensor.index] = quantised.rounded(self, name, tensor) if tensor.quantisation else name

    def restore(self, tensor: Tensor, whole: str) -> None:
        """Say that the quantised `tensor` is what the whole numbers `whole` stand for."""
        self._names[tensor.index] = quantised.restored(self, whole, tensor)

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

    def operand(self, operator: Operator, position: int, order: tuple[int, ...]) -> str:
        """The ONNX value of a constant input of `operator`, its axes in another order."""
        tensor = operator.inputs[position]
        if tensor.quantisation is not None and tensor.data is not None:
            return quantised.weights(self, tensor, tensor.data, order)
        return self.constant(self.weights(operator, position).transpose(order))

    def integers(self, operator: Operator, position: int) -> list[int]:
        """An integer constant input of `operator`, flattened."""
        array = self.array(operator.inputs[position])
        if array is None or array.dtype.kind != "i":
            operator.refuse(f"its input {position} is not a constant of integers")
        return [int(value) for value in array.reshape(-1)]

    def postpone(self, tensor: Tensor, source: Tensor, padding: Padding) -> None:
        """Let the readers of `tensor` read `source` and pad it by themselves."""
        self._paddings[tensor.index] = padding
        self._names[tensor.index] = self.name(source)

    def postponed(self, tensor: Tensor) -> Padding:
        """The padding that a reader of `tensor` has to do."""
        return self._paddings.get(tensor.index, NO_PADDING)

    def finish(self, operator: Operator, name: str, activation: int = _NONE) -> None:
        """Bind the operator's output to `name`, behind its fused activation."""
        if activation == _RELU:
            name = self.node("Relu", [name])
        elif activation == _RELU6 and not quantised.within(operator.outputs[0], 0, 6):
            low, high = self.constant(np.array(0, np.float32)), self.constant(np.array(6, np.float32))
            name = self.node("Clip", [name, low, high])
        elif activation not in (_NONE, _RELU6):
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
