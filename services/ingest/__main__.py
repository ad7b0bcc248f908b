"""Run the worker: `python -m services.ingest`."""

import logging
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import cv2
from prometheus_client import start_http_server

from services.ingest.worker import IngestWorker
from shared import metrics
from shared.bus.connect import open_bus
from shared.bus.leases import Leases
from shared.bus.transport import Budget, ServerRefusedError, TransportError
from shared.errors import UserError
from shared.settings import Bus, load
from shared.worker.process import EXIT_USER, Pulse, stop_on_signals, worker_name


def main(environ: Mapping[str, str]) -> int:
    """Play the configured cameras until SIGTERM or SIGINT; the process's exit status.

    `environ`: KINESTREAM_CONFIG names the settings file, KINESTREAM_HEALTH_FILE a file that the loop touches.
    """
    line = "%(asctime)s ingest %(levelname)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=line, stream=sys.stderr)
    cv2.setNumThreads(1)  # cameras are what runs side by side here
    config, health = environ.get("KINESTREAM_CONFIG"), environ.get("KINESTREAM_HEALTH_FILE")
    try:
        settings = load(Path(config) if config else None)
        pinned = {
            camera.name: camera.partition for camera in settings.cameras if camera.partition is not None
        }
        transport = open_bus(settings.bus, pinned)
        if settings.metrics.port is not None:
            start_http_server(settings.metrics.port, settings.metrics.host, metrics.registry)
        stop = stop_on_signals()
        ttl_ms = int(settings.bus.lease_s * 1000)
        with Leases(transport, "ingest", worker_name(), ttl_ms=ttl_ms, clock=time.monotonic) as leases:
            pulse = Pulse(leases, Path(health) if health else None)
            IngestWorker(settings.cameras, transport, pulse, budget_of(settings.bus)).run(stop)
    except (UserError, ServerRefusedError, TransportError) as error:
        print(f"kinestream ingest: {error}", file=sys.stderr)  # noqa: T201 - the one line a person reads
        return 1 if isinstance(error, TransportError) else EXIT_USER
    return 0


def budget_of(bus: Bus) -> Budget:
    """What one camera may hold on the bus."""
    return Budget(bus.window, round(bus.retention_s * 1000), round(bus.retention_mb * 1e6))


if __name__ == "__main__":
    raise SystemExit(main(os.environ))
