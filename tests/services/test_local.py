"""The supervisor, with real children."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from services.child import Command
from services.local import (
    Notice,
    Policy,
    Supervisor,
    WorkerLostError,
    WorkerRefusedError,
    worker_commands,
    worker_environment,
)
from shared.settings import Camera, Monitor, Pose, Settings
from tests.services.venue.films import venue

_DEADLINE_S = 20.0
_QUICK = Policy(first_wait_s=0.01, longest_wait_s=0.05, attempts=3, patience_s=5.0)
_SLEEPS = "import time; time.sleep(600)"
_POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("ready", flush=True)
time.sleep(600)
"""
_DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


def python(name: str, code: str, health: Path | None = None) -> Command:
    return Command(name, (sys.executable, "-c", code), {**os.environ}, health)


class Watched:
    """A supervisor and what it said."""

    def __init__(self, folder: Path, commands: Sequence[Command], policy: Policy = _QUICK) -> None:
        self.folder = folder
        self.notices: list[Notice] = []
        self.supervisor = Supervisor(commands, folder, self.notices.append, policy)

    def poll_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, self.notices
            self.supervisor.poll()
            time.sleep(0.005)

    def wait_for_notices(self, count: int) -> None:
        self.poll_until(lambda: len(self.notices) >= count)

    def wait_for_ready(self, name: str) -> None:
        log = self.folder / f"{name}.log"
        self.poll_until(lambda: log.exists() and "ready" in log.read_text())


@contextmanager
def watched(folder: Path, *commands: Command, policy: Policy = _QUICK) -> Iterator[Watched]:
    result = Watched(folder, commands, policy)
    result.supervisor.start()
    try:
        yield result
    finally:
        result.supervisor.kill()


def test_a_killed_child_is_restarted_and_said_so(tmp_path: Path) -> None:
    with watched(tmp_path, python("pose", _SLEEPS)) as run:
        first = run.supervisor.pids()["pose"]
        os.kill(first, signal.SIGKILL)
        run.poll_until(lambda: run.supervisor.pids().get("pose", first) != first)
        assert [n.text for n in run.notices] == ["was killed by SIGKILL; starting it again in 0.01 s"]
        assert run.supervisor.usage()[0].restarts == 1


def test_a_child_that_cannot_stay_up_ends_the_run_with_its_last_words(tmp_path: Path) -> None:
    code = "import sys; sys.exit('the disk is on fire')"
    with watched(tmp_path, python("pose", code)) as run:
        with pytest.raises(WorkerLostError, match="pose cannot stay up: 3 crashes in a row"):
            run.poll_until(lambda: False)
        assert run.notices[-1].tail == ("the disk is on fire",)


def test_progress_forgives_earlier_crashes(tmp_path: Path) -> None:
    with watched(tmp_path, python("pose", "import sys; sys.exit(1)")) as run:
        for crashes in range(1, 6):
            run.wait_for_notices(crashes)
            run.supervisor.progressed()
        assert len(run.notices) == 5


def test_the_pause_doubles_up_to_its_limit() -> None:
    waits = [Policy().wait_s(crashes) for crashes in range(1, 9)]
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_child_that_never_reached_its_loop_is_given_up_sooner(tmp_path: Path) -> None:
    policy = Policy(first_wait_s=0.01, longest_wait_s=0.01, attempts=50, unproven_attempts=2)
    command = python("pose", "import sys; sys.exit(1)", tmp_path / "pose.health")
    with (
        watched(tmp_path, command, policy=policy) as run,
        pytest.raises(WorkerLostError, match="2 crashes in a row"),
    ):
        run.poll_until(lambda: False)


def test_a_refused_configuration_ends_the_run_with_the_workers_own_line(tmp_path: Path) -> None:
    code = "import sys; print('kinestream pose: no model is called x', file=sys.stderr); sys.exit(2)"
    with (
        watched(tmp_path, python("pose", code)) as run,
        pytest.raises(WorkerRefusedError, match=r"^pose: no model is called x$"),
    ):
        run.poll_until(lambda: False)


def test_a_child_that_gave_up_is_not_started_to_divert_more(tmp_path: Path) -> None:
    code = "import sys; print('kinestream pose: 20 messages in a row failed', file=sys.stderr); sys.exit(3)"
    with (
        watched(tmp_path, python("pose", code)) as run,
        pytest.raises(WorkerLostError, match=r"^pose: 20 messages in a row failed$"),
    ):
        run.poll_until(lambda: False)


def test_a_child_that_ignores_sigterm_is_killed_after_its_patience(tmp_path: Path) -> None:
    policy = Policy(patience_s=0.1)
    with watched(tmp_path, python("pose", _DEAF), policy=policy) as run:
        run.wait_for_ready("pose")
        run.supervisor.stop()
        assert run.supervisor.pids() == {}
        assert [n.text for n in run.notices] == ["did not stop when asked and is killed"]


