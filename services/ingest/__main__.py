"""Run the worker: `python -m services.ingest`."""

import os
import time
from pathlib import Path

from services.ingest.worker import IngestWorker
from shared.bus.leases import Leases
from shared.bus.redis_transport import RedisTransport
from shared.bus.transport import Budget
from shared.settings import Bus, Settings
from shared.worker.process import Pulse, main, stop_on_signals, worker_name


def play(settings: Settings, transport: RedisTransport, health: Path | None) -> None:
    """Play the configured cameras until SIGTERM or SIGINT."""
    stop = stop_on_signals()
    ttl_ms = round(settings.bus.lease_s * 1000)
    with Leases(transport, "ingest", worker_name(), ttl_ms=ttl_ms, clock=time.monotonic) as leases:
        IngestWorker(settings.cameras, transport, Pulse(leases, health), budget_of(settings.bus)).run(stop)


def budget_of(bus: Bus) -> Budget:
    """What one camera may hold on the bus."""
    return Budget(bus.window, round(bus.retention_s * 1000), round(bus.retention_mb * 1e6))


if __name__ == "__main__":
    raise SystemExit(main("ingest", os.environ, play))
