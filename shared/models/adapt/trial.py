"""Running an adapted graph before it is kept: does it run, and does a batch give what singles give?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto

from shared.models.adapt.reading import plain
from shared.models.convert import INPUT
from shared.models.entries import Entry
from shared.models.errors import ModelError
from shared.models.running import libraries

Outputs = dict[str, NDArray[Any]]  # each (N, ...)

_PICTURES = 3
_TOLERANCE = 1e-4  # of an output's largest value; kernels sum in another order for another number of pictures


def run(model: ModelProto, batches: Sequence[NDArray[np.uint8]], origin: str) -> list[Outputs]:
    """What the graph gives for each of `batches` (N, height, width, 3), on the CPU.

    Raises:
        ModelError: ONNX Runtime does not take it, or it fails on the way.
    """
    runtime = libraries.runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # a failure is raised; its log line beside that says nothing more
    try:
        session = runtime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        names = [output.name for output in session.get_outputs()]
        return [dict(zip(names, session.run(names, {INPUT: batch}), strict=True)) for batch in batches]
    except libraries.failures() as error:
        raise ModelError(f"{origin}: ONNX Runtime cannot run it: {libraries.one_line(error)}") from error


def once(model: ModelProto, entry: Entry) -> Outputs:
    """The result of one picture, whose first axis counts pictures.

    Raises:
        ModelError: see `run`; or an output's first axis is not 1.
    """
    (result,) = run(model, [pictures(entry)[:1]], entry.file)
    for name, value in result.items():
        if value.ndim < 1 or value.shape[0] != 1:
            raise ModelError(
                f"{entry.file}: output {plain(name)!r} has shape {value.shape} for one picture:"
                " its first axis must count pictures"
            )
    return result


def one_by_one(model: ModelProto, entry: Entry) -> Outputs:
    """The results of a few pictures, each run by itself.

    Raises:
        ModelError: see `run`; or an output's shape depends on what is in the picture.
    """
    parts = run(model, [picture[None] for picture in pictures(entry)], entry.file)
    for name, first in parts[0].items():
        if any(part[name].shape != first.shape for part in parts):
            raise ModelError(f"{entry.file}: the shape of output {name!r} depends on what is in the picture")
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def agrees(model: ModelProto, entry: Entry, singles: Outputs) -> bool:
    """Whether `model`, given the same pictures at once, gives `singles`."""
    try:
        (together,) = run(model, [pictures(entry)], entry.file)
    except ModelError:
        return False
    return all(_near(together[name], single) for name, single in singles.items())


def pictures(entry: Entry) -> NDArray[np.uint8]:
    """Noise, always the same: (3, height, width, 3)."""
    generator = np.random.default_rng(11)
    return generator.integers(0, 256, (_PICTURES, entry.input.height, entry.input.width, 3), np.uint8)


def _near(one: NDArray[Any], other: NDArray[Any]) -> bool:
    if one.shape != other.shape:
        return False
    bound = _TOLERANCE * max(float(np.abs(other).max(initial=0)), 1e-6)
    return bool(np.abs(one.astype(np.float64) - other).max(initial=0) <= bound)
