"""How one batch gets through a session."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.models.convert import INPUT

Batch = NDArray[np.uint8]  # (N, height, width, 3) RGB
Outputs = dict[str, NDArray[np.float32]]  # by name, N first


class Run(Protocol):
    """Runs one batch; the arrays that come back are the caller's. Safe from several threads."""

    def __call__(self, batch: Batch, wanted: Sequence[str]) -> Outputs:
        """The outputs `wanted` of the batch."""


class PlainRun:
    """Lets ONNX Runtime take and give memory as it likes: the way of the CPU.

    Bound buffers gain nothing there: 6.3 ms per picture of the pose model plain, 6.5 ms bound straight into
    the result; selfie 2.2 and 2.3 ms (one thread, taking turns, medians of 12).
    """

    def __init__(self, session: Any) -> None:
        self._session = session

    def __call__(self, batch: Batch, wanted: Sequence[str]) -> Outputs:
        return dict(zip(wanted, self._session.run(list(wanted), {INPUT: batch}), strict=True))


class _Inputs:
    """The device's input of each batch size, made once, and the binding that belongs to it."""

    def __init__(self, onnxruntime: Any, session: Any, device: str) -> None:
        self._onnxruntime = onnxruntime
        self._device = device
        self.binding = session.io_binding()
        self._values: dict[int, Any] = {}

    def take(self, batch: Batch) -> None:
        """Copy the batch to the device, and bind it."""
        size = len(batch)
        if size not in self._values:
            create = self._onnxruntime.OrtValue.ortvalue_from_shape_and_type
            self._values[size] = create(batch.shape, np.uint8, self._device, 0)
        self._values[size].update_inplace(batch)
        self.binding.bind_ortvalue_input(INPUT, self._values[size])
        self.binding.synchronize_inputs()


class BoundRun:
    """Copies each batch into a buffer that stays on the device, and each output straight into the result.

    The device's memory is taken once per batch size, and no intermediate copy of an output is made. Threads
    that run at once get buffers of their own, so that one's copies overlap the other's computing.
    Source: https://onnxruntime.ai/docs/performance/tune-performance/iobinding.html
    """

    def __init__(
        self, onnxruntime: Any, session: Any, device: str, shapes: Mapping[str, tuple[int, ...]]
    ) -> None:
        """`shapes` of the outputs, per picture; `device` as ONNX Runtime calls it ("cuda" or "cpu")."""
        self._onnxruntime = onnxruntime
        self._session = session
        self._device = device
        self._shapes = shapes
        self._idle: list[_Inputs] = []

    def __call__(self, batch: Batch, wanted: Sequence[str]) -> Outputs:
        try:
            inputs = self._idle.pop()
        except IndexError:
            inputs = _Inputs(self._onnxruntime, self._session, self._device)
        outputs = {name: np.empty((len(batch), *self._shapes[name]), np.float32) for name in wanted}
        inputs.take(batch)
        for name, output in outputs.items():
            inputs.binding.bind_output(name, "cpu", 0, np.float32, output.shape, output.ctypes.data)
        self._session.run_with_iobinding(inputs.binding)
        inputs.binding.synchronize_outputs()
        inputs.binding.clear_binding_outputs()
        self._idle.append(
            inputs
        )  # not after an error: then what it holds of the device's memory is given back
        return outputs
