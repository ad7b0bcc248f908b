"""Less than single precision: made from the cached model, and only trusted where the answers stay right."""

from typing import Final

import numpy as np

from shared.models.errors import ModelError
from shared.models.registry import Entry
from shared.models.running.runs import Batch, Outputs

PICTURES: Final = 2
_SEED: Final = 20
# Shares of an output's largest value. The root mean square is what a decoder feels: 0.2 % is half a pixel of
# a landmark in a crop of 256. Of a thousand values one may be off by more than 2 %: among the 300,000 of
# YOLOX-nano the worst is off by 4 % in half precision, in a cell that nobody asks.
_MEAN_SHARE: Final = 0.002
_PEAK_SHARE: Final = 0.02
_PEAK_RANK: Final = 0.999


def to_half(data: bytes, name: str) -> bytes:
    """The same network with weights and sums in half precision; its input and outputs stay as they are.

    ONNX Runtime's own converter, which leaves out the operators that know no half precision; those of
    quantised weights know it from opset 19 on only.
    Source: https://onnxruntime.ai/docs/performance/model-optimizations/float16.html

    Raises:
        ModelError: the package `onnx` is missing, or the converter cannot do it.
    """
    try:
        import onnx  # noqa: PLC0415 - only a worker with a GPU and half precision needs them
        from onnxruntime.transformers import float16  # noqa: PLC0415
    except ImportError as error:
        raise ModelError(
            f"{name}: half precision needs the package onnx ({error}); pip install onnx"
        ) from error
    whole = [*float16.DEFAULT_OP_BLOCK_LIST, "DequantizeLinear", "QuantizeLinear"]
    try:
        model = float16.convert_float_to_float16(
            onnx.load_from_string(data), keep_io_types=True, op_block_list=whole
        )
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        raise ModelError(f"{name}: no half precision: {' '.join(str(error).split())[:200]}") from error
    return bytes(model.SerializeToString(deterministic=True))


def pictures(entry: Entry) -> Batch:
    """(PICTURES, height, width, 3): the same smooth colours with some grain every time."""
    generator = np.random.default_rng(_SEED)
    height, width = entry.input.height, entry.input.width
    coarse = generator.uniform(0, 255, (PICTURES, 8, 8, 3))
    rows, columns = np.arange(height) * 8 // height, np.arange(width) * 8 // width
    grain = generator.normal(0, 12, (PICTURES, height, width, 3))
    return np.clip(coarse[:, rows][:, :, columns] + grain, 0, 255).astype(np.uint8)


def deviation(reference: Outputs, found: Outputs) -> str:
    """What of `found` is too far from `reference`, for a person; empty where all is right.

    An output is measured against its largest value, but at least against 1: probabilities and metres are.
    """
    for name, wanted in reference.items():
        scale = max(1.0, float(np.abs(wanted).max(initial=0.0)))
        off = np.abs(wanted.astype(np.float64) - found[name]) / scale
        mean, peak = float(np.sqrt(np.mean(off**2))), float(np.quantile(off, _PEAK_RANK, method="higher"))
        if not (mean <= _MEAN_SHARE and peak <= _PEAK_SHARE):  # so that NaN is too far as well
            return (
                f"{name} is off by {mean:.2%} of its range (at most {_MEAN_SHARE:.1%}),"
                f" {peak:.2%} where it is worst (at most {_PEAK_SHARE:.0%})"
            )
    return ""
