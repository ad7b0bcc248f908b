"""The benchmark of a GPU: rehearsed on the CPU, and its arithmetic with known figures."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tests.bench.bench_gpu.gpu import Sample, Watch, parsed
from tests.bench.bench_gpu.measuring import Figures, Load, load, parity, summary
from tests.bench.command import ROOT
from tests.models_fixture import models_dir

__all__ = ["models_dir"]

NO_CUDA = "CUDAExecutionProvider" not in onnxruntime.get_available_providers()


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench.bench_gpu", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "KINESTREAM_DATA"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_rehearsal_on_the_cpu_measures_and_writes_everything(models_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "gpu.json"
    done = bench(
        "--provider",
        "cpu",
        "--quick",
        "--models",
        "selfie",
        "--models-dir",
        str(models_dir),
        "--out",
        str(out),
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(out.read_text())
    [figures] = report["measured"]
    assert (figures["model"], figures["provider"], figures["precision"]) == ("selfie", "cpu", "fp32")
    assert set(figures["ms_per_item"]) == {"1", "8"}
    assert [(one["batch"], one["threads"]) for one in figures["loads"]] == [(1, 1), (1, 2), (8, 1), (8, 2)]
    assert figures["best"]["items_per_s"] == max(one["items_per_s"] for one in figures["loads"])
    assert [(one["output"], one["largest"]) for one in figures["parity"]] == [("mask", 0.0)]
    assert report["machine"]["crops"].startswith("rendered: ")
    assert "selfie                cpu fp32" in done.stdout


@pytest.mark.skipif(not NO_CUDA, reason="this ONNX Runtime has CUDA")
def test_without_cuda_it_says_what_to_do_and_exits_with_2() -> None:
    done = bench("--quick")
    assert done.returncode == 2
    assert done.stderr.startswith("ONNX Runtime ")
    assert "has no CUDA, only " in done.stderr
    assert "make wheels-gpu" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_models_it_says_so_and_exits_with_2(tmp_path: Path) -> None:
    done = bench("--provider", "cpu", "--quick", "--models-dir", str(tmp_path))
    assert (done.returncode, done.stderr.split(".")[0]) == (2, f"no models in {tmp_path}")


def test_the_drivers_lines_become_samples_and_others_are_left_out() -> None:
    lines = [
        "0, 512, 80.1",
        "97, 10240, 612.3",
        "99, 10240, [N/A]",
        "",
        "No devices were found",
        "[N/A], 1, 2",
    ]
    watch = Watch(parsed(lines))
    assert watch.samples == [Sample(0, 512, 80.1), Sample(97, 10240, 612.3), Sample(99, 10240, None)]
    assert (watch.busy, watch.memory_mib, watch.power_w) == (98, 10240, 612.3)
    assert (Watch().busy, Watch().memory_mib, Watch().power_w) == (None, None, None)


def test_parity_is_the_largest_and_mean_difference() -> None:
    [found] = parity(
        {"world": np.array([[1.0, -2.0]], np.float32)}, {"world": np.array([[1.5, -2.0]], np.float32)}
    )
    assert (found.output, found.largest, found.mean, found.range) == ("world", 0.5, 0.25, 2.0)


def test_what_fails_in_a_thread_of_the_load_is_raised() -> None:
    def once() -> int:
        raise RuntimeError("no such device")

    with pytest.raises(RuntimeError, match="no such device"):
        load(once, batch=1, threads=2, seconds=5)


def test_the_table_shows_the_batch_that_gave_the_most() -> None:
    loads = (
        Load(8, 1, 900.0, 61.0, 800.0, 300.0),
        Load(32, 2, 4200.0, 98.4, 900.0, 640.2),
        Load(64, 2, 4100.0, 99, 1, 1),
    )
    figures = Figures(
        "pose",
        "cuda",
        "fp16",
        64,
        {1: 1.5, 8: 0.4, 32: 0.25, 64: 0.24},
        (),
        loads,
        Load(32, 1, 1500.0, 40, 1, 1),
    )
    off = parity({"world": np.ones((1, 3), np.float32)}, {"world": np.full((1, 3), 1.25, np.float32)})
    head, row = summary([Figures(**{**vars(figures), "parity": off})])
    assert head.split()[:6] == ["model", "place", "ms/item", "x1", "ms/item", "x8"]
    assert row.split() == [
        *("pose", "cuda", "fp16", "1.500", "0.400", "0.250", "0.240"),
        *("4200", "32", "2", "98", "640", "1500", "world", "0.25", "of", "1"),
    ]
