"""Whether MediaPipe can run here, for tests and benchmarks that need it."""

import ctypes.util
import importlib.util

import pytest

_LIBRARIES = {"EGL": "libegl1", "GLESv2": "libgles2"}


def missing() -> str:
    """What MediaPipe needs and this machine lacks, with the way to get it; empty where it can run."""
    packages = [package for name, package in _LIBRARIES.items() if ctypes.util.find_library(name) is None]
    if packages:
        return f"MediaPipe needs system libraries: sudo apt install {' '.join(packages)}"
    if importlib.util.find_spec("mediapipe") is None:
        return (
            "MediaPipe is not installed: pip install --no-deps --require-hashes -r requirements-mediapipe.txt"
        )
    return ""


needs_mediapipe = pytest.mark.skipif(bool(missing()), reason=missing())
