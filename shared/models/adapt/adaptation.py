"""One .onnx file in, the bytes of one that our sessions run."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, ValueInfoProto, helper

from shared.models.adapt import batch, reading, trial
from shared.models.cache import Made
from shared.models.convert import BATCH, INPUT, VERSION
from shared.models.convert.nodes import Nodes
from shared.models.entries import Batch, Entry, Output
from shared.models.errors import ModelError

_OURS = "kinestream/"
_FLOATS = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE}
_BATCH_AXES = 4
_RGB = 3


@dataclass(frozen=True)
class Entrance:
    """The input of a graph: a batch of pictures in one of two layouts, floats or bytes."""

    name: str
    elem_type: int
    channels_last: bool


def adapt(source: bytes, entry: Entry) -> Made:
    """Adapt the .onnx bytes of `entry`; the same input gives the same bytes.

    The result takes `image` (N, height, width, 3) uint8 RGB and gives `entry.kept`, float32, N first.

    Raises:
        ModelError: the file is unsound, reaches beyond itself, or is not what the registry says.
    """
    model = reading.read(source, entry.file)
    entrance = _entrance(model, entry)
    _enter(model, entrance, entry)
    _choose_outputs(model, entry)
    _leave(model, trial.once(model, entry), entrance, entry)
    singles = trial.one_by_one(model, entry)
    free = batch.freed(model)
    if trial.agrees(free, entry, singles):
        return _sealed(free, entry, singles, "any")
    return _sealed(model, entry, singles, "one")


def _entrance(model: ModelProto, entry: Entry) -> Entrance:
    """The graph's one input, which must have the registry's size where it has any."""
    inputs = model.graph.input
    if len(inputs) != 1:
        names = ", ".join(reading.plain(value.name) for value in inputs)
        raise ModelError(f"{entry.file}: it has the inputs {names}, not one picture")
    kind, wanted = inputs[0].type.tensor_type, (entry.input.height, entry.input.width)
    axes = [axis.dim_value if axis.HasField("dim_value") else None for axis in kind.shape.dim]
    if len(axes) == _BATCH_AXES and kind.elem_type in _FLOATS | {TensorProto.UINT8}:
        for channels_last, spatial in ((False, axes[2:]), (True, axes[1:3])):
            channels = axes[3] if channels_last else axes[1]
            fits = all(have in (None, want) for have, want in zip(spatial, wanted, strict=True))
            if channels == _RGB and fits and axes[0] in (None, 1):
                return Entrance(inputs[0].name, kind.elem_type, channels_last)
    height, width = wanted
    raise ModelError(
        f"{entry.file}: its input is {_said(axes)}, not one RGB picture of {height} x {width}"
        f" ((1, 3, {height}, {width}) or (1, {height}, {width}, 3)) as `input` says"
    )


def _said(axes: list[int | None]) -> str:
    return "(" + ", ".join("?" if size is None else str(size) for size in axes) + ")"


def _enter(model: ModelProto, entrance: Entrance, entry: Entry) -> None:
    """Put the picture's way into the graph before its first node."""
    nodes = Nodes(_OURS)
    if entrance.elem_type == TensorProto.UINT8:
        _refuse_normalisation(entry)
        value = nodes.pixels(INPUT, entry.input, entrance.channels_last)
        nodes.node("Identity", [value], entrance.name)
    else:
        value = nodes.image(INPUT, entry.input, entrance.channels_last)
        nodes.node("Cast", [value], entrance.name, to=entrance.elem_type)
    graph = model.graph
    old = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes.nodes, *old])
    graph.initializer.extend(nodes.initialisers)
    picture = [1, entry.input.height, entry.input.width, _RGB]
    graph.input[0].CopyFrom(helper.make_tensor_value_info(INPUT, TensorProto.UINT8, picture))
    batch.forget_shapes(model)


