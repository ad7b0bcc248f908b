"""How each TFLite operator is said in ONNX; `RULES` is the table. Convolutions are in their own module."""

from collections.abc import Callable

import numpy as np

from shared.models.convert.convolutions import (
    convolve,
    convolve_depthwise,
    padded_by_readers,
    transpose_biased,
)
from shared.models.convert.geometry import AXES, Window, channels_first
from shared.models.convert.source import Operator, Tensor
from shared.models.convert.translation import Translation

Rule = Callable[[Translation, Operator], None]


def _dequantize(graph: Translation, op: Operator) -> None:
    """Half-precision weights; real quantisation never gets this far."""
    graph.fold(op.outputs[0], graph.weights(op, 0))


def _quantize(graph: Translation, op: Operator) -> None:
    """To other steps, or to floats' first ones: what `bind` does for every quantised result."""
    graph.finish(op, graph.name(op.inputs[0]))


def _densify(graph: Translation, op: Operator) -> None:
    """Sparse weights were made dense when they were read."""
    array = graph.array(op.inputs[0])
    if array is None:
        op.refuse("its input is not a constant")
    graph.fold(op.outputs[0], array)


def _pad(graph: Translation, op: Operator) -> None:
    source, amounts = op.inputs[0], graph.integers(op, 1)
    if len(source.shape) != 4:
        op.refuse(f"it pads an array of shape {source.shape}")
    padding = padded_by_readers(graph, op.outputs[0], amounts)
    if padding is not None:
        graph.postpone(op.outputs[0], source, padding)
        return
    order = (0, 3, 1, 2)
    pads = [amounts[2 * axis] for axis in order] + [amounts[2 * axis + 1] for axis in order]
    graph.finish(op, graph.node("Pad", [graph.name(source), graph.constant(np.array(pads, np.int64))]))


def _operand(graph: Translation, op: Operator, tensor: Tensor) -> str:
    array = graph.array(tensor)
    if array is None:
        return graph.name(tensor)
    if array.size > 1 and (array.ndim not in {1, 4} or len(op.outputs[0].shape) != 4):
        op.refuse(f"a constant of shape {array.shape} beside a result of shape {op.outputs[0].shape}")
    return graph.constant(channels_first(array.astype(np.float32)))


def _binary(kind: str) -> Rule:
    def rule(graph: Translation, op: Operator) -> None:
        operands = [_operand(graph, op, tensor) for tensor in op.inputs]
        graph.finish(op, graph.node(kind, operands), op.options.FusedActivationFunction())

    return rule


def _unary(kind: str) -> Rule:
    def rule(graph: Translation, op: Operator) -> None:
        graph.finish(op, graph.node(kind, [graph.name(op.inputs[0])]))

    return rule


def _pool(kind: str) -> Rule:
    def rule(graph: Translation, op: Operator) -> None:
        source, options = op.inputs[0], op.options
        kernel = (options.FilterHeight(), options.FilterWidth())
        window = Window(kernel, (options.StrideH(), options.StrideW()))
        if kind == "AveragePool" and kernel == source.shape[1:3] and op.outputs[0].shape[1:3] == (1, 1):
            name = graph.node("GlobalAveragePool", [graph.name(source)])
        else:
            pads = window.padding(options.Padding(), source.shape).onnx
            name = graph.node(
                kind, [graph.name(source)], kernel_shape=list(kernel), strides=list(window.strides), pads=pads
            )
        graph.finish(op, name, options.FusedActivationFunction())

    return rule


def _mean(graph: Translation, op: Operator) -> None:
    axes = sorted(graph.integers(op, 1))
    if axes != [1, 2] or not op.options.KeepDims() or len(op.inputs[0].shape) != 4:
        op.refuse(f"only a mean over rows and columns that keeps them is known, not axes {axes}")
    graph.finish(op, graph.node("GlobalAveragePool", [graph.name(op.inputs[0])]))


def _resize_bilinear(graph: Translation, op: Operator) -> None:
    """Factors, not sizes: sizes would fix the number of pictures."""
    before, after = op.inputs[0].shape[1:3], graph.integers(op, 1)
    factors = np.array([1, 1, after[0] / before[0], after[1] / before[1]], np.float32)
    if [int(size * factor) for size, factor in zip(before, factors[2:], strict=True)] != after:
        op.refuse(f"from {before} to {after} is no factor that comes out exactly")
    if op.options.AlignCorners():
        mode = "align_corners"
    else:
        mode = "half_pixel" if op.options.HalfPixelCenters() else "asymmetric"
    name = graph.node(
        "Resize",
        [graph.name(op.inputs[0]), "", graph.constant(factors)],
        mode="linear",
        coordinate_transformation_mode=mode,
    )
    graph.finish(op, name)


def _depth_to_space(graph: Translation, op: Operator) -> None:
    size = op.options.BlockSize()
    graph.finish(op, graph.node("DepthToSpace", [graph.name(op.inputs[0])], blocksize=size, mode="DCR"))


def _reshape(graph: Translation, op: Operator) -> None:
    before, after = op.inputs[0].shape, op.outputs[0].shape
    if before[0] != after[0] or len(after) > 3:
        op.refuse(f"from {before} to {after} mixes pictures or gives four axes")
    name = graph.name(op.inputs[0])
    if len(before) == 4 and before[1:3] != (1, 1):  # the values' order is that of channels last
        name = graph.node("Transpose", [name], perm=[0, 2, 3, 1])
    shape = graph.constant(np.array([0, *after[1:]], np.int64))  # 0: as many pictures as came in
    graph.finish(op, graph.node("Reshape", [name, shape]))


def _concatenate(graph: Translation, op: Operator) -> None:
    rank = len(op.outputs[0].shape)
    axis = op.options.Axis() % rank
    if axis == 0:
        op.refuse("it joins along the pictures")
    names = [_operand(graph, op, tensor) for tensor in op.inputs]
    name = graph.node("Concat", names, axis=AXES[axis] if rank == 4 else axis)
    graph.finish(op, name, op.options.FusedActivationFunction())


RULES: dict[str, Rule] = {
    "ADD": _binary("Add"),
    "AVERAGE_POOL_2D": _pool("AveragePool"),
    "CONCATENATION": _concatenate,
    "CONV_2D": convolve,
    "Convolution2DTransposeBias": transpose_biased,
    "DENSIFY": _densify,
    "DEPTHWISE_CONV_2D": convolve_depthwise,
    "DEPTH_TO_SPACE": _depth_to_space,
    "DEQUANTIZE": _dequantize,
    "HARD_SWISH": _unary("HardSwish"),
    "LOGISTIC": _unary("Sigmoid"),
    "MAX_POOL_2D": _pool("MaxPool"),
    "MEAN": _mean,
    "MUL": _binary("Mul"),
    "PAD": _pad,
    "QUANTIZE": _quantize,
    "RELU": _unary("Relu"),
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize_bilinear,
}