def test_children_stop_in_order_and_are_not_restarted(tmp_path: Path) -> None:
    with watched(tmp_path, python("ingest", _POLITE), python("pose", _POLITE)) as run:
        run.wait_for_ready("ingest")
        run.wait_for_ready("pose")
        run.supervisor.stop("ingest")
        run.supervisor.poll()
        assert list(run.supervisor.pids()) == ["pose"]
        run.supervisor.stop()
        run.supervisor.poll()
        assert run.supervisor.pids() == {}
        assert run.notices == []
        assert all(usage.cpu_s > 0 for usage in run.supervisor.usage())


def test_a_loop_that_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    health = tmp_path / "pose.health"
    code = f"import pathlib, time; pathlib.Path({str(health)!r}).touch(); time.sleep(600)"
    policy = Policy(first_wait_s=0.01, hang_s=0.05)
    with watched(tmp_path, python("pose", code, health), policy=policy) as run:
        run.poll_until(lambda: run.supervisor.usage()[0].restarts > 0)
        assert run.notices[0].text.startswith("hangs for")


def test_warnings_of_children_are_passed_on_and_chatter_is_not(tmp_path: Path) -> None:
    code = """
import sys, time
print("2026-01-01 00:00:00,000 ingest INFO opened", file=sys.stderr)
print("2026-01-01 00:00:00,000 ingest WARNING hall: the file is cut short", file=sys.stderr, flush=True)
time.sleep(600)
"""
    with watched(tmp_path, python("ingest", code)) as run:
        run.poll_until(lambda: bool(run.notices))
        assert [n.text for n in run.notices] == ["says: hall: the file is cut short"]


def test_no_child_survives_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent_code = f"""
import os, sys, time
from pathlib import Path
from services.child import Command
from services.local import Supervisor
command = Command("pose", (sys.executable, "-c", {_DEAF!r}), dict(os.environ))
supervisor = Supervisor([command], Path({str(tmp_path)!r}), print)
supervisor.start()
print(supervisor.pids()["pose"], flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        log = tmp_path / "pose.log"
        _wait(lambda: "ready" in log.read_text())
        parent.kill()
        parent.wait()
        _wait(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_each_stage_gets_its_replicas_and_names(tmp_path: Path) -> None:
    commands = worker_commands(Settings(pose=Pose(replicas=2)), tmp_path / "c.yaml", tmp_path)
    assert [c.name for c in commands] == [
        "ingest", "detector", "pose-1", "pose-2", "segmentation", "tracker", "actions"
    ]  # fmt: skip
    assert commands[2].argv[1:] == ("-P", "-m", "services.pose")
    assert commands[2].env["KINESTREAM_CONFIG"] == str(tmp_path / "c.yaml")
    assert commands[2].env["KINESTREAM_HEALTH_FILE"] == str(tmp_path / "pose-1.health")


@pytest.mark.parametrize(
    ("source", "real_time", "monitors"),
    [("rtsp://camera", False, 2), ("/dev/video0", False, 2), ("hall.mp4", True, 2), ("hall.mp4", False, 0)],
)
def test_the_monitor_runs_last_and_only_where_a_camera_is_live(
    source: str, real_time: bool, monitors: int, tmp_path: Path
) -> None:
    camera = Camera(name="hall", source=source, real_time=real_time)
    settings = Settings(cameras=(camera,), monitor=Monitor(replicas=2))
    names = [command.name for command in worker_commands(settings, tmp_path / "c.yaml", tmp_path)]
    assert names[6:] == ["monitor-1", "monitor-2"][:monitors]
    followed = worker_commands(settings, tmp_path / "c.yaml", tmp_path, watched=True)
    assert [command.name for command in followed[6:]] == ["monitor-1", "monitor-2"]


def test_a_venues_worker_runs_where_a_venue_is_configured(tmp_path: Path) -> None:
    settings = Settings(venue=venue(replicas=2), monitor=Monitor(replicas=1))
    commands = worker_commands(settings, tmp_path / "c.yaml", tmp_path, watched=True)
    assert [command.name for command in commands[6:]] == ["venue-1", "venue-2", "monitor"]


def test_resolved_settings_are_not_overridden_a_second_time(tmp_path: Path) -> None:
    environment = {"KINESTREAM_BUS__URL": "redis://elsewhere", "KINESTREAM_POSE": "{}", "HOME": "/h"}
    seen = worker_environment(environment, tmp_path / "c.yaml")
    assert seen["HOME"] == "/h"
    assert {k for k in seen if k.startswith("KINESTREAM")} == {"KINESTREAM_CONFIG"}


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
