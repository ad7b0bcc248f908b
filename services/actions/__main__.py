"""Run the worker: `python -m services.actions`."""

import os

from services.actions.stage import build
from shared.worker.process import stage_main

if __name__ == "__main__":
    raise SystemExit(stage_main("actions", os.environ, build))
