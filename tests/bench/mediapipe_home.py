"""MediaPipe alone, in a process of its own: the rival of the comparison."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from services.pose.tasks.bundle import bundle_of
from shared.settings import Settings
from tests.bench.command import CommandError, Cost, run
from tests.mediapipe_needs import missing


@dataclass(frozen=True)
class Lap:
    """One run over the clip. `streaming_s`: from the first picture to the last result."""

    frames: int
    persons: int
    streaming_s: float
    cost: Cost


class MediaPipe:
    """The rival, with a bundle below `folder`."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._bundle = folder / "pose_landmarker.task"
        self._settings = settings

    def prepare(self) -> None:
        """Build the bundle.

        Raises:
            CommandError: MediaPipe cannot run here.
        """
        if lack := missing():
            raise CommandError(lack)
        self._bundle.parent.mkdir(parents=True, exist_ok=True)
        self._bundle.write_bytes(bundle_of(self._settings))

    def lap(self, clip: Path) -> Lap:
        """Analyse the clip once.

        Raises:
            CommandError: it failed.
        """
        cost = run([sys.executable, "-m", "tests.bench.mediapipe_loop", clip, self._bundle])
        result = json.loads(cost.output)
        return Lap(result["frames"], result["persons"], result["streaming_s"], cost)
