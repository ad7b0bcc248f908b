"""Half precision: the conversion, and that it is only used where the answers stay right."""

import logging
import re

import numpy as np
import onnx
import pytest

from shared.models import cache, registry
from shared.models.running import open_model, options, precision
from shared.models.running.runs import Outputs, PlainRun
from shared.settings import Runtime
from tests.models_fixture import ANYWHERE
from tests.shared.models.running.sessions import session

NAMES = (
    *ANYWHERE,
    *(pytest.param(name, marks=pytest.mark.data) for name in ("yolox-nano", "reid-retail-0288")),
)


def answers(name: str, runtime: Runtime, data: bytes | None = None) -> Outputs:
    entry = registry.find(name)
    run = PlainRun(session(entry, runtime, data))
    return run(precision.pictures(entry), [output.name for output in entry.kept])


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_keeps_inputs_outputs_and_answers(name: str, runtime: Runtime) -> None:
    entry = registry.find(name)
    whole = cache.load(entry, runtime.models_dir)
    half = precision.to_half(whole, name)
    assert len(half) < 0.6 * len(whole)
    graph = onnx.load_from_string(half).graph
    types = [value.type.tensor_type.elem_type for value in (*graph.input, *graph.output)]
    assert types == [onnx.TensorProto.UINT8, *[onnx.TensorProto.FLOAT] * len(entry.kept)]
    assert precision.deviation(answers(name, runtime), answers(name, runtime, half)) == ""


@pytest.mark.data
def test_a_quantised_model_runs_in_half_precision_but_is_refused(runtime: Runtime) -> None:
    """Sums that are rounded to 256 steps tip over into the next one."""
    name = "posenet-353x481"
    half = precision.to_half(cache.load(registry.find(name), runtime.models_dir), name)
    assert "heatmaps is off by 0." in precision.deviation(
        answers(name, runtime), answers(name, runtime, half)
    )


def test_the_pictures_of_the_comparison_are_always_the_same() -> None:
    entry = registry.find("selfie")
    first, second = precision.pictures(entry), precision.pictures(entry)
    assert first.shape == (2, 256, 256, 3)
    np.testing.assert_array_equal(first, second)
    assert first.std() > 50


@pytest.mark.parametrize(
    ("off", "says"),
    [
        ([0.0, 0.0, 0.0, 0.0], ""),
        ([0.3, 0.0, -0.3, 0.0], ""),
        ([1.0, -1.0, 1.0, -1.0], r"^logits is off by 0.50% of its range"),
        ([0.0, 0.0, 0.0, 5.0], r"2.50% where it is worst \(at most 2%\)$"),
        ([np.nan, 0.0, 0.0, 0.0], r"^logits is off by nan"),
        ([np.inf, 0.0, 0.0, 0.0], r"^logits is off by inf"),
    ],
)
def test_what_is_too_far_off_is_told_with_figures(off: list[float], says: str) -> None:
    right = np.array([[200.0, -100.0, 50.0, 0.0]], np.float32)
    said = precision.deviation({"logits": right}, {"logits": right + np.array(off, np.float32)})
    assert re.search(says or "^$", said)


@pytest.fixture
def cpu_as_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way of a GPU, on the provider that every machine has."""
    monkeypatch.setitem(options.KINDS, "cuda", options.KINDS["cpu"])
    monkeypatch.setitem(options.DEVICES, "cuda", "cpu")
    monkeypatch.setattr(options, "_cuda", lambda _: {})


@pytest.mark.usefixtures("cpu_as_cuda")
@pytest.mark.filterwarnings("ignore:Duplicate provider")
def test_half_precision_is_used_where_it_is_right(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    wanted = {"providers": ("cuda", "cpu"), "precision": "fp16", "largest_batch": 2}
    with caplog.at_level(logging.INFO):
        model = open_model(registry.find("selfie"), runtime.model_copy(update=wanted))
    assert (model.provider, model.precision, model.largest_batch) == ("cuda", "fp16", 2)
    assert caplog.records[-1].getMessage().endswith("fp16, batches of 1 2")


@pytest.mark.usefixtures("cpu_as_cuda")
@pytest.mark.filterwarnings("ignore:Duplicate provider")
def test_half_precision_that_is_wrong_gives_way_to_single_with_one_line(
    runtime: Runtime, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "_MEAN_SHARE", 0.0)
    wanted = {"providers": ("cuda", "cpu"), "precision": "fp16", "largest_batch": 4}
    model = open_model(registry.find("blazepose-full"), runtime.model_copy(update=wanted))
    assert (model.provider, model.precision) == ("cuda", "fp32")
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert line.startswith("blazepose-full: fp32 instead of fp16, since there landmarks is off by ")


def test_the_cpu_stays_in_single_precision_and_says_so(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        model = open_model(registry.find("selfie"), runtime.model_copy(update={"precision": "fp16"}))
    assert model.precision == "fp32"
    assert "selfie: fp32 on the CPU, which gains nothing by fp16" in caplog.text
