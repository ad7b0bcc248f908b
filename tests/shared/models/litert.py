"""LiteRT as the reference that conversions are held against."""

from collections.abc import Callable
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from shared.models.registry import Entry

CUSTOM = b"Convolution2DTransposeBias"
KERNELS = {"xnnpack": OpResolverType.AUTO, "builtin": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES}


class Reference:
    """One source model in LiteRT; outputs come in the layout of ours."""

    def __init__(self, source: bytes, entry: Entry, kernels: str) -> None:
        self.entry = entry
        self._interpreter = Interpreter(
            model_content=with_builtin_transpose(source),
            num_threads=1,
            experimental_op_resolver_type=KERNELS[kernels],
        )
        self._interpreter.allocate_tensors()

    def run(self, picture: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        return self.answer(self.pixels(picture))

    def pixels(self, picture: NDArray[np.uint8]) -> NDArray[Any]:
        """The picture as the file wants it."""
        (source,), wanted = self._interpreter.get_input_details(), self.entry.input
        if source["dtype"] != np.float32:
            return picture
        return np.asarray((picture - np.array(wanted.mean)) / wanted.std, np.float32)

    def answer(self, pixels: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """What the model says of prepared pixels."""
        (source,) = self._interpreter.get_input_details()
        self._interpreter.set_tensor(source["index"], pixels[None])
        self._interpreter.invoke()
        values = [self._floats(detail) for detail in self._interpreter.get_output_details()]
        return {
            output.name: np.moveaxis(value, 3, 1) if value.ndim == 4 else value
            for output, value in zip(self.entry.outputs, values, strict=True)
        }

    def steps(self) -> dict[str, float]:
        """How much one step of each quantised output is."""
        details = self._interpreter.get_output_details()
        return {
            output.name: detail["quantization"][0]
            for output, detail in zip(self.entry.outputs, details, strict=True)
        }

    def _floats(self, detail: dict[str, Any]) -> NDArray[np.float32]:
        value = self._interpreter.get_tensor(detail["index"])
        if value.dtype == np.float32:
            return np.asarray(value, np.float32)
        scale, zero = detail["quantization"]
        return np.asarray((value.astype(np.float32) - zero) * scale, np.float32)


def edit(source: bytes, change: Callable[[Any], None]) -> bytes:
    """The .tflite bytes after `change` has worked on the model's objects."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(source, 0))
    change(model)
    builder = flatbuffers.Builder(len(source))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def with_builtin_transpose(source: bytes) -> bytes:
    """MediaPipe's custom transposed convolution said with LiteRT's own (version 3 has the bias)."""
    return edit(source, _swap_transpose) if CUSTOM in source else source


def _swap_transpose(model: Any) -> None:
    graph = model.subgraphs[0]
    for number, code in enumerate(model.operatorCodes):
        if code.customCode == CUSTOM:
            code.customCode, code.version = None, 3
            code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.TRANSPOSE_CONV
            for op in graph.operators:
                if op.opcodeIndex == number:
                    _use_builtin(model, graph, op)


def _use_builtin(model: Any, graph: Any, op: Any) -> None:
    padding, stride_x, stride_y = np.frombuffer(bytes(op.customOptions)[:12], "<i4").tolist()
    options = schema.TransposeConvOptionsT()
    options.padding, options.strideW, options.strideH = padding - 1, stride_x, stride_y
    source, weights, bias = op.inputs
    shape = np.asarray(graph.tensors[op.outputs[0]].shape, "<i4")
    op.inputs = [_constant(model, graph, shape), weights, source, bias]
    op.builtinOptionsType = schema.BuiltinOptions.TransposeConvOptions
    op.builtinOptions, op.customOptions = options, None


def _constant(model: Any, graph: Any, values: NDArray[np.int32]) -> int:
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor = schema.TensorT()
    tensor.shape, tensor.type, tensor.name = [len(values)], schema.TensorType.INT32, b"shape"
    tensor.buffer = len(model.buffers) - 1
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1
