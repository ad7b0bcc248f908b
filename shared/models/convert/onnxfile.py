"""One .tflite file in, the bytes of one ONNX file out."""

import onnx
from onnx import TensorProto, helper

from shared.models.convert import BATCH, INPUT, VERSION, quantised
from shared.models.convert.operators import RULES
from shared.models.convert.source import Graph, Operator, read
from shared.models.convert.translation import Translation
from shared.models.entries import Entry
from shared.models.errors import ModelError

_OPSET = 17
_IR_VERSION = 8  # what opset 17 came with: every ONNX Runtime that knows the opset reads it


def convert(source: bytes, entry: Entry) -> bytes:
    """Convert the .tflite bytes of `entry`; the same input gives the same bytes.

    The result takes `image` (N, height, width, 3) uint8 RGB and gives `entry.kept`, float32, N first.

    Raises:
        ModelError: the file holds something the converter does not know, or not what the registry says.
    """
    graph = read(source, entry.file)
    _check(graph, entry)
    translation = Translation(graph)
    _bind_picture(translation, entry)
    for op in graph.operators:
        _rule(translation, op)
    for tensor, output in zip(graph.outputs, entry.outputs, strict=True):
        if output in entry.kept:
            translation.node("Identity", [translation.name(tensor)], output.name)
    translation.prune({output.name for output in entry.kept})
    model = _model(translation, entry)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{entry.file}: the converted model does not hold together: {reason}") from error
    return bytes(model.SerializeToString(deterministic=True))


def _bind_picture(translation: Translation, entry: Entry) -> None:
    picture = translation.graph.inputs[0]
    if picture.quantisation is None:
        translation.bind(picture, translation.image(INPUT, entry.input))
    else:
        quantised.check_picture(picture, entry.input, entry.file)
        translation.restore(picture, translation.pixels(INPUT, entry.input))


def _rule(translation: Translation, op: Operator) -> None:
    if op.kind not in RULES:
        op.refuse(f"the converter knows {', '.join(sorted(RULES))}")
    RULES[op.kind](translation, op)


def _model(translation: Translation, entry: Entry) -> onnx.ModelProto:
    wanted = entry.input
    image = helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["N", wanted.height, wanted.width, 3])
    outputs = [
        helper.make_tensor_value_info(one.name, TensorProto.FLOAT, ["N", *one.shape]) for one in entry.kept
    ]
    graph = helper.make_graph(translation.nodes, entry.name, [image], outputs, translation.initialisers)
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="kinestream",
        producer_version=str(VERSION),
    )
    properties = {"source_sha256": entry.sha256, "licence": entry.licence, BATCH: "any"}
    helper.set_model_props(model, properties)
    return model


def _check(graph: Graph, entry: Entry) -> None:
    """Refuse a file whose inputs and outputs are not those of the registry."""
    wanted = (1, entry.input.height, entry.input.width, 3)
    if [tensor.shape for tensor in graph.inputs] != [wanted]:
        raise ModelError(
            f"{entry.file}: its inputs are not one picture of shape {wanted} as the registry says"
        )
    shapes = [_channels_first(tensor.shape) for tensor in graph.outputs]
    if shapes != [output.shape for output in entry.outputs]:
        raise ModelError(f"{entry.file}: its outputs have shapes {shapes}, not those of the registry")


def _channels_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[3], shape[1], shape[2]) if len(shape) == 4 else shape[1:]