def _refuse_normalisation(entry: Entry) -> None:
    if {*entry.input.mean} != {0.0} or {*entry.input.std} != {1.0}:
        raise ModelError(
            f"{entry.file}: it takes bytes and normalises them itself:"
            " write mean = [0, 0, 0], std = [1, 1, 1]"
        )


def _choose_outputs(model: ModelProto, entry: Entry) -> None:
    """Leave the graph those outputs that are kept, in the order of the entry's."""
    given = {reading.plain(value.name): value for value in model.graph.output}
    chosen = [_chosen(given, output, place, entry) for place, output in enumerate(entry.outputs)]
    wanted = [value for value, output in zip(chosen, entry.outputs, strict=True) if output in entry.kept]
    copies = [ValueInfoProto.FromString(value.SerializeToString()) for value in wanted]
    del model.graph.output[:]
    model.graph.output.extend(copies)


def _chosen(given: dict[str, ValueInfoProto], output: Output, place: int, entry: Entry) -> ValueInfoProto:
    if output.source is None and len(given) == len(entry.outputs):
        return list(given.values())[place]
    name = output.source or output.name
    if name not in given:
        raise ModelError(
            f"{entry.file}: its outputs are {', '.join(given)}; say which of them is {output.name!r}:"
            f' outputs = [{{ name = "{output.name}", from = "..." }}]'
        )
    return given[name]


def _leave(model: ModelProto, raw: trial.Outputs, entrance: Entrance, entry: Entry) -> None:
    """Behind each output: channels first, floats of 32 bits, our name."""
    nodes = Nodes(f"{_OURS}out/")
    for value, output in zip(list(model.graph.output), entry.kept, strict=True):
        name, result = value.name, raw[value.name]
        if result.dtype.kind != "f":
            raise ModelError(f"{entry.file}: output {reading.plain(name)!r} gives {result.dtype}, not floats")
        if _channels_last(result, output, entrance, entry):
            name = nodes.node("Transpose", [name], perm=[0, 3, 1, 2])
        nodes.node("Cast", [name], output.name, to=TensorProto.FLOAT)
    model.graph.node.extend(nodes.nodes)
    outputs = [helper.make_tensor_value_info(one.name, TensorProto.FLOAT, None) for one in entry.kept]
    del model.graph.output[:]
    model.graph.output.extend(outputs)


def _channels_last(result: NDArray[Any], output: Output, entrance: Entrance, entry: Entry) -> bool:
    """Whether a map has its channels behind: as the registry's shape tells, else as two of its axes have the
    input's proportions, else as the input has them.
    """
    if result.ndim != _BATCH_AXES:
        return False
    _, first, second, third = result.shape
    if output.shape:
        return result.shape[1:] != output.shape and (third, first, second) == output.shape
    height, width = entry.input.height, entry.input.width
    behind, before = first * width == second * height, second * width == third * height
    return behind if behind != before else entrance.channels_last


def _sealed(model: ModelProto, entry: Entry, singles: trial.Outputs, together: Batch) -> Made:
    """The finished file: true shapes on its outputs, where it came from in its metadata."""
    first: int | str = "N" if together == "any" else 1
    for value in model.graph.output:
        shape = singles[value.name].shape[1:]
        expected = next(output.shape for output in entry.kept if output.name == value.name)
        if expected and shape != expected:
            raise ModelError(f"{entry.file}: output {value.name!r} has shape {shape}, not {expected}")
        value.CopyFrom(helper.make_tensor_value_info(value.name, TensorProto.FLOAT, [first, *shape]))
    model.producer_name, model.producer_version = "kinestream", str(VERSION)
    model.doc_string = model.graph.doc_string = ""
    del model.metadata_props[:]
    properties = {"source_sha256": entry.sha256, "licence": entry.licence, BATCH: together}
    helper.set_model_props(model, properties)
    data = bytes(model.SerializeToString(deterministic=True))
    return Made(data, {name: result.shape[1:] for name, result in singles.items()}, together)
