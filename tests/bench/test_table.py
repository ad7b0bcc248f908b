"""The figures of the benchmark's table, from laps with known ones."""

import pytest

from tests.bench.command import Cost
from tests.bench.mediapipe_home import Lap
from tests.bench.pipeline import WORKERS, PipelineLap, Process, Summary
from tests.bench.table import print_laps, print_shares

THEIRS = [Lap(100, 99, seconds, Cost(seconds + 1, 2.0, "")) for seconds in (2.0, 1.0, 4.0)]


def our_lap() -> PipelineLap:
    """10 s of CPU time: each worker 1 s (bus 0.1 s, codec 0.2 s), the server 2 s, the command 2 s."""
    counts = {
        f"cpu_us:{stage}:{part}": us
        for stage in WORKERS
        for part, us in (("bus", 100_000), ("codec", 200_000))
    }
    processes = (*(Process(f"{stage}-1", 1.0) for stage in WORKERS), Process("server", 2.0))
    return PipelineLap(Summary(100, 3.0, processes, counts, streaming_s=2.0), Cost(4.0, 10.0, ""))


def test_medians_of_both_sides_and_their_ratio_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_laps(THEIRS, [our_lap()])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["MediaPipe", "loop", "50.0", "(25.0-100.0)", "33.3", "(20.0-50.0)", "20.0", "(20.0-20.0)"] in rows
    assert ["pipeline", "50.0", "(50.0-50.0)", "25.0", "(25.0-25.0)", "100.0", "(100.0-100.0)"] in rows
    assert ["pipeline", "/", "MediaPipe", "1.00", "0.75", "5.00"] in rows


def test_shares_add_up_to_the_whole_run(capsys: pytest.CaptureFixture[str]) -> None:
    print_shares([our_lap()])
    lines = capsys.readouterr().out.splitlines()
    rows = {line[:22].strip(): line[22:].split() for line in lines[2:]}
    assert rows["pose"] == ["10.00", "10.0", "0.0", "1.0", "2.0", "7.0"]
    assert rows["the command itself"] == ["20.00", "20.0"]
    assert rows["bus + codec + server"][:2] == ["38.00", "38.0"]
    whole = rows.pop("whole run")
    del rows["bus + codec + server"]
    for column in (0, 1):
        assert sum(float(row[column]) for row in rows.values()) == pytest.approx(float(whole[column]))
