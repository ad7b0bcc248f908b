"""Run the worker: `python -m services.actions`."""

import os
from functools import partial
from pathlib import Path

from services.actions.stage import build
from shared.worker.process import stage_main

if __name__ == "__main__":
    config = os.environ.get("KINESTREAM_CONFIG")
    wanted = partial(build, config=Path(config) if config else None)
    raise SystemExit(stage_main("actions", os.environ, wanted))
