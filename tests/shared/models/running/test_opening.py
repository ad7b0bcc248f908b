import logging
import sys
import weakref
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from shared.models import cache, registry
from shared.models.errors import ModelError
from shared.models.running import Model, open_model
from shared.settings import Runtime
from tests.shared.models.pictures import drawn_person, noise

NO_CUDA = "CUDAExecutionProvider" not in onnxruntime.get_available_providers()
needs_no_cuda = pytest.mark.skipif(not NO_CUDA, reason="this ONNX Runtime has CUDA")


def test_a_model_says_at_start_what_it_runs_on(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        model = open_model(registry.find("selfie"), runtime.model_copy(update={"threads": 2}))
    assert (model.provider, model.precision, model.largest_batch) == ("cpu", "fp32", 1)
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"selfie: ONNX Runtime {onnxruntime.__version__} on cpu, 2 thread(s), ready in ")
    assert line.endswith(" ms; fp32, batches of 1")


def test_models_of_one_file_and_the_same_settings_share_a_session(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    entry = registry.find("selfie-landscape")
    with caplog.at_level(logging.INFO):
        first, second, other = (
            open_model(entry, runtime.model_copy(update={"threads": threads})) for threads in (1, 1, 2)
        )
    assert first._engine is second._engine
    assert first._engine is not other._engine
    assert [", shared in " in record.getMessage() for record in caplog.records] == [False, True, False]


def test_a_session_goes_with_the_last_model_that_uses_it(runtime: Runtime) -> None:
    entry = registry.find("selfie-landscape")
    first, second = open_model(entry, runtime), open_model(entry, runtime)
    gone = weakref.ref(first._engine)
    del first
    assert gone() is second._engine
    del second
    assert gone() is None


def test_a_person_is_seen_in_the_mask(selfie: Model) -> None:
    mask = selfie.run(drawn_person(256, 256)[None])["mask"][0, 0]
    assert mask[100:150, 110:146].mean() > 0.9
    assert mask[:, :30].mean() < 0.1


def test_only_the_outputs_asked_for_come_back_and_they_are_the_same(runtime: Runtime) -> None:
    model = open_model(registry.find("blazepose-full-mask"), runtime)
    batch = np.stack(noise(256, 256, 2))
    everything = model.run(batch)
    assert list(everything) == ["landmarks", "presence", "segmentation", "heatmap", "world"]
    some = model.run(batch, outputs=["world", "presence"])
    assert list(some) == ["world", "presence"]
    np.testing.assert_array_equal(some["world"], everything["world"])


@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((256, 256, 3), np.uint8),
        np.zeros((1, 144, 256, 3), np.uint8),
        np.zeros((1, 256, 256, 3), np.float32),
    ],
)
def test_pictures_of_another_shape_or_type_are_refused(batch: np.ndarray, selfie: Model) -> None:
    with pytest.raises(ValueError, match=r"selfie takes uint8 pictures \(N, 256, 256, 3\), not"):
        selfie.run(batch)


def test_no_pictures_give_no_results_of_the_right_shape(selfie: Model) -> None:
    assert selfie.run(np.zeros((0, 256, 256, 3), np.uint8))["mask"].shape == (0, 1, 256, 256)


def test_an_unknown_output_is_refused(selfie: Model) -> None:
    with pytest.raises(ValueError, match=r"selfie has outputs \['mask'\], not \['masks'\]"):
        selfie.run(np.zeros((1, 256, 256, 3), np.uint8), ["masks"])


def test_pictures_need_not_be_contiguous(selfie: Model) -> None:
    bgr = np.ascontiguousarray(drawn_person(256, 256)[None, ..., ::-1])
    np.testing.assert_array_equal(
        selfie.run(bgr[..., ::-1])["mask"], selfie.run(drawn_person(256, 256)[None])["mask"]
    )


@needs_no_cuda
def test_a_provider_that_is_not_here_gives_way_to_the_next_with_a_warning(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    model = open_model(registry.find("selfie"), runtime.model_copy(update={"providers": ("cuda", "cpu")}))
    assert model.provider == "cpu"
    assert "selfie: ONNX Runtime has no working cuda here; trying cpu" in caplog.text


@needs_no_cuda
def test_without_any_configured_provider_there_is_one_line(runtime: Runtime) -> None:
    with pytest.raises(
        ModelError, match=r"no working provider of those configured \(cuda\); install onnxruntime-gpu"
    ):
        open_model(registry.find("selfie"), runtime.model_copy(update={"providers": ("cuda",)}))


def test_without_onnx_runtime_there_is_one_line_with_the_command(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"cannot be imported .* run: pip install onnxruntime ") as raised:
        open_model(registry.find("selfie"), runtime)
    assert "\n" not in str(raised.value)


def test_a_worker_never_downloads_what_is_missing(runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="run: kinestream models pull selfie"):
        open_model(registry.find("selfie"), runtime.model_copy(update={"models_dir": tmp_path}))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_model_is_not_opened(runtime: Runtime, selfie: Model, tmp_path: Path) -> None:
    cache.store(selfie.entry, tmp_path, cache.Made(cache.load(selfie.entry, runtime.models_dir), {}, "any"))
    cache.onnx_path(selfie.entry, tmp_path).write_bytes(b"something else")
    with pytest.raises(ModelError, match="is damaged"):
        open_model(registry.find("selfie"), runtime.model_copy(update={"models_dir": tmp_path}))
