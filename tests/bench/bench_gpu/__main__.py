"""Measures unattended, and says what to mend where it cannot.

This file itself needs the standard library only: nothing else is sure to be there.
"""

import argparse
import importlib.util
import sys
from pathlib import Path

from tests.bench.bench_gpu.mending import FETCH

_NEEDED = ("onnxruntime", "numpy", "cv2", "msgspec", "pydantic_settings", "onnx", "av")


def main() -> int:
    """Exit code 0 with a table, 1 where a measurement failed, 2 where something is missing."""
    options = _parser().parse_args()
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(f"{sys.executable} has no {', '.join(missing)}. {FETCH}", file=sys.stderr)
        return 2
    from tests.bench.bench_gpu import bench  # noqa: PLC0415 - it needs what was just looked for

    try:
        return bench.run(options)
    except bench.MissingError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.bench_gpu", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--provider", choices=("gpu", "cpu"), default="gpu", help="cpu: a rehearsal")
    parser.add_argument("--quick", action="store_true", help="short times and small batches")
    parser.add_argument("--models", nargs="*", metavar="NAME", help="only these")
    parser.add_argument(
        "--models-dir", type=Path, help="the cache; else build/models, else the configured one"
    )
    parser.add_argument("--batches", type=int, nargs="*", metavar="N", help="powers of two")
    parser.add_argument("--out", type=Path, default=Path("build/bench/gpu.json"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
