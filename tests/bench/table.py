"""What the benchmark prints: medians, ranges in brackets."""

import statistics
from collections.abc import Callable, Sequence

from tests.bench.mediapipe_home import Lap
from tests.bench.pipeline import PARTS, SERVER, WORKERS, PipelineLap

_REST = "start, rest"  # Python's start, loading of models, and what a worker does beside its loop


def print_laps(theirs: Sequence[Lap], ours: Sequence[PipelineLap]) -> None:
    """Speed and CPU time of both sides, and ours as a multiple of theirs."""
    print(f"\n{'':22}{'frames/s':>20}{'frames/s, whole run':>22}{'CPU ms per frame':>22}")
    rows: list[tuple[str, Sequence[Lap | PipelineLap]]] = [("MediaPipe loop", theirs), ("pipeline", ours)]
    for name, laps in rows:
        if laps:
            speed, whole, cpu = (_range([column(lap) for lap in laps]) for column in _COLUMNS)
            print(f"{name:22}{speed:>20}{whole:>22}{cpu:>22}")
    if theirs and ours:
        speed, whole, cpu = (f"{_median(ours, column) / _median(theirs, column):.2f}" for column in _COLUMNS)
        print(f"{'pipeline / MediaPipe':22}{speed:>20}{whole:>22}{cpu:>22}")
        print(f"{'aim':22}{'at least 1.00':>20}")
    if theirs:
        persons = [lap.persons for lap in theirs]
        print(f"MediaPipe found a person in {min(persons)} to {max(persons)} frames.")


def print_shares(laps: Sequence[PipelineLap]) -> None:
    """CPU time per frame of every process, its share of the whole run, and what of it is for what."""
    headings = (*PARTS, _REST)
    print(f"\n{'CPU time':22}{'ms/frame':>10}{'share %':>10}  of it" + "".join(f"{p:>12}" for p in headings))
    for stage in WORKERS:
        parts = [[lap.summary.part_s(stage, part) for lap in laps] for part in PARTS]
        whole = [lap.summary.cpu_s(stage) for lap in laps]
        rest = [all_s - sum(counted) for all_s, *counted in zip(whole, *parts, strict=True)]
        shares = "".join(f"{_share(laps, part):12.1f}" for part in (*parts, rest))
        print(f"{_row(stage, laps, whole)}       {shares}")
    server = [lap.summary.cpu_s(SERVER) for lap in laps]
    known = (*WORKERS, SERVER)
    command = [lap.cost.cpu_s - sum(lap.summary.cpu_s(name) for name in known) for lap in laps]
    print(_row(SERVER, laps, server))
    print(_row("the command itself", laps, command))
    print(_row("whole run", laps, [lap.cost.cpu_s for lap in laps]))
    print(f"{_row('bus + codec + server', laps, [lap.transport_s for lap in laps])}  aim: under 25 %")


_COLUMNS: tuple[Callable[[Lap | PipelineLap], float], ...] = (
    lambda lap: lap.frames / lap.streaming_s,
    lambda lap: lap.frames / lap.cost.wall_s,
    lambda lap: 1000 * lap.cost.cpu_s / lap.frames,
)


def _row(name: str, laps: Sequence[PipelineLap], seconds: Sequence[float]) -> str:
    """These seconds of each lap as milliseconds per frame and in percent of the lap's CPU time."""
    per_frame = statistics.median(1000 * part / lap.frames for part, lap in zip(seconds, laps, strict=True))
    return f"{name:22}{per_frame:10.2f}{_share(laps, seconds):10.1f}"


def _median(laps: Sequence[Lap | PipelineLap], column: Callable[[Lap | PipelineLap], float]) -> float:
    return statistics.median(column(lap) for lap in laps)


def _share(laps: Sequence[PipelineLap], seconds: Sequence[float]) -> float:
    """Median of these seconds in percent of each lap's CPU time."""
    return statistics.median(100 * part / lap.cost.cpu_s for part, lap in zip(seconds, laps, strict=True))


def _range(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"
