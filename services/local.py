"""Runs every worker of one machine as child processes: restarts those that die, stops them in order.

Call everything from the main thread: a child dies with the thread that started it.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.child import Child, Command
from services.childlog import ChildLog
from shared.bus.topology import BRANCHES, STAGES
from shared.errors import UserError
from shared.settings import Settings
from shared.worker.process import EXIT_DIVERTING, EXIT_USER

MONITOR = "monitor"
WORKERS = (*STAGES, *(link.stage for link in BRANCHES), MONITOR)
_POLL_S = 0.01
_ROOT = Path(__file__).resolve().parent.parent


class WorkerRefusedError(UserError):
    """A worker says that a person must act."""


class WorkerLostError(Exception):
    """A worker cannot stay up."""


@dataclass(frozen=True)
class Policy:
    """When a child is restarted and when it is given up; all times in seconds."""

    first_wait_s: float = 0.25
    longest_wait_s: float = 10.0
    stable_s: float = 30.0  # a child that lived so long starts from the first wait again
    attempts: int = 8  # crashes in a row without progress ...
    unproven_attempts: int = 4  # ... of a child that has never come as far as its loop
    hang_s: float = 120.0  # a loop that was touched before and then not for so long hangs
    patience_s: float = 10.0  # from SIGTERM to SIGKILL

    def wait_s(self, crashes: int) -> float:
        """The pause before the next start after so many crashes in a row (1 or more)."""
        return float(min(self.first_wait_s * 2 ** (crashes - 1), self.longest_wait_s))


@dataclass(frozen=True)
class Notice:
    """What happened to a child, for people; `tail` are the last lines it wrote."""

    name: str
    text: str
    tail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Usage:
    """What a child's processes have used, restarts included."""

    name: str
    cpu_s: float
    restarts: int


def worker_argv(stage: str) -> tuple[str, ...]:
    """The command of a stage's worker; `-P`: never a `services` folder that happens to lie where we are."""
    return (sys.executable, "-P", "-m", f"services.{stage}")


