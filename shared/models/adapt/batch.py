"""A graph that was exported for one picture at a time, made to take any number.

Exporters write the batch into constants: the first number of a Reshape's shape, the sizes of a Resize, the
axes of a mean. Those are rewritten where the shapes say what they mean; whether the result is right is for
`trial` to see.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, numpy_helper, shape_inference

from shared.models.errors import ModelError

_N = "N"
_SIZES = 3  # position among the inputs of Resize


@dataclass(frozen=True)
class _Known:
    """What is known of the values of a graph for one picture, and the constants that are made for it."""

    shapes: dict[str, list[int | None]]
    constants: dict[str, NDArray[np.int64]]
    made: list[TensorProto]

    def one_first(self, value: str) -> bool:
        """Whether `value` is computed and its first axis is 1: a batch of one picture."""
        return value not in self.constants and self.shapes.get(value, [])[:1] == [1]

    def add(self, array: NDArray[np.int64] | NDArray[np.float32]) -> str:
        """Keep a new constant and give its name."""
        name = f"kinestream/freed_{len(self.made)}"
        self.made.append(numpy_helper.from_array(array, name))
        return name


def freed(model: ModelProto) -> ModelProto:
    """A copy of `model` whose first axis, everywhere it says 1, is any number."""
    free = ModelProto()
    free.CopyFrom(model)
    known = _Known(_shapes(model), _constants(model), [])
    for node in free.graph.node:
        if node.op_type == "Reshape":
            _free_reshape(node, known)
        elif node.op_type == "Resize":
            _free_resize(node, known)
        elif node.op_type.startswith("Reduce"):
            _free_reduction(node, known)
    free.graph.initializer.extend(known.made)
    forget_shapes(free)
    for value in (*free.graph.input, *free.graph.output):
        axes = value.type.tensor_type.shape.dim
        if axes:
            axes[0].dim_param = _N
    return free


def forget_shapes(model: ModelProto) -> None:
    """Drop what the file says of the values inside: it may be wrong from now on."""
    del model.graph.value_info[:]


def _free_reshape(node: NodeProto, known: _Known) -> None:
    """As many as come in, instead of 1."""
    after = known.constants.get(node.input[1])
    if after is None or not after.size or _number(node, "allowzero", 0) or not known.one_first(node.input[0]):
        return
    if after[0] == 1:
        target = after.copy()
        target[0] = 0
        node.input[1] = known.add(target)


def _free_resize(node: NodeProto, known: _Known) -> None:
    """Factors instead of sizes."""
    before = known.shapes.get(node.input[0])
    after = known.constants.get(node.input[_SIZES]) if len(node.input) > _SIZES else None
    if (
        not before
        or after is None
        or len(before) != len(after)
        or any(one.name == "axes" for one in node.attribute)
    ):
        return
    pairs = [(int(new), old) for new, old in zip(after, before, strict=True) if old]
    if len(pairs) == len(before):
        del node.input[_SIZES]
        node.input[_SIZES - 1] = known.add(np.array([new / old for new, old in pairs], np.float32))


def _free_reduction(node: NodeProto, known: _Known) -> None:
    """A mean or sum over the pictures, too, was none while there was one."""
    if not known.one_first(node.input[0]) or not _number(node, "keepdims", 1):
        return
    rank = len(known.shapes[node.input[0]])
    attribute = next((one for one in node.attribute if one.name == "axes"), None)
    if attribute is not None:
        attribute.ints[:] = [axis for axis in attribute.ints if axis % rank] or attribute.ints
    elif len(node.input) > 1 and node.input[1] in known.constants:
        axes = known.constants[node.input[1]]
        if (axes % rank).any():
            node.input[1] = known.add(axes[axes % rank != 0])


def _number(node: NodeProto, name: str, default: int) -> int:
    return next((attribute.i for attribute in node.attribute if attribute.name == name), default)


def _shapes(model: ModelProto) -> dict[str, list[int | None]]:
    """What shape inference knows of each value; None for an axis that it does not."""
    try:
        known = shape_inference.infer_shapes(model, data_prop=True).graph
    except (shape_inference.InferenceError, RuntimeError) as error:
        raise ModelError(f"its shapes do not hold together: {' '.join(str(error).split())[:200]}") from error
    shapes: dict[str, list[int | None]] = {}
    for value in (*known.input, *known.value_info):
        axes = value.type.tensor_type.shape.dim
        shapes[value.name] = [axis.dim_value if axis.HasField("dim_value") else None for axis in axes]
    return shapes


def _constants(model: ModelProto) -> dict[str, NDArray[np.int64]]:
    """The constants of whole numbers, wherever they stand."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            tensors[node.output[0]] = node.attribute[0].t
    return {
        name: numpy_helper.to_array(tensor)
        for name, tensor in tensors.items()
        if tensor.data_type == TensorProto.INT64
    }
