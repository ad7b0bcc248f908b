"""One flavour of server for tests of processes: what differs between servers is tested beside the bus."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.bus.connect import connect, open_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.server import EmbeddedServer
from shared.settings import load
from tests.services.ingest.crew import Config
from tests.services.ingest.mjpeg import MjpegCamera

ROOMY = {"window": 100_000, "retention_mb": 50.0, "retention_s": 600.0}


@pytest.fixture
def config(shared_servers: Callable[[str], EmbeddedServer], tmp_path: Path) -> Config:
    """A settings file without cameras, and an empty server."""
    url = shared_servers("valkey").url
    with connect(url) as client:
        client.flushall()
    return Config(tmp_path / "kinestream.yaml", url, bus=ROOMY).write([])


@pytest.fixture
def bus(config: Config) -> Iterator[RedisTransport]:
    """What the workers of `config` work on."""
    transport = open_bus(load(config.path).bus)
    yield transport
    transport.close()


@pytest.fixture
def hall() -> Iterator[MjpegCamera]:
    with MjpegCamera() as camera:
        yield camera
