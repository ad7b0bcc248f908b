"""Convolutions and the paddings before them."""

import numpy as np

from shared.models.convert.geometry import NO_PADDING, VALID, Padding, Window
from shared.models.convert.source import Operator, Tensor
from shared.models.convert.translation import Translation

_CONVOLUTIONS = {"CONV_2D", "DEPTHWISE_CONV_2D"}
_CUSTOM_SAME = 1  # MediaPipe's own operator counts SAME 1, VALID 2


def padded_by_readers(graph: Translation, tensor: Tensor, amounts: list[int]) -> Padding | None:
    """The padding, if every reader of the padded `tensor` is a convolution that can do it itself.

    `amounts` are 8 numbers: before and after, for pictures, rows, columns, channels.
    """
    top, bottom, left, right = amounts[2:6]
    readers = graph.graph.users(tensor)
    foldable = (
        not any(amounts[:2] + amounts[6:])
        and tensor not in graph.graph.outputs
        and readers
        and all(op.kind in _CONVOLUTIONS and op.options.Padding() == VALID for op in readers)
    )
    return Padding(top, left, bottom, right) if foldable else None


def convolve(graph: Translation, op: Operator) -> None:
    """CONV_2D: weights are (out, rows, columns, in)."""
    _convolve(graph, op, (0, 3, 1, 2))


def convolve_depthwise(graph: Translation, op: Operator) -> None:
    """DEPTHWISE_CONV_2D: weights are (1, rows, columns, out), one group for each channel that comes in."""
    _convolve(graph, op, (3, 0, 1, 2))


def _convolve(graph: Translation, op: Operator, order: tuple[int, ...]) -> None:
    """`order` brings the weights' axes into ONNX's order: out, in, rows, columns."""
    source, options = op.inputs[0], op.options
    _, inward, rows, columns = (op.inputs[1].shape[axis] for axis in order)
    window = Window(
        (rows, columns),
        (options.StrideH(), options.StrideW()),
        (options.DilationHFactor(), options.DilationWFactor()),
    )
    padding = graph.postponed(source)
    if padding == NO_PADDING:
        padding = window.padding(options.Padding(), source.shape)
    name = graph.node(
        "Conv",
        [graph.name(source), graph.operand(op, 1, order), *_bias(graph, op)],
        kernel_shape=list(window.kernel),
        strides=list(window.strides),
        dilations=list(window.dilations),
        pads=padding.onnx,
        group=source.shape[3] // inward,
    )
    graph.finish(op, name, options.FusedActivationFunction())


def _bias(graph: Translation, op: Operator) -> list[str]:
    return [graph.operand(op, 2, (0,))] if len(op.inputs) > 2 else []


def transpose_biased(graph: Translation, op: Operator) -> None:
    """MediaPipe's transposed convolution with a bias, whose kernel is as large as its stride.

    Then no two output pixels share a sum: it is a 1 x 1 convolution to kernel x kernel x out channels,
    unfolded into space. Exact, and faster than ConvTranspose.
    """
    padding, stride_x, stride_y = np.frombuffer(op.custom[:12], "<i4").tolist()
    weights = graph.weights(op, 1)  # (out, rows, columns, in)
    out, rows, columns, channels = weights.shape
    before, after = op.inputs[0].shape, op.outputs[0].shape
    expected = (before[0], before[1] * stride_y, before[2] * stride_x, out)
    if (
        (rows, columns) != (stride_y, stride_x)
        or rows != columns
        or padding != _CUSTOM_SAME
        or after != expected
    ):
        op.refuse(f"only a square kernel as large as the stride is known, not {rows} x {columns}")
    kernels = weights.transpose(1, 2, 0, 3).reshape(rows * columns * out, channels, 1, 1)
    bias = np.tile(graph.weights(op, 2), rows * columns)
    inputs = [graph.name(op.inputs[0]), graph.constant(kernels), graph.constant(bias)]
    name = graph.node("Conv", inputs, kernel_shape=[1, 1])
    graph.finish(op, graph.node("DepthToSpace", [name], blocksize=rows, mode="DCR"))
