"""One child process after the other for one command: started, watched, ended.

Children live in process groups of their own (Ctrl-C in a terminal reaches only the parent, which decides) and
are tied to the parent, so that none survives it. A child dies with the thread that started it.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.childlog import ChildLog
from shared.worker import leash


@dataclass(frozen=True)
class Command:
    """A child: what to run and what to add to the environment."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    health: Path | None = None  # touched by the child's loop


class Child:
    """One command and the process that runs it at present."""

    def __init__(self, command: Command, log: ChildLog) -> None:
        self.command = command
        self.log = log
        self.crashes = 0
        self.restarts = 0
        self.cpu_s = 0.0
        self.start_at = 0.0
        self.stopping = False
        self.proven = command.health is None
        self._process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self._touched = (0.0, 0.0)  # the health file's time, and when we saw it change

    @property
    def pid(self) -> int | None:
        """Of the process that runs at present."""
        return None if self._process is None else self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None

    def start(self, now: float) -> None:
        """Start the next process; `now` by the supervisor's clock, in seconds."""
        if self.command.health is not None:
            self.command.health.unlink(missing_ok=True)
        leashed = (sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *self.command.argv)
        log = self.log.begin()
        try:
            self._process = subprocess.Popen(
                leashed,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.command.env or None,
                process_group=0,
            )
        finally:
            os.close(log)
        self.started_at = now
        self._touched = (0.0, now)

    def reap(self) -> int | None:
        """The exit code (negative: the signal) if the process has ended since the last look."""
        if self._process is None:
            return None
        pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
        if not pid:
            return None
        self.cpu_s += usage.ru_utime + usage.ru_stime
        self._process.returncode = os.waitstatus_to_exitcode(status)
        code, self._process = self._process.returncode, None
        self.proven = self.proven or (self.command.health is not None and self.command.health.exists())
        return code

    def send(self, number: signal.Signals) -> None:
        """Signal the process; SIGKILL goes to all it may have started."""
        if self._process is None:
            return
        if number is signal.SIGKILL:
            os.killpg(self._process.pid, number)
        else:
            os.kill(self._process.pid, number)

    def silent_s(self, now: float) -> float:
        """How long the loop has not touched its health file; 0 before it did so first."""
        health = self.command.health
        touched = health.stat().st_mtime if health is not None and health.exists() else 0.0
        if touched != self._touched[0]:
            self._touched = (touched, now)
        return now - self._touched[1] if touched else 0.0
