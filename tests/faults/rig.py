"""Ingest workers as processes on a real server, playing one camera that is watched."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from shared.bus.connect import open_bus
from shared.settings import load
from tests.faults import usage
from tests.faults.watcher import Watcher
from tests.pipeline.play import Server
from tests.servers.ports import free_port
from tests.servers.waiting import until

CAMERA = "hall"

_ROOT = Path(__file__).parents[2]
_MEMORY_MB = 128
_STOP_S = 15.0
_GONE_S = 10.0

Section = Mapping[str, Any]


def now_ms() -> int:
    """The wall clock, which is the server's, too."""
    return time.time_ns() // 1_000_000


class Rig:
    """Runs while entered: the server at once, ingest workers by `start_worker`.

    Args:
        folder: for the configuration, the logs and the server's data.
        sections: of the configuration, beside the bus and the camera.
        camera: options of the camera that stay whatever `configure` says.
        lease_s: of the workers.
    """

    def __init__(
        self,
        folder: Path,
        sections: Mapping[str, Section],
        camera: Mapping[str, Any] | None = None,
        lease_s: float = 3.0,
    ) -> None:
        self.folder = folder
        self.server = Server(folder, _MEMORY_MB)
        self.config = folder / "kinestream.yaml"
        self.logs = folder / "logs"
        self.workers: list[subprocess.Popen[bytes]] = []
        self._pages: list[str] = []
        self._sections = sections
        self._camera = camera or {}
        self._lease_s = lease_s
        self._stack = ExitStack()
        self._started = 0
        self._known: set[psutil.Process] = set()  # orphans of a killed worker are no longer its descendants

    def configure(self, camera: Mapping[str, Any]) -> None:
        """Write the configuration, as somebody who edits the file does; JSON is YAML."""
        bus = {"url": self.server.url, "partitions": 2, "lease_s": self._lease_s, "window": 96}
        sections = {"frames": {"store": "redis"}, **self._sections}
        cameras = [{"name": CAMERA, **self._camera, **camera}]
        written = self.config.with_suffix(".new")
        written.write_text(json.dumps({"bus": bus, **sections, "cameras": cameras}), encoding="utf-8")
        written.rename(self.config)

    def watch(self) -> Watcher:
        """Follow the camera from now on."""
        partition = open_bus(load(self.config).bus).assign(CAMERA)
        return self._stack.enter_context(Watcher(self.server.url, CAMERA, partition))

    def start_worker(self) -> subprocess.Popen[bytes]:
        """One more ingest worker."""
        bare = {name: value for name, value in os.environ.items() if not name.startswith("KINESTREAM_")}
        self.logs.mkdir(exist_ok=True)
        self._started += 1
        port = free_port()
        self._pages.append(f"http://127.0.0.1:{port}/metrics")
        with (self.logs / f"ingest-{self._started}.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "services.ingest"],
                cwd=_ROOT,
                env={**bare, "KINESTREAM_CONFIG": str(self.config), "KINESTREAM_METRICS__PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def processes(self) -> list[psutil.Process]:
        """All workers and what they started, those that survived their worker included."""
        self._known |= {process for worker in self.workers for process in usage.family(worker.pid)}
        self._known = {process for process in self._known if process.is_running()}
        return sorted(self._known, key=lambda process: process.pid)

    def players(self) -> list[psutil.Process]:
        """The processes that read the camera: they bear its name in their title."""
        return [process for process in self.processes() if CAMERA in " ".join(process.cmdline())]

    def pss_mb(self) -> float:
        """Memory of all ingest processes, in MB."""
        return sum(each.pss_mb for each in usage.usages(process.pid for process in self.processes()))

    def pages(self) -> list[str]:
        """URLs of the metrics of all workers that live."""
        return [page for page, worker in zip(self._pages, self.workers, strict=True) if worker.poll() is None]

    def drops(self) -> dict[str, int]:
        """Pictures that were never published, by reason."""
        drops = open_bus(load(self.config).bus).overview().drops
        return {reason: count for (camera, reason), count in drops.items() if camera == CAMERA}

    def said(self) -> str:
        """What the workers logged, for messages of failed tests."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.logs.glob("*.log")))

    def __enter__(self) -> Self:
        self.server.start()
        self._stack.callback(self.server.stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leftovers = self._end_workers()
        self._stack.close()
        if error is None:
            assert not leftovers, f"these outlived their worker: {leftovers}"

    def _end_workers(self) -> list[str]:
        """SIGTERM to all; what is left after a while is killed and named."""
        family = self.processes()
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            try:
                worker.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        _, alive = psutil.wait_procs([p for p in family if p.is_running()], timeout=_GONE_S)
        names = [f"{process.pid} {process.name()}" for process in alive if process.is_running()]
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return names


def steady(watcher: Watcher, pictures: int, limit_s: float = 30.0) -> None:
    """Wait until so many pictures have come from now on."""
    start = len(watcher.seen.pictures)
    until(lambda: len(watcher.seen.pictures) >= start + pictures, f"{pictures} pictures", limit_s)
