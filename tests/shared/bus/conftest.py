"""What the bus tests share."""

from collections.abc import Iterator

import pytest
import redis

from shared.bus.connect import connect


@pytest.fixture
def client(server_url: str) -> Iterator[redis.Redis]:
    with connect(server_url) as opened:
        yield opened
