"""A worker as a process: settings, signals, liveness, metrics, and the loops that run beside the stage."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import cv2
from prometheus_client import Counter
from setproctitle import setproctitle

from shared import metrics
from shared.bus.connect import open_bus
from shared.bus.frames import FrameStore
from shared.bus.leases import Leases
from shared.bus.redis_transport import RedisTransport
from shared.bus.relay import Relay
from shared.bus.stores import open_frames
from shared.bus.topology import BRANCHES, EVENT_CHANNEL, LAST, LINKS, VENUE_CHANNEL, before
from shared.bus.transport import TransportError
from shared.errors import UserError
from shared.settings import Enriching, Settings, Work, load, pinned_of
from shared.worker.allocation import keep_freed_memory
from shared.worker.dead_letters import TooManyDeadLettersError
from shared.worker.loop import Options, Ownership, Worker
from shared.worker.stage import PassThrough, Stage
from shared.worker.standin import StandInLeases

_log = logging.getLogger(__name__)

_RELAY = "relay"
_VENUE_RELAY = "relay-venue"
_BACKLOG_S = 2.0

EXIT_USER = 2  # a person must act: starting again will not help
EXIT_DIVERTING = 3  # one message after the other failed: starting again would divert yet more


BUS_PASSWORD = ("bus",)

Body = Callable[[Settings, RedisTransport, Path | None], None]


def main(name: str, environ: Mapping[str, str], body: Body, passwords: Collection[str] = BUS_PASSWORD) -> int:
    """Run the worker process `name`; its exit status.

    `environ`: KINESTREAM_CONFIG names the settings file, KINESTREAM_HEALTH_FILE a file that the loop touches.
    `body` gets the settings, the bus and that file, and works until SIGTERM or SIGINT. `passwords` are the
    sections of the settings whose password files this worker may read.
    """
    prepare(name)
    config = environ.get("KINESTREAM_CONFIG")
    health = environ.get("KINESTREAM_HEALTH_FILE")
    try:
        settings = load(Path(config) if config else None, passwords)
        transport = open_bus(settings.bus, pinned_of(settings))
        metrics.serve(settings.metrics)
        body(settings, transport, Path(health) if health else None)
    except (UserError, TransportError, TooManyDeadLettersError) as error:
        print(f"kinestream {name}: {error}", file=sys.stderr)  # noqa: T201 - the one line a person reads
        if isinstance(error, TooManyDeadLettersError):
            return EXIT_DIVERTING
        return EXIT_USER if isinstance(error, UserError) else 1
    return 0


def prepare(name: str) -> None:
    """What every process of the worker `name` needs first; done twice, it changes nothing."""
    line = f"%(asctime)s {name} %(levelname)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=line, stream=sys.stderr)
    keep_freed_memory()
    setproctitle(f"kinestream: {name}")
    cv2.setNumThreads(1)  # on crops a second thread costs more than it saves, and waits by spinning


def stage_main(name: str, environ: Mapping[str, str], build: Callable[[Settings], Stage[Any]]) -> int:
    """Run the worker of the stage that `build` makes."""

    def body(settings: Settings, transport: RedisTransport, health: Path | None) -> None:
        metrics.watch_models()  # before any is opened
        StageProcess(build(settings), transport, settings, health).run()

    return main(name, environ, body)


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
        self._stage = stage
        self._transport = transport
        self._settings = settings
        self._health = health
        self._name = worker_name()
        self._ttl_ms = int(settings.bus.lease_s * 1000)

    def run(self) -> None:
        """Run all loops until a signal; one that fails takes the process with it."""
        stop = stop_on_signals()
        frames = open_frames(self._settings.frames)
        with self._leases() as leases, ThreadPoolExecutor() as threads:
            worker = self._worker(self._stage, Pulse(leases, self._health), _options(self._work, frames))
            running = [threads.submit(loop, stop) for loop in self._companions(worker)]
            for future in running:
                future.add_done_callback(lambda _: stop.set())
            try:
                worker.run(stop)
            finally:
                stop.set()
            for future in running:
                future.result()

    @property
    def _work(self) -> Work:
        work: Work = getattr(self._settings, self._stage.name)
        return work

    def _leases(self) -> Leases:
        leases = Leases(self._transport, self._stage.name, self._name, self._ttl_ms, time.monotonic)
        return leases.only(self._partitions)

    @property
    def _partitions(self) -> Collection[int]:
        """Where there is work: in all partitions, and for a venue in that of its cameras."""
        venue = self._settings.venue
        if venue is None or LINKS[self._stage.name] not in BRANCHES:
            return range(self._transport.partitions)
        return {self._transport.assign(camera) for camera in venue.cameras}

    def _worker(self, stage: Stage[Any], ownership: Ownership, options: Options) -> Worker[Any]:
        metrics.window.set(self._settings.bus.window)
        metrics.retention_bytes.set(self._settings.bus.retention_mb * 1e6)
        metrics.batch_size.labels(stage.name).set(options.batch)
        metrics.fill_frames.labels(stage.name).set(options.fill)
        return Worker(stage, self._transport, ownership, options, metrics.StageMetrics(stage.name))

    def _companions(self, worker: Worker[Any]) -> list[Callable[[threading.Event], None]]:
        ahead = before(self._stage.name)
        companions: list[Callable[[threading.Event], None]] = []
        if ahead is not None and ahead.enriches:
            companions.append(partial(self._stand_in, ahead.stage, worker))
        if self._stage.name == LAST.stage:
            companions.append(partial(relay_events, self._transport, self._name, self._ttl_ms))
        if LINKS[self._stage.name] in BRANCHES:
            companions.append(partial(relay_places, self._transport, self._name, self._ttl_ms))
            companions.append(self._show_backlog)
        return companions

    def _show_backlog(self, stop: threading.Event) -> None:
        """Tell now and then how far the stage stands behind the chain."""
        stage = self._stage.name
        metrics.behind_limit.set(self._settings.bus.behind_most)
        while not stop.wait(_BACKLOG_S):
            with suppress(TransportError):  # the loop itself tells of it
                found = [self._transport.backlog(stage, partition) for partition in self._partitions]
                metrics.behind.labels(stage).set(sum(each.waiting for each in found))
                metrics.behind_dropped.labels(stage).set(sum(each.dropped for each in found))

    def _stand_in(self, stage: str, worker: Worker[Any], stop: threading.Event) -> None:
        leases = StandInLeases(
            self._transport,
            stage,
            self._name,
            ttl_ms=self._ttl_ms,
            candidates=lambda: worker.partitions,
            clock=time.monotonic,
        )
        options = Options(batch=32, wait_ms=200, only_live=True, prefetch=False)
        with leases:
            self._worker(PassThrough(stage), leases, options).run(stop)


def relay_events(transport: RedisTransport, name: str, ttl_ms: int, stop: threading.Event) -> None:
    """Merge the partitions' events until `stop`; of several processes one does, the others wait."""
    _relay(Relay(transport, EVENT_CHANNEL), _Turns(transport, _RELAY, name, ttl_ms), metrics.relayed, stop)


