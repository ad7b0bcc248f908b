"""Run the worker: `python -m services.ingest`."""

import os
import time
from pathlib import Path

from services.ingest.worker import IngestWorker
from shared.bus.leases import Leases
from shared.bus.redis_transport import RedisTransport
from shared.bus.stores import open_frames
from shared.bus.transport import Budget
from shared.metrics import watch_pictures
from shared.settings import Bus, Settings
from shared.worker.process import Pulse, main, stop_on_signals, worker_name


def play(settings: Settings, transport: RedisTransport, health: Path | None) -> None:
    """Play the configured cameras until SIGTERM or SIGINT."""
    stop = stop_on_signals()
    frames = open_frames(settings.frames)
    if settings.frames.store == "shm":
        watch_pictures(frames.held, settings.frames.shm_mb * 1e6)
    ttl_ms = round(settings.bus.lease_s * 1000)
    with Leases(transport, "ingest", worker_name(), ttl_ms=ttl_ms, clock=time.monotonic) as leases:
        ownership, budget = Pulse(leases, health), budget_of(settings.bus)
        IngestWorker(settings.cameras, transport, ownership, budget, frames).run(stop)


def budget_of(bus: Bus) -> Budget:
    """What one camera may hold on the bus."""
    return Budget(bus.window, round(bus.retention_s * 1000), round(bus.retention_mb * 1e6))


if __name__ == "__main__":
    raise SystemExit(main("ingest", os.environ, play))
