"""Run the worker: `python -m services.segmentation`."""

import os

from services.segmentation.stage import build
from shared.worker.process import stage_main

if __name__ == "__main__":
    raise SystemExit(stage_main("segmentation", os.environ, build))
