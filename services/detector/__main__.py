"""Run the worker: `python -m services.detector`."""

import os

from services.detector.stage import build
from shared.worker.process import stage_main

if __name__ == "__main__":
    raise SystemExit(stage_main("detector", os.environ, build))
