"""Running a model: ONNX Runtime behind one class.

Two sessions whose threads spin halve each other on two cores, so spinning is off. CUDA stalls for seconds on
each shape it has not seen, so batches are padded to a few sizes, all of them run once at start. A CPU
loses by a batch (8 pictures of the pose model cost 137 ms of one core at once, 99 ms one by one), so there
each picture runs by itself.
"""

import importlib
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.models import cache
from shared.models.convert import INPUT
from shared.models.errors import ModelError
from shared.models.registry import Entry
from shared.settings import Runtime

_LOG = logging.getLogger(__name__)
_PROVIDERS: dict[str, tuple[str, dict[str, str]]] = {
    "cuda": ("CUDAExecutionProvider", {"cudnn_conv_algo_search": "HEURISTIC"}),
    "cpu": ("CPUExecutionProvider", {}),
}
_PACKAGES = {"cuda": "onnxruntime-gpu", "cpu": "onnxruntime"}


class Model:
    """A model that is loaded, warm and ready; `provider` says where it runs ("cuda" or "cpu")."""

    def __init__(self, entry: Entry, session: Any, provider: str, largest_batch: int) -> None:
        """Take a session of `entry` and warm it for batches of up to `largest_batch` pictures."""
        self.entry = entry
        self.provider = provider
        self._session = session
        self._buckets = _buckets(largest_batch if provider == "cuda" else 1)
        for size in self._buckets:
            self._infer(np.zeros((size, *self._picture), np.uint8), self.outputs)

    @property
    def outputs(self) -> list[str]:
        """The names of all outputs."""
        return [output.name for output in self.entry.kept]

    @property
    def _picture(self) -> tuple[int, int, int]:
        return (self.entry.input.height, self.entry.input.width, 3)

    def run(
        self, batch: NDArray[np.uint8], outputs: Sequence[str] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """Run the model on N pictures.

        Args:
            batch: (N, height, width, 3) RGB, 0..255; N may be 0.
            outputs: Names of those wanted; all by default. Those left out are computed all the same, only not
                copied: what nobody needs is left out of the model itself (`keep` in the registry).

        Returns:
            For each name (N, *shape) as the registry describes it: spatial outputs have channels first.
            On the CPU the result for a picture does not depend on the others of its batch, to the bit.

        Raises:
            ValueError: the batch has another shape or type, or an output is unknown.
        """
        wanted = list(self.outputs if outputs is None else outputs)
        self._check(batch, wanted)
        if not len(batch):
            shapes = {output.name: output.shape for output in self.entry.kept}
            return {name: np.empty((0, *shapes[name]), np.float32) for name in wanted}
        parts = [self._infer(part, wanted) for part in self._parts(batch)]
        if len(parts) == 1:
            return parts[0]
        return {name: np.concatenate([part[name] for part in parts]) for name in wanted}

    def _check(self, batch: NDArray[np.uint8], wanted: list[str]) -> None:
        if batch.dtype != np.uint8 or batch.shape[1:] != self._picture:
            raise ValueError(
                f"{self.entry.name} takes uint8 pictures (N, {', '.join(map(str, self._picture))}),"
                f" not {batch.dtype} {batch.shape}"
            )
        unknown = set(wanted) - set(self.outputs)
        if unknown:
            raise ValueError(f"{self.entry.name} has outputs {self.outputs}, not {sorted(unknown)}")

    def _parts(self, batch: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
        step = self._buckets[-1]
        return (batch[start : start + step] for start in range(0, len(batch), step))

    def _infer(self, batch: NDArray[np.uint8], wanted: list[str]) -> dict[str, NDArray[np.float32]]:
        count = len(batch)
        size = next(bucket for bucket in self._buckets if bucket >= count)
        if size > count:
            batch = np.concatenate([batch, np.zeros((size - count, *self._picture), np.uint8)])
        values = self._session.run(wanted, {INPUT: batch})
        return {name: value[:count] for name, value in zip(wanted, values, strict=True)}


def open_model(entry: Entry, runtime: Runtime) -> Model:
    """Load a cached model, its hash checked, and warm it.

    `runtime.providers` are tried in order; one that this machine lacks is skipped with a warning if there is
    another.

    Args:
        entry: A model of the registry.
        runtime: Providers, threads, batches, and the folder of the cache.

    Raises:
        ModelError: the model is missing or damaged, or no wanted provider is here.
    """
    data = cache.load(entry, runtime.models_dir)
    onnxruntime = _onnxruntime()
    started = time.perf_counter()
    provider, session = _session(onnxruntime, entry, data, runtime)
    model = Model(entry, session, provider, runtime.largest_batch)
    _LOG.info(
        "%s: ONNX Runtime %s on %s, %d thread(s), ready in %.0f ms",
        entry.name,
        onnxruntime.__version__,
        provider,
        runtime.threads,
        1000 * (time.perf_counter() - started),
    )
    return model


def _session(onnxruntime: Any, entry: Entry, data: bytes, runtime: Runtime) -> tuple[str, Any]:
    """The first wanted provider that works, and a session on it."""
    for position, provider in enumerate(runtime.providers):
        kind, options = _PROVIDERS[provider]
        if kind in onnxruntime.get_available_providers():
            session = onnxruntime.InferenceSession(
                data, _options(onnxruntime, runtime), providers=[(kind, options)]
            )
            if session.get_providers()[0] == kind:  # where the GPU or its driver fails, this says CPU
                return provider, session
        rest = runtime.providers[position + 1 :]
        if rest:
            _LOG.warning("%s: ONNX Runtime has no working %s here; trying %s", entry.name, provider, rest[0])
    wanted = ", ".join(runtime.providers)
    needed = " or ".join(_PACKAGES[provider] for provider in runtime.providers)
    raise ModelError(
        f"{entry.name}: ONNX Runtime has no working provider of those configured ({wanted});"
        f" install {needed} and what it needs, or change runtime.providers"
    )


def _options(onnxruntime: Any, runtime: Runtime) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = runtime.threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3  # errors; its warnings about initialisers are no news
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _buckets(largest: int) -> tuple[int, ...]:
    """1, 2, 4, 8 ... up to the first that holds `largest`."""
    return tuple(1 << power for power in range((largest - 1).bit_length() + 1))


def _onnxruntime() -> Any:
    """Imported only here and now: everything but a worker runs without it."""
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise ModelError(
            f"ONNX Runtime cannot be imported ({error}); run: pip install onnxruntime"
            " (for NVIDIA: pip install onnxruntime-gpu)"
        ) from error