def relay_places(transport: RedisTransport, name: str, ttl_ms: int, stop: threading.Event) -> None:
    """The same of the places of a venue's people."""
    turns = _Turns(transport, _VENUE_RELAY, name, ttl_ms)
    _relay(Relay(transport, VENUE_CHANNEL), turns, metrics.places_relayed, stop)


@dataclass(frozen=True)
class _Turns:
    """A lease that one of several processes holds."""

    transport: RedisTransport
    lease: str
    name: str
    ttl_ms: int


def _relay(relay: Relay, turns: _Turns, counter: Counter, stop: threading.Event) -> None:
    transport, lease, name, ttl_ms = turns.transport, turns.lease, turns.name, turns.ttl_ms
    while not stop.is_set():
        try:
            if not transport.acquire(lease, 0, name, ttl_ms):
                stop.wait(ttl_ms / 3000)
            else:
                counter.inc(relay.step(block_ms=min(200, ttl_ms // 3)))
        except TransportError as error:
            _log.warning("%s: %s", lease, error)
            stop.wait(1.0)
    with suppress(TransportError):
        transport.release(lease, 0, name)


def _options(work: Work, frames: FrameStore) -> Options:
    deadline_ms = work.deadline_ms if isinstance(work, Enriching) else None
    return Options(
        batch=work.batch,
        wait_ms=work.wait_ms,
        fill=work.fill,
        fill_ms=work.fill_ms,
        deadline_ms=deadline_ms,
        frames=frames,
    )
