"""Run the worker: `python -m services.pose`."""

import os

from services.pose.stage import build
from shared.worker.process import main

if __name__ == "__main__":
    raise SystemExit(main("pose", build, os.environ))
