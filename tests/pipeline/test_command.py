"""`kinestream run` on real footage, as people type it."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from shared.messages import Event, EventKind, Phase
from shared.settings import Runtime
from tests.services.footage import data_file

pytestmark = pytest.mark.data

_ROOT = Path(__file__).resolve().parents[2]
_LIMIT_S = 120.0


def run(source: Path, *options: str) -> list[Event]:
    """The events that the command writes."""
    done = subprocess.run(
        [sys.executable, "-m", "services", "run", str(source), "--events", "-", *options],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert "nothing dropped, no dead letters" in done.stderr
    return [msgspec.json.decode(line, type=Event) for line in done.stdout.splitlines()]


def test_a_real_fall_is_told_on_stdout_while_it_matters(runtime: Runtime) -> None:
    events = run(data_file("clips/gmdcsa24/s3_fall_15.mp4"))
    raised = [e for e in events if e.kind is EventKind.FALL and e.phase is Phase.CONFIRMED]
    assert len(raised) == 1
    assert 1.86 <= raised[0].pts_us / 1e6 <= 5.65


def test_a_real_sitting_down_on_a_bed_is_told_and_is_no_fall(runtime: Runtime) -> None:
    events = run(data_file("clips/gmdcsa24/s3_adl_18.mp4"), "--max-frames", "100")
    assert {event.kind for event in events} == {EventKind.SIT_DOWN}
