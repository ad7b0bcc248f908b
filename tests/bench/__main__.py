"""Speed and CPU time of the pipeline beside a MediaPipe loop, on one clip (`python -m tests.bench`).

The two take turns, so that a slow minute of the machine hits both; medians are printed, ranges in brackets.
Then every `tests/bench/bench_*.py` runs by itself.
"""

import argparse
import os
import platform
import sys
from pathlib import Path

from shared.settings import Settings
from tests.bench import clip, pipeline
from tests.bench.command import ROOT, CommandError, run
from tests.bench.mediapipe_home import Lap, MediaPipe
from tests.bench.pipeline import PipelineLap
from tests.bench.table import print_laps, print_shares

_FOLDER = ROOT / "build/bench"
_RIVAL, _OURS = "mediapipe", "pipeline"


def main() -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=3, help="laps of each")
    parser.add_argument("--frames", type=int, default=1503, help="length of the clip")
    parser.add_argument("--only", choices=(_RIVAL, _OURS, "parts"), help="one side, or the bench_*.py alone")
    options = parser.parse_args()
    try:
        if options.only != "parts":
            compare(options.rounds, options.frames, options.only)
        if options.only in (None, "parts"):
            for path in sorted(Path(__file__).parent.glob("bench_*.py")):
                print(f"\n{path.stem}", flush=True)
                print(run([sys.executable, "-m", f"tests.bench.{path.stem}"]).output.rstrip())
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def compare(rounds: int, frames: int, only: str | None) -> None:
    """Both in turn over the same clip, then the table."""
    path = _FOLDER / f"clip-{frames}.mp4"
    shown = clip.make(path, frames)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(
        f"{frames} frames of {clip.WIDTH_PX}x{clip.HEIGHT_PX}: {shown}; {rounds} laps each, in turn",
        flush=True,
    )
    rival = MediaPipe(_FOLDER, Settings())
    if only != _OURS:
        rival.prepare()
    theirs: list[Lap] = []
    ours: list[PipelineLap] = []
    for _ in range(rounds):
        if only != _OURS:
            theirs.append(rival.lap(path))
        if only != _RIVAL:
            ours.append(pipeline.lap(path, frames, _FOLDER))
    print_laps(theirs, ours)
    if ours:
        print_shares(ours)


if __name__ == "__main__":
    sys.exit(main())
