"""Run the monitor: `python -m services.monitor`."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.monitor.heartbeat import Heartbeat
from services.monitor.loop import Life, Loop
from services.monitor.watcher import Watcher
from shared.bus.redis_transport import RedisTransport
from shared.settings import Settings
from shared.worker.process import main, relay_events, stop_on_signals, worker_name


def watch(settings: Settings, transport: RedisTransport, health: Path | None) -> None:
    """Watch over the configured cameras until SIGTERM or SIGINT, and pass events on to subscribers.

    The relay runs here as well as behind the last stage: these events must get out when all of its workers
    are dead.
    """
    stop = stop_on_signals()
    name, ttl_ms = worker_name(), round(settings.bus.lease_s * 1000)
    watcher = Watcher(settings.cameras, settings.monitor, transport)
    heartbeat = Heartbeat(settings.monitor.heartbeat, time.monotonic)
    with ThreadPoolExecutor(1, "relay") as threads:
        relaying = threads.submit(relay_events, transport, name, ttl_ms, stop)
        relaying.add_done_callback(lambda _: stop.set())
        try:
            Loop(watcher, heartbeat, transport, name, ttl_ms).run(stop, Life(health).beat)
        finally:
            stop.set()
        relaying.result()


if __name__ == "__main__":
    raise SystemExit(main("monitor", os.environ, watch))
