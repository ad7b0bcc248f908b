"""The bytes of an ONNX file as a graph that is safe to work on.

What is refused here can reach beyond the file: data kept elsewhere, and operators that need a library of
their own.
"""

from collections.abc import Iterator

import onnx
from google.protobuf.message import DecodeError
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, inliner

from shared.models.errors import ModelError
from shared.models.https import LARGEST_BYTES

_PREFIX = "source/"  # so that no name of the file meets one of ours
_OWN_DOMAINS = {"", "ai.onnx"}


def read(data: bytes, origin: str) -> ModelProto:
    """Read an ONNX file; `origin` names it in messages. Every name in the graph gets a prefix.

    Raises:
        ModelError: it is no sound ONNX file of its own, or needs operators that are not ONNX's.
    """
    if len(data) > LARGEST_BYTES:
        raise ModelError(f"{origin}: {len(data)} bytes are more than an ONNX file can have")
    try:
        model = onnx.load_from_string(data)
        model.ClearField("training_info")
        _refuse_elsewhere(model, origin)
        if model.functions:
            model = inliner.inline_local_functions(model)
        _refuse_foreign(model.graph, origin)
        onnx.checker.check_model(model)
    except (DecodeError, onnx.checker.ValidationError, RuntimeError, ValueError) as error:
        raise ModelError(f"{origin}: not a sound ONNX file: {' '.join(str(error).split())[:200]}") from error
    _prefix(model.graph)
    constants = {constant.name for constant in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    del model.graph.input[:]  # old exporters list constants among the inputs
    model.graph.input.extend(inputs)
    return model


def plain(name: str) -> str:
    """A name of the graph as the file has it."""
    return name.removeprefix(_PREFIX)


def _prefix(graph: GraphProto) -> None:
    """Every name, in inner graphs too: those read names of the outer one."""
    del graph.quantization_annotation[:]
    sparse = (one.values for one in graph.sparse_initializer)
    for named in (*graph.input, *graph.output, *graph.value_info, *graph.initializer, *sparse):
        named.name = _PREFIX + named.name
    for node in graph.node:
        node.name = node.name and _PREFIX + node.name
        for names in (node.input, node.output):
            names[:] = [name and _PREFIX + name for name in names]
        for attribute in node.attribute:
            for inner in _graphs(attribute):
                _prefix(inner)


def _refuse_elsewhere(model: ModelProto, origin: str) -> None:
    functions = (node for function in model.functions for node in function.node)
    tensors = [*_tensors(model.graph), *(one for node in functions for one in _of_node(node))]
    for tensor in tensors:
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            raise ModelError(
                f"{origin}: tensor {tensor.name!r} is kept in another file, which is not followed;"
                " save the model as one file (onnx.save without external data)"
            )


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        yield from _of_node(node)


def _of_node(node: NodeProto) -> Iterator[TensorProto]:
    for attribute in node.attribute:
        yield from (attribute.t, *attribute.tensors)
        for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
            yield from (sparse.values, sparse.indices)
        for graph in _graphs(attribute):
            yield from _tensors(graph)


def _graphs(attribute: AttributeProto) -> Iterator[GraphProto]:
    if attribute.HasField("g"):
        yield attribute.g
    yield from attribute.graphs


def _refuse_foreign(graph: GraphProto, origin: str) -> None:
    for node in graph.node:
        if node.domain not in _OWN_DOMAINS:
            raise ModelError(
                f"{origin}: operator {node.op_type} is of domain {node.domain!r};"
                " only ONNX's own operators are run"
            )
        for attribute in node.attribute:
            for inner in _graphs(attribute):
                _refuse_foreign(inner, origin)
