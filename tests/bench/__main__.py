"""Speed and CPU time of the pipeline beside a MediaPipe loop, on one clip (`python -m tests.bench`).

The two take turns, so that a slow minute of the machine hits both; medians are printed, ranges in brackets.
Then every `tests/bench/bench_*.py` runs by itself.
"""

import argparse
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.settings import Settings
from tests.bench import clip, pipeline
from tests.bench.command import ROOT, CommandError, run
from tests.bench.mediapipe_home import Lap, MediaPipe
from tests.bench.pipeline import PARTS, SERVER, WORKERS, PipelineLap

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
    rival = MediaPipe(_FOLDER, Settings().runtime.models_dir)
    if only != _OURS:
        rival.prepare()
    theirs: list[Lap] = []
    ours: list[PipelineLap] = []
    for _ in range(rounds):
        if only != _OURS:
            theirs.append(rival.lap(path))
        if only != _RIVAL:
            ours.append(pipeline.lap(path, frames, _FOLDER))
    _print_laps(theirs, ours)
    if ours:
        _print_shares(ours)


def _print_laps(theirs: Sequence[Lap], ours: Sequence[PipelineLap]) -> None:
    print(f"\n{'':22}{'frames/s':>20}{'frames/s, whole run':>22}{'CPU ms per frame':>22}")
    rows: list[tuple[str, Sequence[Lap | PipelineLap]]] = [("MediaPipe loop", theirs), ("pipeline", ours)]
    for name, laps in rows:
        if laps:
            speed = _range([lap.frames / lap.streaming_s for lap in laps])
            whole = _range([lap.frames / lap.cost.wall_s for lap in laps])
            cpu = _range([1000 * lap.cost.cpu_s / lap.frames for lap in laps])
            print(f"{name:22}{speed:>20}{whole:>22}{cpu:>22}")
    if theirs:
        persons = [lap.persons for lap in theirs]
        print(f"MediaPipe found a person in {min(persons)} to {max(persons)} frames.")
    if theirs and ours:
        ratio = _speed(ours) / _speed(theirs)
        print(f"The pipeline is {ratio:.2f} times as fast as MediaPipe (aim: at least 1.00).")


def _print_shares(laps: Sequence[PipelineLap]) -> None:
    print(f"\n{'share of CPU time, %':22}{'all':>8}" + "".join(f"{part:>10}" for part in PARTS))
    for stage in WORKERS:
        parts = [_share(laps, [lap.summary.part_s(stage, part) for lap in laps]) for part in PARTS]
        whole = _share(laps, [lap.summary.cpu_s(stage) for lap in laps])
        print(f"{stage:22}{whole:8.1f}" + "".join(f"{part:10.1f}" for part in parts))
    known = (*WORKERS, SERVER)
    rest = [lap.cost.cpu_s - sum(lap.summary.cpu_s(name) for name in known) for lap in laps]
    print(f"{SERVER:22}{_share(laps, [lap.summary.cpu_s(SERVER) for lap in laps]):8.1f}")
    print(f"{'the command itself':22}{_share(laps, rest):8.1f}")
    transport = _share(laps, [lap.transport_s for lap in laps])
    print(f"Bus and codec, server included, take {transport:.1f} % of CPU time (aim: under 25 %).")


def _speed(laps: Sequence[Lap | PipelineLap]) -> float:
    return statistics.median(lap.frames / lap.streaming_s for lap in laps)


def _share(laps: Sequence[PipelineLap], seconds: Sequence[float]) -> float:
    """Median of these seconds in percent of each lap's CPU time."""
    return statistics.median(100 * part / lap.cost.cpu_s for part, lap in zip(seconds, laps, strict=True))


def _range(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"


if __name__ == "__main__":
    sys.exit(main())
