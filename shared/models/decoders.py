"""What each decoder asks of a model: its outputs, their shapes, a skeleton, and which parameters it takes.

The decoders themselves are in `shared.vision`; here is what a registry is checked against, first as it is
written (`check`), then against what the file really gives (`check_shapes`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.models.entries import Decoder, Entry, Task
from shared.models.errors import ModelError
from shared.nearest import hint

Points = Callable[[str], int]  # how many points the skeleton of a name has
Shapes = Mapping[str, tuple[int, ...]]  # of each output, per picture

_STRIDES = (8, 16, 32)  # YOLOX's grids. Source: https://arxiv.org/abs/2107.08430
_OBJECTNESS = 5  # columns before the classes


@dataclass(frozen=True)
class Number:
    """A parameter that is a number between two bounds, in steps from the lower one where `step` is not 0."""

    default: float
    least: float
    most: float
    step: int = 0

    def fault(self, value: float | str) -> str | None:
        """What is wrong with `value`, if anything is."""
        steps = f", in steps of {self.step}" if self.step else ""
        fault = f"must be a number from {self.least:g} to {self.most:g}{steps}"
        if isinstance(value, str) or not self.least <= value <= self.most:
            return fault
        return fault if self.step and (value - self.least) % self.step else None


@dataclass(frozen=True)
class Choice:
    """A parameter that is one of a few words."""

    default: str
    words: tuple[str, ...]

    def fault(self, value: float | str) -> str | None:
        """What is wrong with `value`, if anything is."""
        return None if value in self.words else f"must be one of {', '.join(self.words)}"


@dataclass(frozen=True)
class Needs:
    """One decoder's demands; `shape_fault` says what is wrong with shapes, if anything is."""

    task: Task
    outputs: tuple[str, ...]
    shape_fault: Callable[[Entry, Shapes, int], str | None]
    skeleton: bool = False
    parameters: Mapping[str, Number | Choice] = field(default_factory=dict)


def check(entry: Entry) -> None:
    """Refuse an entry that its decoder could not work with, as far as is written.

    Raises:
        ModelError: says what is missing, unknown or out of bounds.
    """
    needs = DECODERS[entry.decoder]
    names = [output.name for output in entry.kept]
    for name in needs.outputs:
        if name not in names:
            raise ModelError(f"model {entry.name}: decoder {entry.decoder} needs an output named {name!r}")
    if needs.skeleton and entry.skeleton is None:
        raise ModelError(f"model {entry.name}: decoder {entry.decoder} needs a `skeleton`")
    for name, value in entry.parameters.items():
        if name not in needs.parameters:
            known = f"; {hint(name, needs.parameters)}" if needs.parameters else ": it takes none"
            raise ModelError(
                f"model {entry.name}: decoder {entry.decoder} knows no parameter {name!r}{known}"
            )
        fault = needs.parameters[name].fault(value)
        if fault is not None:
            raise ModelError(f"model {entry.name}: parameter {name!r} {fault}, not {value!r}")


def check_shapes(entry: Entry, shapes: Shapes, points: Points | None = None) -> None:
    """Refuse a model whose outputs are not what its decoder reads.

    Args:
        entry: The model.
        shapes: What its outputs really are.
        points: Tells how many points a skeleton has (ValueError: unknown); without it they are not counted.

    Raises:
        ModelError: says which output is wrong, and what was expected.
    """
    count = 0
    if entry.skeleton is not None and points is not None:
        try:
            count = points(entry.skeleton)
        except ValueError as error:
            raise ModelError(f"model {entry.name}: {error}") from error
    fault = DECODERS[entry.decoder].shape_fault(entry, shapes, count)
    if fault is not None:
        raise ModelError(f"model {entry.name}: decoder {entry.decoder} {fault}")


def _rank(shapes: Shapes, ranks: Mapping[str, int]) -> str | None:
    for name, rank in ranks.items():
        if len(shapes[name]) != rank:
            return f"needs {name!r} with {rank} axes for each picture; the file's is {shapes[name]}"
    return None


def _channels(entry: Entry, shapes: Shapes, name: str, count: int) -> str | None:
    """`count` 0: nobody knows."""
    if count and shapes[name][0] != count:
        return (
            f"with skeleton {entry.skeleton} needs {count} channels in {name!r}; the file's is {shapes[name]}"
        )
    return None


