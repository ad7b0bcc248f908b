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
    assert any("1.00 times" in " ".join(row) for row in rows)


def test_shares_add_up_to_the_whole_run(capsys: pytest.CaptureFixture[str]) -> None:
    print_shares([our_lap()])
    lines = capsys.readouterr().out.splitlines()
    shares = {line[:22].strip(): line[22:].split() for line in lines[2:10]}
    assert shares["pose"] == ["10.0", "0.0", "1.0", "2.0"]
    assert sum(float(share[0]) for share in shares.values()) == pytest.approx(100)
    assert shares["the command itself"] == ["20.0"]
    assert "take 38.0 % of CPU time, 45.0 % with all of ingest" in lines[10]
