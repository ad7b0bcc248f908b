"""Every model in every place that this machine has: a table on the screen, all figures in a file."""

import argparse
import dataclasses
import gc
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from shared.models import cache, registry
from shared.models.errors import ModelError
from shared.models.registry import Entry
from shared.models.running import libraries, open_model
from shared.models.running.options import KINDS, Precision, Provider
from shared.models.running.runs import Batch, Outputs
from shared.settings import Runtime, Settings
from tests.bench.bench_gpu import gpu
from tests.bench.bench_gpu.crops import Recording
from tests.bench.bench_gpu.measuring import Effort, Figures, measure, summary
from tests.bench.bench_gpu.mending import FETCH

Place = tuple[Provider, Precision]

_OWN_MODELS = Path("build/models")
_CHECKED = 8  # crops that the CPU computes as well
_FULL = Effort((1, 8, 32, 64, 128), 3.0, (1, 2, 4))
_QUICK = Effort((1, 8), 0.2, (1, 2))
_QUICK_MODELS = ("selfie", "selfie-landscape")


class MissingError(Exception):
    """This machine lacks something; one line says what, and how to mend it."""


def run(options: argparse.Namespace) -> int:
    """Measure what `options` ask for; the exit code.

    Raises:
        MissingError: no CUDA, or no models.
    """
    cv2.setNumThreads(1)
    places = _places(options.provider)
    models_dir = options.models_dir or _models_dir()
    effort = _QUICK if options.quick else _FULL
    if options.batches:
        effort = dataclasses.replace(effort, batches=tuple(sorted(options.batches)))
    entries = _entries(models_dir, options.models or (_QUICK_MODELS if options.quick else None))
    recording = Recording()
    machine = _machine(recording)
    print("\n".join(f"{name}: {value}" for name, value in machine.items()), flush=True)
    bench = _Bench(Runtime(models_dir=models_dir), recording, effort)
    for entry in entries:
        bench.measure(entry, places)
        _write(options.out, machine, bench)  # after each: an unattended run may be cut short
    print("\n".join(summary(bench.figures)) if bench.figures else "nothing was measured")
    for line in bench.failed:
        print(f"FAILED {line}")
    print(f"all figures: {options.out}")
    return 1 if bench.failed else 0


def _places(wanted: str) -> list[Place]:
    if wanted == "cpu":
        return [("cpu", "fp32")]
    onnxruntime = libraries.runtime()
    available = onnxruntime.get_available_providers()
    if KINDS["cuda"] not in available:
        raise MissingError(
            f"ONNX Runtime {onnxruntime.__version__} here has no CUDA, only {', '.join(available)}. {FETCH}"
        )
    if not libraries.driver_is_here():
        raise MissingError("no NVIDIA driver is installed here (libcuda.so.1): install the one of this GPU")
    libraries.load_cuda()
    places: list[Place] = [("cuda", "fp32"), ("cuda", "tf32"), ("cuda", "fp16")]
    if KINDS["tensorrt"] in available and libraries.load_tensorrt() is not None:
        places += [("tensorrt", "fp32"), ("tensorrt", "fp16")]
    return places


def _models_dir() -> Path:
    return _OWN_MODELS if _OWN_MODELS.is_dir() else Settings().runtime.models_dir


def _entries(models_dir: Path, names: list[str] | tuple[str, ...] | None) -> list[Entry]:
    known = registry.of(Settings().models)
    wanted = [known.find(name) for name in names] if names else list(known.models)
    found = [entry for entry in wanted if cache.state_of(entry, models_dir) == "cached"]
    if not found:
        raise MissingError(f"no models in {models_dir}. {FETCH}")
    for entry in wanted:
        if entry not in found:
            print(f"{entry.name} is not in {models_dir}: left out", flush=True)
    return found


class _Bench:
    """Measures one model after the other; what fails is noted and costs no other."""

    def __init__(self, runtime: Runtime, recording: Recording, effort: Effort) -> None:
        self.figures: list[Figures] = []
        self.failed: list[str] = []
        self._runtime = runtime
        self._recording = recording
        self._effort = effort

    def measure(self, entry: Entry, places: list[Place]) -> None:
        """Add the figures of one model in each place."""
        crops = np.stack(list(self._recording.crops(entry, max(*self._effort.batches, _CHECKED))))
        exact = self._runtime.model_copy(update={"threads": os.cpu_count() or 1})
        reference = open_model(entry, exact).run(crops[:_CHECKED])
        failures: tuple[type[Exception], ...] = (ModelError, *libraries.failures())
        for place in places:
            try:
                self.figures.append(self._in_place(entry, place, crops, reference))
            except failures as error:
                self.failed.append(f"{entry.name} on {' '.join(place)}: {libraries.one_line(error)}")
                print(self.failed[-1], file=sys.stderr, flush=True)
            gc.collect()  # the memory of a model is for the next

    def _in_place(self, entry: Entry, place: Place, crops: Batch, reference: Outputs) -> Figures:
        started_s = time.perf_counter()
        provider, precision = place
        wanted = {
            "providers": (provider,),
            "precision": precision,
            "largest_batch": max(self._effort.batches),
        }
        model = open_model(entry, self._runtime.model_copy(update=wanted))
        ready_s = time.perf_counter() - started_s
        found = measure(
            model, crops, lambda count: self._recording.crops(entry, count), reference, self._effort
        )
        print(
            f"{entry.name} on {provider} {model.precision}: ready in {ready_s:.1f} s,"
            f" {found.best.items_per_s:.0f} items/s in batches of {found.best.batch}",
            flush=True,
        )
        return found


def _machine(recording: Recording) -> dict[str, str]:
    onnxruntime = libraries.runtime()
    return {
        "gpu": gpu.described() or "none",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "onnxruntime": f"{onnxruntime.__version__}, CUDA {onnxruntime.cuda_version or 'none'}",
        "opencv": cv2.__version__,
        "crops": recording.origin,
    }


def _write(out: Path, machine: dict[str, str], bench: _Bench) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    measured: list[dict[str, Any]] = [
        {**dataclasses.asdict(one), "best": dataclasses.asdict(one.best)} for one in bench.figures
    ]
    out.write_text(json.dumps({"machine": machine, "measured": measured, "failed": bench.failed}, indent=2))
