"""Ingest workers as real processes, with their nurseries and players."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import yaml

from shared import messages
from shared.bus.redis_transport import RedisTransport
from shared.bus.topology import CHAIN
from shared.bus.transport import START
from shared.messages import AnyMessage
from shared.settings import Camera

ROOT = Path(__file__).parents[3]
DEADLINE_S = 30.0
_TITLE = "kinestream ingest: "


def until(condition: Callable[[], bool], what: str = "it") -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} does not happen"
        time.sleep(0.005)


class Config:
    """A settings file that is edited."""

    def __init__(self, path: Path, url: str, **sections: Any) -> None:
        self.path = path
        bus = {"url": url, "partitions": 2, "lease_s": 2.0, **sections.pop("bus", {})}
        self._sections = {"bus": bus, "ingest": {"retry_first_s": 0.1, "hang_s": 2.0}, **sections}

    def write(self, cameras: Sequence[Camera], **sections: Any) -> "Config":
        """Replace the file."""
        plain = [camera.model_dump(mode="json", exclude_defaults=True) for camera in cameras]
        text = yaml.safe_dump({**self._sections, **sections, "cameras": plain})
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.path)
        return self


class Worker:
    """`python -m services.ingest`; leaving kills it and all it made."""

    def __init__(self, config: Path, log: Path, **environment: str) -> None:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("KINESTREAM_")}
        self._log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.ingest"],
                cwd=ROOT,
                env={**bare, "KINESTREAM_CONFIG": str(config), **environment},
                stderr=file,
            )
        self._itself = psutil.Process(self.process.pid)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def has_said(self, text: str) -> bool:
        return text in self.said

    def family(self) -> dict[str, psutil.Process]:
        """The nursery and the players by their titles, zombies included."""
        found = {}
        for process in self._itself.children(recursive=True):
            try:
                title = " ".join(process.cmdline()).strip()
            except psutil.Error:
                continue
            found[title.removeprefix(_TITLE)] = process
        return found

    def player(self, camera: str) -> psutil.Process:
        """The camera's process, waiting for it."""
        until(lambda: camera in self.family(), f"a player of {camera}")
        return self.family()[camera]

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_S)


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended (one that nobody has reaped yet has)."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def published(transport: RedisTransport) -> Mapping[str, list[AnyMessage]]:
    """Each camera's messages in the order of the stream."""
    cursors = dict.fromkeys(range(transport.partitions), START)
    found: dict[str, list[AnyMessage]] = {}
    for entries in transport.read(CHAIN[0].stage, cursors, count=100_000, block_ms=1).entries.values():
        for entry in entries:
            message = messages.decode(entry.data)
            found.setdefault(message.camera, []).append(message)
    return found


def grows(transport: RedisTransport, camera: str) -> Callable[[], bool]:
    """Whether the camera has gone on since this was called."""
    before = transport.source(camera).seq
    return lambda: transport.source(camera).seq > before


def owner(transport: RedisTransport, camera: str, workers: Sequence[Worker]) -> Worker:
    """The worker whose camera it is, once the workers have shared the partitions."""
    found: list[Worker] = []

    def shared() -> bool:
        held = transport.watch().holders
        names = [held.get(("ingest", p), "--").split("-")[-2] for p in range(transport.partitions)]
        name = names[transport.assign(camera)]
        found[:] = [worker for worker in workers if str(worker.process.pid) == name]
        playing = [worker for worker in workers if camera in worker.family()]
        return len(set(names)) == len(workers) and playing == found != []

    until(shared, "sharing")
    return found[0]
