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
FALL, SITTING = "s3_fall_15", "s3_adl_18"


@pytest.fixture(scope="module")
def told(runtime: Runtime) -> dict[str, list[Event]]:
    """The events of two clips that one command plays, by camera."""
    clips = [str(data_file(f"clips/gmdcsa24/{name}.mp4")) for name in (FALL, SITTING)]
    done = subprocess.run(
        [sys.executable, "-m", "services", "run", *clips, "--events", "-", "--max-frames", "100"],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert "nothing dropped, no dead letters" in done.stderr
    events = [msgspec.json.decode(line, type=Event) for line in done.stdout.splitlines()]
    return {name: [event for event in events if event.camera == name] for name in (FALL, SITTING)}


def test_a_real_fall_is_told_on_stdout_while_it_matters(told: dict[str, list[Event]]) -> None:
    raised = [e for e in told[FALL] if e.kind is EventKind.FALL and e.phase is Phase.CONFIRMED]
    assert len(raised) == 1
    assert 1.86 <= raised[0].pts_us / 1e6 <= 5.65


def test_a_real_sitting_down_on_a_bed_is_told_and_is_no_fall(told: dict[str, list[Event]]) -> None:
    assert {event.kind for event in told[SITTING]} == {EventKind.SIT_DOWN}
