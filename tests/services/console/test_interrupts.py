"""Ctrl-C, with a real run in a process of its own."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

_RUN = """
from rich.console import Console
from services.console.feed import JsonLines
from services.console.play import Outlets, Plan, play
from services.console.screen import PlainScreen
from tests.services.console.test_play import settings, toys
silent = Outlets(JsonLines(None), JsonLines(None))
report = play(Plan(settings(None, "hall")), PlainScreen(Console(width=200)), silent, toys("endless"))
print("interrupted by", report.interrupted, "after", report.progress.done, "frames")
"""


@contextmanager
def running() -> Iterator[subprocess.Popen[str]]:
    """A run of a source without an end, after its last event."""
    command = [sys.executable, "-u", "-c", _RUN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0) as process:
        assert process.stdout is not None
        confirmed = 0
        while confirmed < 3:
            line = process.stdout.readline()
            assert line, "it ended by itself"
            confirmed += "fall confirmed" in line
        try:
            yield process
        finally:
            process.kill()


def test_ctrl_c_finishes_what_is_in_flight_and_leaves_nobody_behind() -> None:
    with running() as process:
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert "stopping: what is in flight is finished first" in said
    assert "interrupted by 2 after 12 frames" in said
    assert process.returncode == 0
    assert len(family) == 2  # the server and the worker
    assert not any(child.is_running() for child in family)


def test_a_run_that_is_killed_takes_its_server_and_workers_with_it() -> None:
    with running() as process:
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.communicate(timeout=60)
    _, alive = psutil.wait_procs(family, timeout=30)
    assert [child for child in alive if child.status() != psutil.STATUS_ZOMBIE] == []
