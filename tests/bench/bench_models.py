"""Milliseconds per picture of every model, beside LiteRT: `python -m tests.bench.bench_models`.

CPU time of one thread, which other work on the machine disturbs least. The ways take turns, and medians of
the rounds are printed, for batches of 1, 8 and 32. "ours" is what workers do (on a CPU one picture after
the other, its normalisation included), "at once" the whole batch in one call, LiteRT (XNNPACK) one picture
after the other, as its files are made, from floats that are normalised already. "off" is the largest
difference from LiteRT, or from the original ONNX file in ONNX Runtime, as a share of the output's largest
value.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from shared.models import cache, registry
from shared.models.convert import INPUT
from shared.models.entries import Entry
from shared.models.errors import ModelError
from shared.models.pull import pull
from shared.models.running import Model, open_model
from shared.settings import Runtime, Settings
from tests.shared.models.litert import Reference
from tests.shared.models.pictures import drawn_person

BATCHES = (1, 8, 32)
_ROUNDS = 3
_SINGLES = 4  # runs of one picture that make one measurement
_DATA = Path(os.environ.get("KINESTREAM_DATA", Path(__file__).parents[3] / "shared" / "data"))
_WAYS = ("ours", "at once", "LiteRT")

Answers = Mapping[str, NDArray[np.float32]]


@dataclass
class Measured:
    """Milliseconds per picture by way and batch, one for each round."""

    name: str
    off: float
    times_ms: dict[tuple[str, int], list[float]] = field(default_factory=dict)

    def __str__(self) -> str:
        cells = "".join(f"{self._cell(way, batch):>8}" for way in _WAYS for batch in BATCHES)
        return f"{self.name:20}{cells}{self.off:>10.0e}"

    def _cell(self, way: str, batch: int) -> str:
        times = self.times_ms.get((way, batch))
        return f"{statistics.median(times):.1f}" if times else "-"


def main() -> int:
    """Measure every model that can be had here."""
    settings = Settings()
    runtime = Runtime(providers=("cpu",), threads=1, models_dir=settings.runtime.models_dir)
    print(f"CPU ms per picture, 1 thread, {_ROUNDS} rounds; ONNX Runtime {onnxruntime.__version__}")
    print(" " * 20 + "".join(f"{way:>16}{'':8}" for way in _WAYS))
    print(f"{'batch':20}" + "".join(f"{batch:>8}" for _ in _WAYS for batch in BATCHES) + f"{'off':>10}")
    for name in registry.names():
        entry = _had(name, settings)
        if entry is not None:
            print(measure(entry, runtime), flush=True)
    return 0


def _had(name: str, settings: Settings) -> Entry | None:
    """The model, cached; None, said aloud, where no source has it."""
    folder = _DATA / "models" if (_DATA / "models").is_dir() else settings.models
    try:
        pull([name], settings.runtime.models_dir, lambda _: None, folder)
    except ModelError as error:
        print(f"{name:20}not here: {error}")
        return None
    return cache.described(registry.find(name), settings.runtime.models_dir)


def measure(entry: Entry, runtime: Runtime) -> Measured:
    """One model, both ways and LiteRT in turn."""
    picture = drawn_person(entry.input.height, entry.input.width)
    model = open_model(entry, runtime)
    ways = dict(_ways(model, runtime, picture))
    other = _other(entry, runtime.models_dir, picture)
    measured = Measured(entry.name, _off(model.run(picture[None]), other()))
    if not entry.file.endswith(".onnx"):
        ways["LiteRT"] = lambda count: [other() for _ in range(count)]
    for _ in range(_ROUNDS):
        for batch in BATCHES:
            for way, work in ways.items():
                if way != "at once" or batch > 1:
                    measured.times_ms.setdefault((way, batch), []).append(_time_ms(work, batch))
    return measured


def _time_ms(work: Callable[[int], object], batch: int) -> float:
    """Per picture."""
    runs = _SINGLES if batch == 1 else 1
    started_s = time.process_time()
    for _ in range(runs):
        work(batch)
    return 1000 * (time.process_time() - started_s) / (runs * batch)


def _ways(
    model: Model, runtime: Runtime, picture: NDArray[np.uint8]
) -> Iterator[tuple[str, Callable[[int], object]]]:
    batches = {count: np.stack([picture] * count) for count in BATCHES}
    yield "ours", lambda count: model.run(batches[count])
    if model.entry.batch == "any":
        session = _session(cache.load(model.entry, runtime.models_dir))
        yield "at once", lambda count: session.run(model.outputs, {INPUT: batches[count]})


def _other(entry: Entry, models_dir: Path, picture: NDArray[np.uint8]) -> Callable[[], Answers]:
    """The source file in LiteRT, or in ONNX Runtime as it is, on a prepared picture."""
    source = cache.source_path(entry, models_dir).read_bytes()
    if not entry.file.endswith(".onnx"):
        reference = Reference(source, entry, "xnnpack")
        pixels = reference.pixels(picture)
        return lambda: reference.answer(pixels)
    session = _session(source)
    (wanted,) = session.get_inputs()
    seen = picture[..., ::-1] if entry.input.colour == "bgr" else picture
    floats = ((seen - np.array(entry.input.mean)) / entry.input.std).astype(np.float32)
    ready = np.ascontiguousarray(floats if wanted.shape[3] == 3 else floats.transpose(2, 0, 1))[None]
    names = [output.name for output in entry.kept]
    return lambda: dict(zip(names, session.run(None, {wanted.name: ready}), strict=True))


def _session(model: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _off(ours: Answers, theirs: Answers) -> float:
    shares: Sequence[float] = [
        float(np.abs(answer - theirs[name]).max() / max(float(np.abs(theirs[name]).max()), 1e-9))
        for name, answer in ours.items()
    ]
    return max(shares)


if __name__ == "__main__":
    sys.exit(main())
