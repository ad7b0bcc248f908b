"""Run the worker: `python -m services.ingest`."""

import os
import time
from functools import partial
from pathlib import Path

from services.ingest.nursery import Nursery
from services.ingest.player import play
from services.ingest.roster import Roster
from services.ingest.worker import IngestWorker
from shared import metrics
from shared.bus.leases import Leases
from shared.bus.redis_transport import RedisTransport
from shared.bus.stores import open_frames
from shared.settings import ConfigWatch, Settings
from shared.worker.process import BUS_PASSWORD, Pulse, main, prepare, stop_on_signals, worker_name

_PATIENCE = 3  # lease times without a turn of the loop, which never waits for anything: it hangs

_PASSWORDS = (*BUS_PASSWORD, "cameras")


def work(
    nursery: Nursery, config: Path | None, settings: Settings, transport: RedisTransport, health: Path | None
) -> None:
    """Have the configured cameras played until SIGTERM or SIGINT."""
    stop = stop_on_signals()
    if settings.frames.store == "shm":
        frames = open_frames(settings.frames)
        metrics.watch_pictures(frames.held, settings.frames.shm_mb * 1e6)
    metrics.window.set(settings.bus.window)
    metrics.retention_bytes.set(settings.bus.retention_mb * 1e6)
    ttl_ms = round(settings.bus.lease_s * 1000)
    roster = Roster(ConfigWatch(config, settings, passwords=_PASSWORDS), transport.pin, transport.assign)
    with Leases(transport, "ingest", worker_name(), ttl_ms, time.monotonic, patience=_PATIENCE) as leases:
        IngestWorker(nursery, Pulse(leases, health), transport, roster).run(stop)


def run() -> int:
    """Run the process; its exit status. The nursery is made first: a process with threads cannot fork."""
    prepare("ingest")
    config = os.environ.get("KINESTREAM_CONFIG")
    with Nursery(play) as nursery:
        return main(
            "ingest", os.environ, partial(work, nursery, Path(config) if config else None), _PASSWORDS
        )


if __name__ == "__main__":
    raise SystemExit(run())
