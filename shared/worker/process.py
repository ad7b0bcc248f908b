"""A worker as a process: settings, signals, liveness, metrics, and the loops that run beside the stage."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

from prometheus_client import start_http_server

from shared import metrics
from shared.bus.connect import open_bus
from shared.bus.leases import Leases
from shared.bus.redis_transport import RedisTransport
from shared.bus.relay import RelayLoop
from shared.bus.topology import LAST, before
from shared.bus.transport import TransportError
from shared.errors import UserError
from shared.settings import Enriching, Settings, Work, load
from shared.worker.loop import Options, Ownership, TooManyDeadLettersError, Worker
from shared.worker.stage import PassThrough, Stage
from shared.worker.standin import StandInLeases

_log = logging.getLogger(__name__)

EXIT_USER = 2  # a person must act: starting again will not help


def main(name: str, build: Callable[[Settings], Stage[Any]], environ: Mapping[str, str]) -> int:
    """Run the worker of stage `name` until SIGTERM or SIGINT; the process's exit status.

    `environ`: KINESTREAM_CONFIG names the settings file, KINESTREAM_HEALTH_FILE a file that the loop touches.
    """
    line = f"%(asctime)s {name} %(levelname)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=line, stream=sys.stderr)
    config = environ.get("KINESTREAM_CONFIG")
    health = environ.get("KINESTREAM_HEALTH_FILE")
    try:
        settings = load(Path(config) if config else None)
        transport = open_bus(settings.bus)
        stage = build(settings)
        if settings.metrics.port is not None:
            start_http_server(settings.metrics.port, settings.metrics.host, metrics.registry)
        StageProcess(stage, transport, settings, Path(health) if health else None).run()
    except (UserError, TransportError, TooManyDeadLettersError) as error:
        print(f"kinestream {name}: {error}", file=sys.stderr)  # noqa: T201 - the one line a person reads
        return EXIT_USER if isinstance(error, UserError) else 1
    return 0


def worker_name() -> str:
    """Unique among the workers of all machines, and across restarts."""
    return f"{socket.gethostname()}-{os.getpid()}-{time.time_ns():x}"


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        _log.info("%s: finishing the batch in hand", signal.Signals(number).name)
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stop


class Pulse:
    """An ownership whose heartbeat also touches a file, for whoever watches the process from outside."""

    def __init__(self, ownership: Ownership, path: Path | None) -> None:
        self._ownership = ownership
        self._path = path
        self._next_touch = 0.0
        self.tick = ownership.tick
        self.release_all = ownership.release_all

    def beat(self) -> None:
        self._ownership.beat()
        now = time.monotonic()
        if self._path is not None and now >= self._next_touch:
            self._next_touch = now + 1.0
            self._path.touch()


class StageProcess:
    """One stage's worker, a stand-in for the stage before it, and behind the last stage the relay."""

    def __init__(
        self, stage: Stage[Any], transport: RedisTransport, settings: Settings, health: Path | None
    ) -> None:
        work: Work = getattr(settings, stage.name)
        self._ttl_ms = int(settings.bus.lease_s * 1000)
        self._name = worker_name()
        self._transport = transport
        self._settings = settings
        leases = Leases(transport, stage.name, self._name, ttl_ms=self._ttl_ms)
        pulse = Pulse(leases, health)
        self._worker = Worker(stage, transport, pulse, _options(work), stage_metrics(stage.name, settings))
        self._companions: list[Callable[[threading.Event], None]] = []
        ahead = before(stage.name)
        if ahead is not None and ahead.enriches:
            self._companions.append(self._stand_in(ahead.stage).run)
        if stage.name == LAST.stage:
            self._companions.append(RelayLoop(transport, self._name, ttl_ms=self._ttl_ms).run)

    def run(self) -> None:
        """Run all loops until a signal; a companion that fails takes the process with it."""
        stop = stop_on_signals()
        with ThreadPoolExecutor(max(len(self._companions), 1)) as threads:
            running = [threads.submit(companion, stop) for companion in self._companions]
            for future in running:
                future.add_done_callback(lambda _: stop.set())
            try:
                self._worker.run(stop)
            finally:
                stop.set()
        for future in running:
            future.result()

    def _stand_in(self, stage: str) -> Worker[Any]:
        leases = StandInLeases(
            self._transport,
            stage,
            self._name,
            ttl_ms=self._ttl_ms,
            candidates=lambda: self._worker.partitions,
            clock=time.monotonic,
        )
        options = Options(batch=32, wait_ms=200, only_live=True, prefetch=False)
        counters = stage_metrics(stage, self._settings)
        return Worker(PassThrough(stage), self._transport, leases, options, counters)


def stage_metrics(stage: str, settings: Settings) -> metrics.StageMetrics:
    """The metrics of a stage's worker, with its bounds set."""
    metrics.window.set(settings.bus.window)
    metrics.retention_bytes.set(settings.bus.retention_mb * 1e6)
    metrics.batch_size.labels(stage).set(getattr(settings, stage).batch)
    return metrics.StageMetrics(stage)


def _options(work: Work) -> Options:
    deadline_ms = work.deadline_ms if isinstance(work, Enriching) else None
    return Options(batch=work.batch, wait_ms=work.wait_ms, deadline_ms=deadline_ms)
