"""Run the worker: `python -m services.segmentation`."""

import os

from services.segmentation.stage import build
from shared.worker.process import main

if __name__ == "__main__":
    raise SystemExit(main("segmentation", build, os.environ))
