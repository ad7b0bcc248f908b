"""Batches in fixed sizes, and what happens when the memory of a GPU is short."""

import logging

import numpy as np
import onnxruntime
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException

from shared.models import registry
from shared.models.account import Inference, account
from shared.models.errors import ModelError
from shared.models.running import Model
from shared.models.running.engine import buckets
from shared.models.running.memory import out_of_memory
from shared.models.running.runs import BoundRun, PlainRun
from shared.settings import Runtime
from tests.shared.models.pictures import noise
from tests.shared.models.running.sessions import FULL, SmallMemory, engine_on, plain, session

SELFIE = registry.find("selfie")
SEVEN = np.stack(noise(256, 256, 7))


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.inferences: list[Inference] = []
        self.limits: list[int] = []
        self.halvings = 0

    def inferred(self, inference: Inference) -> None:
        self.inferences.append(inference)

    def limited(self, model: str, largest: int) -> None:
        self.limits.append(largest)

    def halved(self, model: str) -> None:
        self.halvings += 1


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    listener = Heard()
    monkeypatch.setattr(account, "_listener", account._listener)  # put back what was there
    account.listen(listener)
    return listener


@pytest.mark.parametrize(
    ("largest", "sizes"),
    [(1, (1,)), (2, (1, 2)), (3, (1, 2)), (8, (1, 2, 4, 8)), (256, tuple(2**power for power in range(9)))],
)
def test_batch_sizes_are_the_powers_of_two_up_to_the_largest(largest: int, sizes: tuple[int, ...]) -> None:
    assert buckets(largest) == sizes


def test_every_size_is_run_once_at_the_start_and_no_other_ever(selfie: Model, runtime: Runtime) -> None:
    run = SmallMemory(plain(SELFIE, runtime))
    engine = engine_on(SELFIE, run, largest=4)
    engine.warm(["mask"])
    assert run.sizes == [1, 2, 4]
    found = Model(SELFIE, engine, feed_ahead=False).run(SEVEN)
    assert run.sizes[3:] == [4, 4]
    np.testing.assert_array_equal(found["mask"], selfie.run(SEVEN)["mask"])


def test_a_batch_that_does_not_fit_is_halved_and_the_smaller_limit_stays(
    selfie: Model, runtime: Runtime, caplog: pytest.LogCaptureFixture, heard: Heard
) -> None:
    run = SmallMemory(plain(SELFIE, runtime))
    engine = engine_on(SELFIE, run, largest=8)
    engine.warm(["mask"])
    run.sizes.clear()
    run.room = 2
    found = engine.infer(SEVEN, ["mask"])
    np.testing.assert_array_equal(found["mask"], selfie.run(SEVEN)["mask"])
    assert run.sizes == [8, 4, 2, 2, 2, 1]
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "selfie: a batch of 8 does not fit the memory of the GPU; from now on at most 4 at once",
        "selfie: a batch of 4 does not fit the memory of the GPU; from now on at most 2 at once",
    ]
    assert (heard.limits, heard.halvings) == ([8, 4, 2], 2)
    run.sizes.clear()
    Model(SELFIE, engine, feed_ahead=False).run(SEVEN)
    assert run.sizes == [2, 2, 2, 1]


def test_memory_that_is_short_at_the_start_limits_the_batch_from_the_start(runtime: Runtime) -> None:
    run = SmallMemory(plain(SELFIE, runtime), room=2)
    engine = engine_on(SELFIE, run, largest=16)
    engine.warm(["mask"])
    assert engine.sizes == (1, 2)
    assert 16 not in run.sizes


def test_no_memory_for_a_single_picture_is_one_clear_line(runtime: Runtime) -> None:
    engine = engine_on(SELFIE, SmallMemory(plain(SELFIE, runtime), room=0), largest=4)
    with pytest.raises(
        ModelError, match=r"^selfie: cuda has no memory left for one picture; give the GPU"
    ) as raised:
        engine.infer(SEVEN[:3], ["mask"])
    assert "\n" not in str(raised.value)


def test_other_failures_of_a_run_come_out_as_they_are(runtime: Runtime) -> None:
    broken = SmallMemory(plain(SELFIE, runtime), room=0, text="CUDA failure 700: an illegal memory access")
    with pytest.raises(RuntimeException, match="illegal memory access"):
        engine_on(SELFIE, broken, largest=4).infer(SEVEN[:3], ["mask"])
    assert broken.sizes == [4]


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (RuntimeException(FULL), True),
        (RuntimeException("Available memory of 1024 is smaller than requested bytes of 2048"), True),
        (Fail("CUDA failure 2: out of memory ; GPU=0 ; expr=cudaMalloc((void**)&p, size);"), True),
        (RuntimeException("CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ;"), True),
        (RuntimeException("CUDNN failure 4000: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"), True),
        (
            RuntimeError("[defaultAllocator.cpp::allocate::31] Error Code 1: Cuda Runtime (out of memory)"),
            True,
        ),
        (RuntimeException("CUDNN failure 3000: CUDNN_STATUS_NOT_SUPPORTED"), False),
        (InvalidArgument("Got invalid dimensions for input: image"), False),
    ],
)
def test_full_memory_is_told_from_other_errors(error: Exception, full: bool) -> None:
    assert out_of_memory(error) is full


def test_what_was_run_and_what_was_padding_is_told(runtime: Runtime, heard: Heard) -> None:
    engine = engine_on(SELFIE, plain(SELFIE, runtime), largest=4)
    Model(SELFIE, engine, feed_ahead=False).run(SEVEN)
    assert [(one.model, one.items, one.size) for one in heard.inferences] == [
        ("selfie", 4, 4),
        ("selfie", 3, 4),
    ]
    assert all(one.seconds > 0 for one in heard.inferences)


def test_bound_buffers_give_the_same_answers_and_results_stay_the_callers(runtime: Runtime) -> None:
    """The way of a GPU, with the CPU as the device."""
    entry = registry.find("blazepose-full")
    opened = session(entry, runtime)
    bound = BoundRun(onnxruntime, opened, "cpu", {output.name: output.shape for output in entry.kept})
    names = [output.name for output in entry.kept]
    first, second = SEVEN[:2], SEVEN[2:4]
    kept = bound(first, names)
    bound(second, names[:1])
    for name, value in PlainRun(opened)(first, names).items():
        np.testing.assert_array_equal(kept[name], value)
