"""One flavour of server for tests of processes: what differs between servers is tested beside the bus."""

from collections.abc import Callable, Iterator

import pytest

from shared.bus.connect import connect
from shared.bus.server import EmbeddedServer


@pytest.fixture
def shared_url(shared_servers: Callable[[str], EmbeddedServer]) -> Iterator[str]:
    """An empty server."""
    url = shared_servers("valkey").url
    with connect(url) as client:
        client.flushall()
        yield url
