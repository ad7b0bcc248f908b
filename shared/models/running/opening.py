"""From a cached file to a model that is ready: provider, precision, session, and who shares it."""

import hashlib
import logging
import os
import time
from contextlib import nullcontext
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

from shared.models import cache
from shared.models.errors import ModelError
from shared.models.registry import Entry
from shared.models.running import libraries, precision
from shared.models.running.engine import Engine, Place, buckets
from shared.models.running.model import Model
from shared.models.running.options import DEVICES, KINDS, PACKAGES, Plan, Precision, Provider, session_options
from shared.models.running.runs import BoundRun, PlainRun, Run
from shared.models.storage import locked
from shared.settings import Runtime

_LOG = logging.getLogger(__name__)

_opening = Lock()
_engines: WeakValueDictionary[tuple[str, str], Engine] = WeakValueDictionary()


def open_model(entry: Entry, runtime: Runtime) -> Model:
    """Load a cached model, its hash checked, and warm it.

    `runtime.providers` are tried in order; one that this machine lacks is skipped with a warning if there is
    another. Models of one process that come from the same file with the same settings share one session, and
    so the weights and the GPU's buffers.

    Args:
        entry: A model of the registry.
        runtime: Providers, precision, threads, batches, and the folder of the cache.

    Raises:
        ModelError: the model is missing or damaged, or no wanted provider is here.
    """
    data = cache.load(entry, runtime.models_dir)
    entry = cache.described(entry, runtime.models_dir)
    key = (hashlib.sha256(data).hexdigest(), runtime.model_dump_json())
    started_s = time.perf_counter()
    with _opening:
        engine = _engines.get(key)
        shared = engine is not None
        if engine is None:
            engine = _engines[key] = _Opening(entry, data, runtime).engine()
    _LOG.info(
        "%s: ONNX Runtime %s on %s, %d thread(s), %s in %.0f ms; %s, batches of %s",
        entry.name,
        libraries.runtime().__version__,
        engine.place.provider,
        runtime.threads,
        "shared" if shared else "ready",
        1000 * (time.perf_counter() - started_s),
        engine.place.precision,
        " ".join(map(str, engine.sizes)),
    )
    return Model(entry, engine, feed_ahead=feeding_pays(engine.place, runtime.threads))


def feeding_pays(place: Place, threads: int) -> bool:
    """Whether pictures should be cut in a thread of their own while the network runs.

    On a GPU the CPU is idle meanwhile. On the CPU it pays as long as a core is left: eight crops for the pose
    model, each from a JPEG of its own, take 12.9 ms each one after the other and 8.8 ms this way with one
    thread on two cores (from decoded pictures 7.0 and 6.1), but 13.0 and 13.2 ms with two threads.
    """
    return place.on_gpu or len(os.sched_getaffinity(0)) > threads


