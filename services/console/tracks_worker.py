"""The rule stage's worker that also keeps the tracks it reads, in a folder.

Run it as `python -m services.console.tracks_worker FOLDER`; all else is as in `services.actions`.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from typing_extensions import override

from services.actions.stage import ActionsStage
from services.evaluate.events.spool import Spool
from shared.actions import CameraState
from shared.settings import Settings
from shared.worker import Done, Work
from shared.worker.process import stage_main


class KeepingStage(ActionsStage):
    """The rules, with every frame kept before they see it; what is committed after that is kept for sure."""

    def __init__(self, settings: Settings, spool: Spool) -> None:
        super().__init__(settings.actions, settings.cameras)
        self._spool = spool

    @override
    def process(self, works: Sequence[Work[CameraState]]) -> list[Done[CameraState]]:
        for work in works:
            self._spool.keep(work.message)
        return super().process(works)


def argv_of(folder: Path) -> tuple[str, ...]:
    """The command of a worker that keeps its tracks in a folder."""
    return (sys.executable, "-P", "-m", "services.console.tracks_worker", str(folder))


if __name__ == "__main__":
    kept = Spool(Path(sys.argv[1]))
    raise SystemExit(stage_main("actions", os.environ, lambda settings: KeepingStage(settings, kept)))