def worker_environment(environment: Mapping[str, str], config: Path | None) -> dict[str, str]:
    """What a worker's process sees.

    `config` holds the resolved settings: the variables that went into it must not be applied twice.
    """
    path = os.pathsep.join(filter(None, (str(_ROOT), environment.get("PYTHONPATH"))))
    kept = {**environment, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
    if config is None:
        return kept
    overrides = tuple(f"KINESTREAM_{name}".upper() for name in Settings.model_fields)
    kept = {key: value for key, value in kept.items() if not key.upper().startswith(overrides)}
    return {**kept, "KINESTREAM_CONFIG": str(config)}


def worker_commands(
    settings: Settings, config: Path, folder: Path, *, watched: bool = False
) -> list[Command]:
    """One command for each worker of this machine, in pipeline order; their health files lie in `folder`.

    Metrics: each gets a port of its own, counted up from the configured one. The worker `venue` only where a
    venue is configured. The monitor, last of them, only where a camera is live or may become so (`watched`):
    films wait for their stages, and whoever runs films sees how far they are.
    """
    environment = worker_environment(os.environ, config)
    commands: list[Command] = []
    watched = watched or any(camera.live for camera in settings.cameras)
    absent = set() if watched else {MONITOR}
    absent |= {link.stage for link in BRANCHES if getattr(settings, link.stage) is None}
    for stage in (worker for worker in WORKERS if worker not in absent):
        replicas: int = getattr(getattr(settings, stage, None), "replicas", 1)
        for number in range(1, replicas + 1):
            name = stage if replicas == 1 else f"{stage}-{number}"
            health = folder / f"{name}.health"
            env = {**environment, "KINESTREAM_HEALTH_FILE": str(health)}
            if settings.metrics.port is not None:
                env["KINESTREAM_METRICS__PORT"] = str(settings.metrics.port + len(commands))
            commands.append(Command(name, worker_argv(stage), env, health))
    return commands


class Supervisor:
    """Keeps the commands running; `poll` it a few times a second from the main thread."""

    def __init__(
        self,
        commands: Sequence[Command],
        logs: Path,
        notify: Callable[[Notice], None],
        policy: Policy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._children = [Child(command, ChildLog(logs / f"{command.name}.log")) for command in commands]
        self._notify = notify
        self._policy = policy or Policy()
        self._clock = clock

    def start(self) -> None:
        for child in self._children:
            child.start(self._clock())

    def poll(self) -> None:
        """Note who died, and start again whose pause is over.

        Raises:
            WorkerRefusedError: a child calls its configuration wrong.
            WorkerLostError: a child crashed too often in a row, or gave up by itself.
        """
        now = self._clock()
        for child in self._children:
            code = child.reap()
            for line in child.log.serious():
                name = child.command.name
                self._notify(Notice(name, f"says: {line.removeprefix(name.split('-')[0] + ': ')}"))
            if code is not None and not child.stopping:
                self._died(child, code, now)
            elif child.running:
                self._look(child, now)
            elif not child.stopping and now >= child.start_at:
                child.restarts += 1
                child.start(now)

    def progressed(self) -> None:
        """The pipeline moves: whatever crashed before did not stop it."""
        for child in self._children:
            child.crashes = 0

    def stop(self, prefix: str = "", hurry: Callable[[], bool] = lambda: False) -> None:
        """End the children whose name starts with `prefix`, in order: SIGTERM, patience, SIGKILL.

        `hurry` is asked while waiting; once it says so, nobody gets patience.
        """
        for child in self._children:
            if child.command.name.startswith(prefix):
                self._stop(child, hurry)

    def kill(self) -> None:
        """End all at once."""
        for child in self._children:
            child.stopping = True
            child.send(signal.SIGKILL)
        for child in self._children:
            self._await(child, lambda: False)

    def pids(self) -> dict[str, int]:
        """The processes that run at present, by name."""
        return {c.command.name: c.pid for c in self._children if c.pid is not None}

    def usage(self) -> list[Usage]:
        """What each child has used; complete once it has ended."""
        return [Usage(c.command.name, c.cpu_s, c.restarts) for c in self._children]

    def _look(self, child: Child, now: float) -> None:
        if now - child.started_at >= self._policy.stable_s:
            child.crashes = 0
        silent_s = child.silent_s(now)
        if silent_s >= self._policy.hang_s:
            self._notify(Notice(child.command.name, f"hangs for {silent_s:.0f} s and is killed"))
            child.send(signal.SIGKILL)

    def _died(self, child: Child, code: int, now: float) -> None:
        name, tail = child.command.name, child.log.tail()
        if code == EXIT_USER:
            said = tail[-1] if tail else f"{name} cannot work as it is configured, and said nothing"
            raise WorkerRefusedError(said.removeprefix("kinestream "))
        if code == EXIT_DIVERTING:
            raise WorkerLostError(tail[-1].removeprefix("kinestream ") if tail else f"{name} gave up")
        child.crashes += 1
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        policy = self._policy
        if child.crashes >= (policy.attempts if child.proven else policy.unproven_attempts):
            self._notify(Notice(name, how, tail))
            raise WorkerLostError(f"{name} cannot stay up: {child.crashes} crashes in a row, it last {how}")
        wait_s = policy.wait_s(child.crashes)
        child.start_at = now + wait_s
        self._notify(Notice(name, f"{how}; starting it again in {wait_s:g} s", tail))

    def _stop(self, child: Child, hurry: Callable[[], bool]) -> None:
        child.stopping = True
        child.send(signal.SIGTERM)
        deadline = self._clock() + self._policy.patience_s
        if self._await(child, lambda: hurry() or self._clock() >= deadline):
            return
        if not hurry():
            self._notify(
                Notice(child.command.name, "did not stop when asked and is killed", child.log.tail())
            )
        child.send(signal.SIGKILL)
        self._await(child, lambda: False)

    def _await(self, child: Child, give_up: Callable[[], bool]) -> bool:
        while child.running:
            if child.reap() is None:
                if give_up():
                    return False
                time.sleep(_POLL_S)
        return True