class _Opening:
    """One attempt after the other to run a model as the configuration wants it."""

    def __init__(self, entry: Entry, data: bytes, runtime: Runtime) -> None:
        self._entry = entry
        self._data = data
        self._runtime = runtime
        self._onnxruntime = libraries.runtime()
        self._failed: list[str] = []

    def engine(self) -> Engine:
        """The first wanted provider that works, warm."""
        wanted = self._runtime.providers
        for position, provider in enumerate(wanted):
            engine = self._on(provider)
            if engine is not None:
                engine.warm(self._names)
                return engine
            if provider != wanted[-1]:
                following, reason = wanted[position + 1], self._failed[-1]
                _LOG.warning(
                    "%s: ONNX Runtime has no working %s here; trying %s (%s)",
                    self._entry.name,
                    provider,
                    following,
                    reason,
                )
        packages = " or ".join(PACKAGES[provider] for provider in wanted)
        raise ModelError(
            f"{self._entry.name}: ONNX Runtime has no working provider of those configured"
            f" ({', '.join(wanted)}); install {packages} and what it needs, or change runtime.providers"
            + "".join(f"; {reason}" for reason in self._failed)
        )

    @property
    def _names(self) -> list[str]:
        return [output.name for output in self._entry.kept]

    def _on(self, provider: Provider) -> Engine | None:
        """The model on this provider, in the wanted precision if it can be had; None where nothing works."""
        wanted = self._runtime.precision
        if provider == "cpu" and wanted != "fp32":
            _LOG.info("%s: fp32 on the CPU, which gains nothing by %s", self._entry.name, wanted)
            wanted = "fp32"
        if not self._usable(provider):
            return None
        engine = self._computing(provider, wanted)
        if wanted == "fp32":
            return engine
        wrong = self._failed.pop() if engine is None else self._wrong(engine)
        if not wrong:
            return engine
        _LOG.warning("%s: fp32 instead of %s, since there %s", self._entry.name, wanted, wrong)
        return self._computing(provider, "fp32")

    def _usable(self, provider: Provider) -> bool:
        """Load what the provider needs beside ONNX Runtime; False where something is not here."""
        missing = ""
        if KINDS[provider] not in self._onnxruntime.get_available_providers():
            missing = "not in this ONNX Runtime"
        elif DEVICES[provider] == "cuda" and not libraries.driver_is_here():
            missing = "no NVIDIA driver is installed (libcuda.so.1)"
        elif provider == "tensorrt" and libraries.load_tensorrt() is None:
            missing = "TensorRT 10 is not installed (libnvinfer.so.10)"
        elif DEVICES[provider] == "cuda":
            libraries.load_cuda()
        if missing:
            self._failed.append(f"{provider}: {missing}")
        return not missing

    def _wrong(self, engine: Engine) -> str:
        """What the engine gets wrong beside the same network in single precision on the CPU."""
        exact = self._computing("cpu", "fp32")
        if exact is None:
            raise ModelError(f"{self._entry.name}: ONNX Runtime cannot load it: {'; '.join(self._failed)}")
        pictures = precision.pictures(self._entry)
        return precision.deviation(exact.infer(pictures, self._names), engine.infer(pictures, self._names))

    def _computing(self, provider: Provider, wanted: Precision) -> Engine | None:
        one_by_one = provider == "cpu" or self._entry.batch == "one"
        plan = Plan(
            provider,
            wanted,
            picture=(self._entry.input.height, self._entry.input.width, 3),
            largest=buckets(1 if one_by_one else self._runtime.largest_batch)[-1],
            threads=self._runtime.threads,
            engines=self._engines_folder(wanted) if provider == "tensorrt" else None,
        )
        session = self._session(plan)
        if session is None:
            return None
        shapes = {output.name: output.shape for output in self._entry.kept}
        run: Run = PlainRun(session)
        if provider != "cpu":
            run = BoundRun(self._onnxruntime, session, DEVICES[provider], shapes)
        return Engine(self._entry.name, Place(provider, wanted), run, plan.picture, plan.largest)

    def _session(self, plan: Plan) -> Any:
        """A session whose first provider is the wanted one; None where it cannot be had."""
        halve = plan.provider == "cuda" and plan.precision == "fp16"  # TensorRT does it by itself
        failures: tuple[type[Exception], ...] = (ModelError, *libraries.failures())
        try:
            data = precision.to_half(self._data, self._entry.name) if halve else self._data
            with locked(plan.engines, _LOG.info) if plan.engines is not None else nullcontext():
                session = self._onnxruntime.InferenceSession(
                    data,
                    session_options(self._onnxruntime, plan.threads),
                    providers=plan.providers,
                    enable_fallback=0,  # which would print, and go on slowly on the CPU
                )
        except failures as error:
            self._failed.append(f"{plan.provider}: {libraries.one_line(error)}")
            return None
        if session.get_providers()[0] != KINDS[plan.provider]:  # where the GPU or a library is missing
            self._failed.append(f"{plan.provider}: ONNX Runtime leaves it out; its own lines say why")
            return None
        return session

    def _engines_folder(self, wanted: Precision) -> Path:
        """Where TensorRT keeps what it built for this model, precision, size and version.

        Of a GPU's kind ONNX Runtime itself takes care, by the files' names.
        """
        stem = cache.onnx_path(self._entry, self._runtime.models_dir).stem
        made_by = f"ort{self._onnxruntime.__version__}-trt{libraries.load_tensorrt()}"
        name = f"{stem}-{made_by}-{wanted}-{self._runtime.largest_batch}"
        return self._runtime.models_dir / "tensorrt" / name
