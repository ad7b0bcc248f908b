"""Run the monitor: `python -m services.monitor`."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from services.monitor.charge import Charge
from services.monitor.heartbeat import Heartbeat
from services.monitor.loop import Life, Loop
from services.monitor.watcher import Watcher
from shared.bus.redis_transport import RedisTransport
from shared.settings import ConfigWatch, Settings
from shared.worker.process import BUS_PASSWORD, main, relay_events, stop_on_signals, worker_name

_PASSWORDS = (*BUS_PASSWORD, "monitor")


def watch(config: Path | None, settings: Settings, transport: RedisTransport, health: Path | None) -> None:
    """Watch over the configured cameras until SIGTERM or SIGINT, and pass events on to subscribers.

    The relay runs here as well as behind the last stage: these events must get out when all of its workers
    are dead.
    """
    stop = stop_on_signals()
    name, ttl_ms = worker_name(), round(settings.bus.lease_s * 1000)
    watcher = Watcher(settings.cameras, settings.monitor, transport)
    heartbeat = Heartbeat(settings.monitor.heartbeat, time.monotonic)
    charge = Charge(ConfigWatch(config, settings, passwords=_PASSWORDS), watcher, heartbeat, transport.pin)
    life = Life(health)

    def turn() -> None:
        life.beat()
        charge.look()

    with ThreadPoolExecutor(1, "relay") as threads:
        relaying = threads.submit(relay_events, transport, name, ttl_ms, stop)
        relaying.add_done_callback(lambda _: stop.set())
        try:
            Loop(watcher, heartbeat, transport, name, ttl_ms).run(stop, turn)
        finally:
            stop.set()
        relaying.result()


if __name__ == "__main__":
    config = os.environ.get("KINESTREAM_CONFIG")
    raise SystemExit(
        main("monitor", os.environ, partial(watch, Path(config) if config else None), _PASSWORDS)
    )
