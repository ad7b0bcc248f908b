"""MediaPipe in an environment of its own: its wheel brings an OpenCV that would overwrite ours."""

import ctypes.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from shared.models import cache, registry
from tests.bench.command import ROOT, CommandError, Cost, run

_LIBRARIES = {"EGL": "libegl1", "GLESv2": "libgles2"}
_LOCK = ROOT / "requirements-bench.txt"


@dataclass(frozen=True)
class Lap:
    """One run over the clip. `streaming_s`: from the first picture to the last result."""

    frames: int
    persons: int
    streaming_s: float
    cost: Cost


class MediaPipe:
    """The rival, installed on first use below `folder` and reused while its lock stays the same."""

    def __init__(self, folder: Path, models_dir: Path) -> None:
        self._python = folder / "venv/bin/python"
        self._stamp = folder / "venv/installed.txt"
        self._bundle = folder / "pose_landmarker.task"
        self._models_dir = models_dir

    def prepare(self) -> None:
        """Install what is not there yet and build the bundle.

        Raises:
            CommandError: a Debian package is missing, or the installation failed.
        """
        missing = [package for name, package in _LIBRARIES.items() if ctypes.util.find_library(name) is None]
        if missing:
            raise CommandError(f"MediaPipe needs system libraries: sudo apt install {' '.join(missing)}")
        if not self._stamp.exists() or self._stamp.read_bytes() != _LOCK.read_bytes():
            print("installing MediaPipe in an environment of its own ...", flush=True)
            run([sys.executable, "-m", "venv", "--clear", self._python.parents[1]])
            run([self._python, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", _LOCK])
            self._stamp.write_bytes(_LOCK.read_bytes())
        models = [
            cache.source_path(registry.find(name), self._models_dir)
            for name in ("blazepose-detector", "blazepose-full")
        ]
        run([self._python, "-m", "tests.bench.mediapipe_bundle", *models, self._bundle])

    def lap(self, clip: Path) -> Lap:
        """Analyse the clip once.

        Raises:
            CommandError: it failed.
        """
        cost = run([self._python, "-m", "tests.bench.mediapipe_loop", clip, self._bundle])
        result = json.loads(cost.output)
        return Lap(result["frames"], result["persons"], result["streaming_s"], cost)
