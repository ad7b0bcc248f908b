"""What the server holds, and what works when it is full."""

import pytest
import redis

from shared.bus import keys
from shared.bus.keep import Keep
from shared.bus.redis_transport import RedisTransport
from shared.bus.topology import LINKS
from shared.bus.transport import (
    START,
    Budget,
    Published,
)
from tests.shared.bus.play import ROOMY, drain, feed, publication, read


def test_beyond_the_memory_limit_everything_but_publishing_works(client: redis.Redis) -> None:
    bus = RedisTransport(client, 1, keep=Keep(frames_ms=3_600_000))
    picture = b"x" * 50_000
    feed(bus, "a", 40, picture=picture)
    client.script_flush()  # loading them must not need memory either
    client.config_set("maxmemory", int(client.info("memory")["used_memory"]) - 1_000_000)
    with pytest.raises(redis.OutOfMemoryError):
        client.set("anything", 1)
    assert bus.publish(publication("a", 1, 40, picture=picture), ROOMY) is Published.MEMORY

    assert bus.begin("b").run == 1
    assert bus.acquire("detector", 0, "w", 1000)
    assert bus.enlist("detector", "w", 1000) == ["w"]
    assert bus.tried("detector", 0, "1-1") == 0
    bus.dropped("a", "memory")
    drain(bus, 0)
    assert bus.source("a").finished_seq == 39
    assert len(read(bus, "detector", 0, START)) == 40  # the retention keeps them ...

    outcomes = [bus.publish(publication("a", 1, 40, picture=picture), ROOMY) for _ in range(2)]
    assert outcomes == [Published.MEMORY, Published.DONE]  # ... until memory is short
    assert bus.overview().drops == {("a", "memory"): 1}


def test_the_byte_budget_is_what_the_server_holds(client: redis.Redis) -> None:
    bus = RedisTransport(client, 1, keep=Keep(frames_ms=3_600_000))
    budget = Budget(window=1000, retention_ms=3_600_000, retention_bytes=1_000_000)
    empty = int(client.info("memory")["used_memory"])
    run = bus.begin("a").run
    for seq in range(60):
        assert bus.publish(publication("a", run, seq, picture=b"x" * 50_000), budget) is Published.DONE
        drain(bus, 0)
    assert 15 <= client.xlen(keys.stream(0, "frames")) <= 20
    assert int(client.info("memory")["used_memory"]) - empty < 2_500_000


def test_streams_end_behind_their_reader(client: redis.Redis) -> None:
    bus = RedisTransport(client, 1, keep=Keep(frames_ms=0))
    feed(bus, "a", 200)
    drain(bus, 0)
    lengths = {link.reads: client.xlen(keys.stream(0, link.reads)) for link in LINKS.values()}
    assert all(length <= 1 for name, length in lengths.items() if name != "frames")
