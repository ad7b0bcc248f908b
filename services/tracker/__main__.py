"""Run the worker: `python -m services.tracker`."""

import os

from services.tracker.stage import build
from shared.worker.process import main

if __name__ == "__main__":
    raise SystemExit(main("tracker", build, os.environ))
