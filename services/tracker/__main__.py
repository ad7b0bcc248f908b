"""Run the worker: `python -m services.tracker`."""

import os

from services.tracker.stage import build
from shared.worker.process import stage_main

if __name__ == "__main__":
    raise SystemExit(stage_main("tracker", os.environ, build))
