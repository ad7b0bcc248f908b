"""ONNX Runtime and the libraries it needs on a GPU, found wherever they are installed."""

import contextlib
import ctypes
import functools
import importlib
import importlib.util
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.models.errors import ModelError

_LOG = logging.getLogger(__name__)

_TENSORRT = "libnvinfer.so.10"  # what ONNX Runtime 1.31 links against
_TENSORRT_MORE = ("libnvinfer_plugin.so.10", "libnvonnxparser.so.10")


def runtime() -> Any:
    """The onnxruntime module; imported only here and now: everything but a worker runs without it.

    Raises:
        ModelError: it is not installed.
    """
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise ModelError(
            f"ONNX Runtime cannot be imported ({error}); run: pip install onnxruntime"
            " (for NVIDIA: pip install onnxruntime-gpu)"
        ) from error


@functools.cache
def failures() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises where it cannot load or run a model."""
    state = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    of_its_own = (
        "RuntimeException",
        "Fail",
        "EPFail",
        "EngineError",
        "InvalidArgument",
        "InvalidGraph",
        "InvalidProtobuf",
        "NotImplemented",
    )
    return (*(getattr(state, name) for name in of_its_own), RuntimeError, ValueError)


def one_line(error: Exception) -> str:
    """The beginning of an error's text, for a line of ours."""
    return " ".join(str(error).split())[:200]


def driver_is_here() -> bool:
    """Whether NVIDIA's driver is installed; without it ONNX Runtime prints a page and names other causes."""
    return _load("libcuda.so.1") is not None


@functools.cache
def load_cuda() -> None:
    """Load CUDA and cuDNN from NVIDIA's wheels, if these are installed, else from the system's paths.

    Without it the CUDA provider finds them only where the linker looks. What is missing is logged: the
    provider then fails by itself, and says less.
    Source: https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html (preload DLLs).
    """
    preload = getattr(runtime(), "preload_dlls", None)  # since 1.21
    if preload is None:
        return
    said = io.StringIO()
    with contextlib.redirect_stdout(said):  # it prints what it cannot load
        preload()
    for line in said.getvalue().splitlines():
        _LOG.warning("ONNX Runtime: %s", line)


@functools.cache
def load_tensorrt() -> int | None:
    """Load TensorRT from NVIDIA's wheel (`tensorrt_libs`) or the system; its version, None without one."""
    load_cuda()
    inference = _load(_TENSORRT)
    if inference is None:
        return None
    for name in _TENSORRT_MORE:
        _load(name)
    return int(inference.getInferLibVersion())


def _load(name: str) -> ctypes.CDLL | None:
    for path in (*_in_wheel(name), name):
        with contextlib.suppress(OSError):
            return ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
    return None


def _in_wheel(name: str) -> Iterator[str]:
    spec = importlib.util.find_spec("tensorrt_libs")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        yield str(Path(folder) / name)
