"""Run the worker: `python -m services.venue`."""

import os

from services.venue.stage import build
from shared.worker.process import stage_main

if __name__ == "__main__":
    raise SystemExit(stage_main("venue", os.environ, build))