def _yolox(entry: Entry, shapes: Shapes, _: int) -> str | None:
    shape = shapes["predictions"]
    if len(shape) != 2 or shape[1] <= _OBJECTNESS:
        return f"needs 'predictions' of (cells, 5 + classes); the file's is {shape}"
    cells = sum((entry.input.height // step) * (entry.input.width // step) for step in _STRIDES)
    if shape[0] != cells:
        return f"needs {cells} cells for {entry.input.height} x {entry.input.width}; the file has {shape[0]}"
    if entry.classes and len(entry.classes) != shape[1] - _OBJECTNESS:
        return f"has {len(entry.classes)} names in `classes` for {shape[1] - _OBJECTNESS} classes of the file"
    return None


def _heatmap(entry: Entry, shapes: Shapes, points: int) -> str | None:
    return _rank(shapes, {"heatmaps": 3}) or _channels(entry, shapes, "heatmaps", points)


def _simcc(entry: Entry, shapes: Shapes, points: int) -> str | None:
    fault = _rank(shapes, {"x": 2, "y": 2})
    if fault is not None:
        return fault
    split = entry.parameters.get("split", _SPLIT.default)
    for name, side in (("x", entry.input.width), ("y", entry.input.height)):
        steps = round(side * float(split))
        if shapes[name][1] != steps:
            return f"with split {split:g} needs {steps} steps in {name!r}; the file has {shapes[name][1]}"
    return _channels(entry, shapes, "x", points) or _channels(entry, shapes, "y", points)


def _posenet(entry: Entry, shapes: Shapes, points: int) -> str | None:
    names = ("heatmaps", "short_offsets", "mid_offsets")
    fault = _rank(shapes, dict.fromkeys(names, 3)) or _channels(entry, shapes, "heatmaps", points)
    if fault is not None:
        return fault
    if len({shapes[name][1:] for name in names}) > 1:
        return "needs heatmaps and offsets of one size"
    return _channels(entry, shapes, "short_offsets", 2 * shapes["heatmaps"][0])


def _bodypix(entry: Entry, shapes: Shapes, points: int) -> str | None:
    names = ("long_offsets", "segments", "part_heatmaps")
    return _posenet(entry, shapes, points) or _rank(shapes, dict.fromkeys(names, 3))


def _mask(_: Entry, shapes: Shapes, __: int) -> str | None:
    shape = shapes["mask"]
    return (
        None
        if len(shape) == 3 and shape[0] == 1
        else f"needs 'mask' of (1, rows, columns); the file's is {shape}"
    )


def _classes(entry: Entry, shapes: Shapes, _: int) -> str | None:
    shape = shapes["classes"]
    if len(shape) != 3 or shape[0] < 2:
        return f"needs 'classes' of (2 or more, rows, columns); the file's is {shape}"
    if len(entry.classes) > 1 and len(entry.classes) != shape[0]:
        return f"has {len(entry.classes)} names in `classes` for {shape[0]} classes of the file"
    return None


def _embedding(_: Entry, shapes: Shapes, __: int) -> str | None:
    return _rank(shapes, {"embedding": 1})


def _exactly(**wanted: tuple[int, ...]) -> Callable[[Entry, Shapes, int], str | None]:
    def fault(_: Entry, shapes: Shapes, __: int) -> str | None:
        for name, shape in wanted.items():
            if shapes[name] != shape:
                return f"needs {name!r} of {shape}; the file's is {shapes[name]}"
        return None

    return fault


_SPLIT = Number(2.0, 1.0, 8.0)
_BOX_SCALE = Number(1.25, 1.0, 3.0)
_POSENET: Mapping[str, Number | Choice] = {
    "stride": Number(16, 1, 64, step=1),
    "people": Choice("several", ("several", "one")),
}
_OFFSETS = ("heatmaps", "short_offsets", "mid_offsets")
DECODERS: Mapping[Decoder, Needs] = {
    "blazepose-anchors": Needs(
        "person detection", ("boxes", "scores"), _exactly(boxes=(2254, 12), scores=(2254, 1))
    ),
    "yolox": Needs("person detection", ("predictions",), _yolox),
    "blazepose-landmarks": Needs(
        "pose",
        ("landmarks", "presence", "heatmap", "world"),
        _exactly(landmarks=(195,), presence=(1,), heatmap=(39, 64, 64), world=(117,)),
        skeleton=True,
    ),
    "heatmap": Needs(
        "pose",
        ("heatmaps",),
        _heatmap,
        skeleton=True,
        parameters={
            "refine": Choice("dark", ("dark", "quarter", "none")),
            "align": Choice("cells", ("cells", "corners")),
            "kernel": Number(11, 3, 31, step=2),
            "box_scale": _BOX_SCALE,
        },
    ),
    "simcc": Needs(
        "pose",
        ("x", "y"),
        _simcc,
        skeleton=True,
        parameters={"split": _SPLIT, "box_scale": _BOX_SCALE},
    ),
    "posenet": Needs("pose", _OFFSETS, _posenet, skeleton=True, parameters=_POSENET),
    "bodypix": Needs(
        "part segmentation",
        (*_OFFSETS, "long_offsets", "segments", "part_heatmaps"),
        _bodypix,
        skeleton=True,
        parameters=_POSENET,
    ),
    "mask": Needs("person segmentation", ("mask",), _mask),
    "classes": Needs(
        "part segmentation",
        ("classes",),
        _classes,
        parameters={"background": Number(0, 0, 255, step=1), "person": Number(-1, -1, 255, step=1)},
    ),
    "embedding": Needs("re-identification", ("embedding",), _embedding),
}
