"""What the benchmark prints: medians, ranges in brackets."""

import statistics
from collections.abc import Sequence

from tests.bench.mediapipe_home import Lap
from tests.bench.pipeline import PARTS, SERVER, WORKERS, PipelineLap


def print_laps(theirs: Sequence[Lap], ours: Sequence[PipelineLap]) -> None:
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


def print_shares(laps: Sequence[PipelineLap]) -> None:
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
    most = _share(laps, [lap.transport_s + lap.uncounted_s for lap in laps])
    print(
        f"Bus and codec, server included, take {transport:.1f} % of CPU time, {most:.1f} % with all of ingest"
        " (reading, encoding, publishing; aim: under 25 %)."
    )


def _speed(laps: Sequence[Lap | PipelineLap]) -> float:
    return statistics.median(lap.frames / lap.streaming_s for lap in laps)


def _share(laps: Sequence[PipelineLap], seconds: Sequence[float]) -> float:
    """Median of these seconds in percent of each lap's CPU time."""
    return statistics.median(100 * part / lap.cost.cpu_s for part, lap in zip(seconds, laps, strict=True))


def _range(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"
