"""Run the worker: `python -m services.actions`."""

import os

from services.actions.stage import build
from shared.worker.process import main

if __name__ == "__main__":
    raise SystemExit(main("actions", build, os.environ))
