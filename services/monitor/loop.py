"""The loop of the monitor: lead or wait, look, show life."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from services.monitor.heartbeat import Heartbeat
from services.monitor.watcher import Outlook, Watcher
from shared import metrics
from shared.bus.transport import TransportError

STAGE = "monitor"
PARTITION = 0  # one leader for the whole bus
_LOOK_S = 1.0
_RENEWALS = 3  # per time to live of the lease

_log = logging.getLogger(__name__)


class Lease(Protocol):
    """What the loop needs of `shared.bus.transport.LeaseTransport`."""

    def acquire(self, stage: str, partition: int, worker: str, ttl_ms: int) -> bool:
        """Take or renew the lease; False where another holds it."""

    def release(self, stage: str, partition: int, worker: str) -> None:
        """Give the lease back, if it is ours."""


class Life:
    """Touches a file, for whoever watches the process from outside."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def beat(self) -> None:
        if self._path is not None:
            self._path.touch()


class Loop:
    """Of several monitors one leads; the others wait for its lease to be free.

    Args:
        watcher: looks and tells.
        heartbeat: shows life to the outside.
        lease: where the lease is.
        name: of this monitor, which no other has.
        ttl_ms: a dead leader's lease is free after so long.
    """

    def __init__(self, watcher: Watcher, heartbeat: Heartbeat, lease: Lease, name: str, ttl_ms: int) -> None:
        self._watcher = watcher
        self._heartbeat = heartbeat
        self._lease = lease
        self._name = name
        self._ttl_ms = ttl_ms
        self._leads = False

    def run(self, stop: threading.Event, turn: Callable[[], None]) -> None:
        """Look until `stop`; `turn` is called before each look."""
        try:
            while not stop.is_set():
                turn()
                try:
                    self.step()
                except TransportError as error:
                    self._lost_sight(error)
                stop.wait(min(_LOOK_S, self._ttl_ms / 1000 / _RENEWALS))
        finally:
            self._heartbeat.close()
        self._leave()

    def step(self) -> None:
        """Once round.

        Raises:
            TransportError: the bus is away.
        """
        leads = self._lease.acquire(STAGE, PARTITION, self._name, self._ttl_ms)
        if leads != self._leads:
            _log.info("this monitor %s", "leads" if leads else "stands by: another leads")
            self._watcher.forget()
        self._leads = leads
        metrics.monitor_leads.set(leads)
        if leads:
            outlook = self._watcher.look()
            metrics.monitor_looked.set(time.time())
            self._heartbeat.follow(outlook)
        else:
            outlook = Outlook()
            self._heartbeat.stand_by()
        metrics.monitor_watched.set(len(outlook.watched))
        metrics.monitor_lost.set(len(outlook.lost))

    def _lost_sight(self, error: TransportError) -> None:
        _log.warning("nobody can see whether anybody watches: %s", error)
        self._watcher.forget()
        metrics.monitor_watched.set(0)
        self._heartbeat.blind()

    def _leave(self) -> None:
        if not self._leads:
            return
        try:
            self._lease.release(STAGE, PARTITION, self._name)
        except TransportError as error:
            _log.info("the lease ends by itself: %s", error)
