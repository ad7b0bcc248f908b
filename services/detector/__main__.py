"""Run the worker: `python -m services.detector`."""

import os

from services.detector.stage import build
from shared.worker.process import main

if __name__ == "__main__":
    raise SystemExit(main("detector", build, os.environ))
