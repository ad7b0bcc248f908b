"""Real sessions of the CPU behind the seams that a GPU's sessions fill elsewhere."""

from collections.abc import Sequence
from typing import Any

import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

from shared.models import cache
from shared.models.registry import Entry
from shared.models.running.engine import Engine, Place
from shared.models.running.options import session_options
from shared.models.running.runs import Batch, Outputs, PlainRun, Run
from shared.settings import Runtime

# As ONNX Runtime 1.19 said it on a T4 (onnxruntime#22702).
FULL = (
    "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running Conv node."
    " Name:'conv' Status Message: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:376"
    " void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*, bool,"
    " onnxruntime::WaitNotificationFn) Failed to allocate memory for requested buffer of size 4585490524"
)


def session(entry: Entry, runtime: Runtime, data: bytes | None = None) -> Any:
    """A session of the CPU; `data` replaces the cached model."""
    return onnxruntime.InferenceSession(
        data or cache.load(entry, runtime.models_dir),
        session_options(onnxruntime, 1),
        providers=["CPUExecutionProvider"],
    )


class SmallMemory:
    """The real run, on a device whose memory holds `room` pictures; `sizes` are those it was asked for."""

    def __init__(self, run: Run, room: int = 1000, text: str = FULL) -> None:
        self.room = room
        self.sizes: list[int] = []
        self._run = run
        self._text = text

    def __call__(self, batch: Batch, wanted: Sequence[str]) -> Outputs:
        self.sizes.append(len(batch))
        if len(batch) > self.room:
            raise RuntimeException(self._text)
        return self._run(batch, wanted)


def engine_on(entry: Entry, run: Run, largest: int) -> Engine:
    """An engine as on a GPU, with `run` in the place of its session."""
    picture = (entry.input.height, entry.input.width, 3)
    return Engine(entry.name, Place("cuda", "fp32"), run, picture, largest)


def plain(entry: Entry, runtime: Runtime) -> PlainRun:
    return PlainRun(session(entry, runtime))
