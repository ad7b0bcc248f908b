"""Run the worker: `python -m services.pose`."""

import os

from services.pose.stage import build
from shared.worker.process import stage_main

if __name__ == "__main__":
    raise SystemExit(stage_main("pose", os.environ, build))
