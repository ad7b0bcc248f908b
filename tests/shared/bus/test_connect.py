"""Opening the bus: what is refused, what is said, and what is never said."""

from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from shared.bus.connect import connect, open_bus, unfit, visit_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.transport import START, ServerRefusedError, TransportError
from shared.redaction import redacted
from shared.settings import Bus
from tests.conftest import ServerFactory

SECRET = "s3/cr@t"


def bus(url: str | None, partitions: int = 8) -> Bus:
    return Bus(url=None if url is None else SecretStr(url), partitions=partitions)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://user:{SECRET}@host:6379/0",
        f"redis://:{SECRET}@host",
        f"rediss://{SECRET}:{SECRET}@[::1]:7/1",
        f"unix://:{SECRET}@/tmp/s",
        f"unix:///tmp/s?password={SECRET}",
        f"redis://host/0?db=1&username={SECRET}&password={SECRET}",
        f"http://user:{SECRET}@host",
    ],
)
def test_a_redacted_url_holds_no_secret(url: str) -> None:
    assert "s3" not in redacted(url)
    assert "cr@t" not in redacted(url)
    assert "***" in redacted(url)


@pytest.mark.parametrize("url", ["redis://host:6379/0", "unix:///tmp/s", "rediss://[::1]:7/1"])
def test_a_url_without_secrets_is_told_whole(url: str) -> None:
    assert redacted(url) == url


@pytest.mark.parametrize(
    "url", [f"http://:{SECRET}@host", f"host:{SECRET}", "", f"redis://:{SECRET}@host:port/0"]
)
def test_what_is_no_server_url_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(ServerRefusedError, match="URL") as caught:
        connect(url)
    assert "cr@t" not in str(caught.value) or "@" not in url.rsplit(SECRET, maxsplit=1)[-1]
    assert "s3/cr@t@" not in str(caught.value)


def test_without_a_url_the_cure_is_told() -> None:
    with pytest.raises(ServerRefusedError, match="--redis URL"):
        open_bus(bus(None))


def test_an_unreachable_server_is_told_without_its_secret(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="does not answer") as caught:
        open_bus(bus(f"unix://:secret@{tmp_path}/nobody"))
    assert "secret" not in str(caught.value)


def test_a_wrong_password_is_told_without_it(redis_server: ServerFactory) -> None:
    url = redis_server().url
    with connect(url) as client:
        client.config_set("requirepass", "right")
        for wrong in (url, url.replace("unix://", "unix://:secret@")):
            with pytest.raises(ServerRefusedError, match="password") as caught:
                open_bus(bus(wrong))
            assert "secret" not in str(caught.value)
        assert open_bus(bus(url.replace("unix://", "unix://:right@"))).overview().dead == 0


def test_a_server_that_evicts_is_refused_with_the_cure(redis_server: ServerFactory) -> None:
    url = redis_server().url
    with connect(url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(ServerRefusedError, match="CONFIG SET maxmemory-policy noeviction"):
            open_bus(bus(url))
        client.config_set("maxmemory", 0)
        open_bus(bus(url))


@pytest.mark.parametrize(
    ("info", "told"),
    [
        ({"redis_version": "6.2.14"}, "Redis 6.2.14"),
        ({"redis_version": "7.0.0"}, None),
        ({"redis_version": "8.2.1"}, None),
        ({"redis_version": "10.0.1"}, None),
        ({"redis_version": "7.2.4", "valkey_version": "7.2.9"}, "Valkey 7.2.9"),
        ({"redis_version": "7.2.4", "valkey_version": "8.0.0"}, None),
        ({}, "Redis 0"),
        ({"redis_version": "7.2.4", "redis_mode": "cluster"}, "node of a cluster"),
        ({"redis_version": "7.2.4", "redis_mode": "standalone"}, None),
    ],
)
def test_old_servers_and_clusters_are_unfit(info: dict[str, str], told: str | None) -> None:
    reason = unfit(info)
    assert reason is None if told is None else told in str(reason)


def test_a_url_cannot_undo_what_the_transport_needs(server_url: str) -> None:
    options = "decode_responses=yes&protocol=3&socket_timeout=0.001&retry_on_timeout=yes"
    opened = open_bus(bus(f"{server_url}?{options}"))
    assert opened.begin("a").run == 1
    assert opened.read("detector", {0: START}, count=1, block_ms=50).entries == {}


def test_an_opened_bus_works(server_url: str) -> None:
    opened = open_bus(bus(server_url, partitions=3))
    assert opened.partitions == 3
    assert opened.begin("a").run == 1
    opened.close()
    assert opened.source("a").run == 1


def test_a_visitor_takes_the_partition_count_of_the_server_and_leaves_it(server_url: str) -> None:
    opened = open_bus(bus(server_url, partitions=3))
    assert visit_bus(bus(server_url, partitions=5)).partitions == 3
    opened.begin("a")
    assert list(visit_bus(bus(server_url, partitions=5)).overview().sources) == ["a"]
    assert open_bus(bus(server_url, partitions=3)).overview().sources == opened.overview().sources


def test_a_visitor_of_an_empty_server_leaves_it_empty(server_url: str) -> None:
    assert visit_bus(bus(server_url, partitions=5)).partitions == 5
    with connect(server_url) as client:
        assert client.dbsize() == 0


def test_a_client_that_repeats_commands_is_refused(server_url: str) -> None:
    with (
        redis.Redis.from_url(server_url) as client,
        pytest.raises(ValueError, match="connect"),
    ):
        RedisTransport(client, 1)
