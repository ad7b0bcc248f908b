"""Whole numbers that stand for fractions, said in ONNX as pairs of QuantizeLinear and DequantizeLinear.

Around every operator the values are floats; ONNX Runtime melts the pairs and the operator between them into
one on whole numbers. Measured on PoseNet 353 x 481 and a real picture, one thread: the pairs give LiteRT's
bytes (XNNPACK; its built-in kernels are up to 73 steps away) in 13.5 ms against LiteRT's 12.4; floats without
the steps in between are up to 51 steps away and take 25 ms.

Source: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.models.convert.nodes import Nodes
from shared.models.convert.source import Quantisation, Tensor
from shared.models.entries import Input
from shared.models.errors import ModelError

_BYTE = np.dtype("<u1")
_WHOLE = {_BYTE, np.dtype("<i1"), np.dtype("<i4")}


def rounded(nodes: Nodes, name: str, tensor: Tensor) -> str:
    """The float value `name` with the steps and the bounds of the quantised `tensor`."""
    return restored(nodes, nodes.node("QuantizeLinear", [name, *_steps(nodes, tensor)]), tensor)


def restored(nodes: Nodes, whole: str, tensor: Tensor, **axis: Any) -> str:
    """The floats that the whole numbers `whole` stand for."""
    return nodes.node("DequantizeLinear", [whole, *_steps(nodes, tensor)], **axis)


def weights(nodes: Nodes, tensor: Tensor, data: NDArray[Any], order: tuple[int, ...]) -> str:
    """The constant `data` of a quantised tensor, its axes in another order, as floats."""
    scales = _quantisation(tensor)
    axis = {"axis": order.index(scales.axis)} if scales.scales.size > 1 else {}
    return restored(nodes, nodes.constant(data.transpose(order)), tensor, **axis)


def within(tensor: Tensor, low: float, high: float) -> bool:
    """Whether `tensor` is quantised and holds nothing below `low` or above `high`: it needs no clip."""
    if tensor.quantisation is None:
        return False
    scale, zero = tensor.quantisation.scales[0], tensor.quantisation.zeros[0]
    bounds = np.iinfo(tensor.dtype)
    return bool(scale * (bounds.min - zero) >= low and scale * (bounds.max - zero) < high + scale)


def check_picture(tensor: Tensor, wanted: Input, origin: str) -> None:
    """Refuse a quantised input whose steps are not the registry's normalisation of bytes.

    Raises:
        ModelError: says which mean and std the file has.
    """
    quantisation = _quantisation(tensor)
    mean, std = float(quantisation.zeros[0]), 1 / float(quantisation.scales[0])
    if tensor.dtype != _BYTE or wanted.mean != (mean,) * 3 or not np.allclose(wanted.std, std, rtol=1e-6):
        raise ModelError(
            f"{origin}: its pictures are {tensor.dtype} with mean {mean:g} and std {std:g},"
            " not as the registry says"
        )


def _steps(nodes: Nodes, tensor: Tensor) -> list[str]:
    quantisation = _quantisation(tensor)
    if tensor.dtype not in _WHOLE:
        raise ModelError(f"tensor {tensor.name} is quantised as {tensor.dtype}, which ONNX does not know")
    scales, zeros = quantisation.scales, quantisation.zeros.astype(tensor.dtype)
    if scales.size == 1:
        scales, zeros = scales.reshape(()), zeros.reshape(())
    return [nodes.constant(scales), nodes.constant(zeros)]


def _quantisation(tensor: Tensor) -> Quantisation:
    if tensor.quantisation is None:
        raise ValueError(f"tensor {tensor.name} is not quantised")
    return tensor.quantisation
