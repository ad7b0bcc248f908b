"""A .tflite file read into plain frozen structs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import tflite
from numpy.typing import NDArray

from shared.models.convert.sparse import Compressed, Dense, densify
from shared.models.errors import ModelError

_DTYPES: dict[int, np.dtype[Any]] = {
    tflite.TensorType.FLOAT32: np.dtype("<f4"),
    tflite.TensorType.FLOAT16: np.dtype("<f2"),
    tflite.TensorType.INT32: np.dtype("<i4"),
    tflite.TensorType.INT64: np.dtype("<i8"),
    tflite.TensorType.INT8: np.dtype("<i1"),
    tflite.TensorType.UINT8: np.dtype("<u1"),
}
_INDEX_VECTORS = {1: tflite.Int32Vector, 2: tflite.Uint16Vector, 3: tflite.Uint8Vector}


@dataclass(frozen=True)
class Quantisation:
    """Whole numbers q stand for scale * (q - zero point); one of each, or one for each index of `axis`."""

    scales: NDArray[np.float32]
    zeros: NDArray[np.int64]
    axis: int


@dataclass(frozen=True)
class Tensor:
    """A value of the graph; `shape` is as in the file (rows, columns, channels), `data` is None unless it
    is a constant. `quantisation` is None where numbers stand for themselves.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any] | None  # None: a kind that the converter does not know
    data: NDArray[Any] | None = field(repr=False)
    quantisation: Quantisation | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Operator:
    """One step; `options` is its table in the file (None for a custom operator, which has `custom` bytes)."""

    kind: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    options: Any
    custom: bytes
    origin: str

    def refuse(self, why: str) -> NoReturn:
        """Raise the error that says that this operator cannot be converted."""
        raise ModelError(f"{self.origin}: operator {self.kind} cannot be converted to ONNX: {why}")


@dataclass(frozen=True)
class Graph:
    origin: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: tuple[Operator, ...]

    def users(self, tensor: Tensor) -> list[Operator]:
        """The operators that read `tensor`."""
        return [op for op in self.operators if any(one.index == tensor.index for one in op.inputs)]


def read(data: bytes, origin: str) -> Graph:
    """Read the first graph of a .tflite file; `origin` names it in messages.

    Raises:
        ModelError: it is no such file, or a tensor is stored in a way that is not known here.
    """
    if not tflite.Model.ModelBufferHasIdentifier(data, 0):
        raise ModelError(f"{origin}: not a TFLite file")
    model = tflite.Model.GetRootAs(data, 0)
    graph = model.Subgraphs(0)
    tensors = [_tensor(model, graph, index, origin) for index in range(graph.TensorsLength())]
    return Graph(
        origin,
        tuple(tensors[i] for i in graph.InputsAsNumpy()),
        tuple(tensors[i] for i in graph.OutputsAsNumpy()),
        tuple(_operators(model, graph, tensors, origin)),
    )


def _operators(model: Any, graph: Any, tensors: list[Tensor], origin: str) -> Iterator[Operator]:
    for index in range(graph.OperatorsLength()):
        raw = graph.Operators(index)
        yield Operator(
            kind=_kind(model.OperatorCodes(raw.OpcodeIndex())),
            inputs=tuple(tensors[i] for i in raw.InputsAsNumpy() if i >= 0),  # -1: an optional input left out
            outputs=tuple(tensors[i] for i in raw.OutputsAsNumpy()),
            options=_options(raw),
            custom=raw.CustomOptionsAsNumpy().tobytes() if raw.CustomOptionsLength() else b"",
            origin=origin,
        )


def _kind(code: Any) -> str:
    # Files of different ages keep the number in one of two fields.
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    if number == tflite.BuiltinOperator.CUSTOM:
        return str(code.CustomCode().decode())
    return _constant_name(tflite.BuiltinOperator, number)


def _options(raw: Any) -> Any:
    table = raw.BuiltinOptions()
    if table is None:
        return None
    options = getattr(tflite, _constant_name(tflite.BuiltinOptions, raw.BuiltinOptionsType()))()
    options.Init(table.Bytes, table.Pos)
    return options


def _constant_name(constants: type, number: int) -> str:
    # Since Python 3.13 a class has numbers of its own (__firstlineno__).
    names = (name for name, value in vars(constants).items() if value == number and not name.startswith("_"))
    return next(names, f"number {number}")


def _tensor(model: Any, graph: Any, index: int, origin: str) -> Tensor:
    raw = graph.Tensors(index)
    shape = tuple(int(size) for size in raw.ShapeAsNumpy()) if raw.ShapeLength() else ()
    name = raw.Name().decode()
    buffer = model.Buffers(raw.Buffer())
    dtype, quantisation = _DTYPES.get(raw.Type()), _quantisation(raw)
    if not buffer.DataLength():
        return Tensor(index, name, shape, dtype, None, quantisation)
    if dtype is None:
        kind = _constant_name(tflite.TensorType, raw.Type())
        raise ModelError(f"{origin}: tensor {name} holds {kind} constants, which the converter does not know")
    values = np.frombuffer(buffer.DataAsNumpy().tobytes(), dtype)
    try:
        data = densify(values, shape, _levels(raw.Sparsity())) if raw.Sparsity() else values.reshape(shape)
    except ValueError as error:
        raise ModelError(f"{origin}: tensor {name}: {error}") from error
    return Tensor(index, name, shape, dtype, data, quantisation)


def _quantisation(raw: Any) -> Quantisation | None:
    table = raw.Quantization()
    if table is None or not table.ScaleLength():
        return None
    scales = np.asarray(table.ScaleAsNumpy(), np.float32)
    zeros = (
        np.asarray(table.ZeroPointAsNumpy(), np.int64) if table.ZeroPointLength() else np.zeros(1, np.int64)
    )
    return Quantisation(scales, np.broadcast_to(zeros, scales.shape), table.QuantizedDimension())


def _levels(sparsity: Any) -> list[Dense | Compressed]:
    order = sparsity.TraversalOrderAsNumpy().tolist()
    if sparsity.BlockMapLength() or order != list(range(len(order))):
        raise ValueError("its sparse form has blocks or another order, which the converter does not know")
    return [_level(sparsity.DimMetadata(i)) for i in range(sparsity.DimMetadataLength())]


def _level(metadata: Any) -> Dense | Compressed:
    if metadata.Format() == tflite.DimensionType.DENSE:
        return Dense(metadata.DenseSize())
    return Compressed(
        _indices(metadata.ArraySegmentsType(), metadata.ArraySegments()),
        _indices(metadata.ArrayIndicesType(), metadata.ArrayIndices()),
    )


def _indices(kind: int, table: Any) -> NDArray[np.int64]:
    vector = _INDEX_VECTORS[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.asarray(vector.ValuesAsNumpy(), np.int64)
