"""Opening the bus: the client as the transport needs it, and whether this server can carry us."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared import settings
from shared.bus import keys
from shared.bus.keep import Keep
from shared.bus.redis_base import address_of, translated
from shared.bus.redis_transport import RedisTransport
from shared.bus.repartition import move
from shared.bus.transport import ServerRefusedError
from shared.redaction import redacted

_SCHEMES = ("redis", "rediss", "unix")
_TIMEOUT_S = 10.0
_HEALTH_CHECK_S = 30
_REDIS_AT_LEAST = (7, 0)
_VALKEY_AT_LEAST = (8, 0)


def connect(url: str) -> redis.Redis:
    """A client for redis://, rediss:// and unix:// URLs; it connects with the first command.

    It never sends a command twice: whether a commit whose reply was lost took place is for its sender to find
    out.

    Raises:
        ServerRefusedError: this is not such a URL.
    """
    if urlsplit(url).scheme not in _SCHEMES:
        raise ServerRefusedError(
            f"the server's URL {redacted(url)} must start with redis://, rediss:// or unix://"
        )
    try:
        pool = redis.ConnectionPool.from_url(url)
    except ValueError:
        raise ServerRefusedError(f"the server's URL {redacted(url)} cannot be understood") from None
    # Set behind the URL's own options, which may not undo them.
    pool.connection_kwargs |= {
        "protocol": 2,
        "decode_responses": False,
        "socket_timeout": _TIMEOUT_S,
        "socket_connect_timeout": _TIMEOUT_S,
        "health_check_interval": _HEALTH_CHECK_S,
        "retry": Retry(NoBackoff(), 0),
    }
    return redis.Redis.from_pool(pool)


def unfit(info: Mapping[str, object]) -> str | None:
    """Why the server that `INFO server` tells of cannot carry us; None where it can."""
    if info.get("redis_mode") == "cluster":
        return "is a node of a cluster: Kinestream needs a server that holds all keys"
    name, version, least = (
        ("Valkey", str(info["valkey_version"]), _VALKEY_AT_LEAST)
        if "valkey_version" in info
        else ("Redis", str(info.get("redis_version", "0")), _REDIS_AT_LEAST)
    )
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers >= least:
        return None
    return f"runs {name} {version}: Kinestream needs Redis 7.0 or Valkey 8.0, or newer"


def _check_server(client: redis.Redis) -> None:
    with translated(client):
        reason = unfit(client.info("server"))
    if reason:
        raise ServerRefusedError(f"{address_of(client)} {reason}")


def _check_eviction(client: redis.Redis) -> None:
    with translated(client):
        memory = client.info("memory")
    if int(memory["maxmemory"]) and memory["maxmemory_policy"] != "noeviction":
        raise ServerRefusedError(
            f"{address_of(client)} evicts data when memory is short ({memory['maxmemory_policy']}), which"
            " silently loses messages; mend it with: CONFIG SET maxmemory-policy noeviction"
        )


def _settle_partitions(client: redis.Redis, bus: RedisTransport) -> None:
    """Agree with the server on the partition count, or change it where nothing is under way."""
    with translated(client):
        client.set(keys.PARTITIONS, bus.partitions, nx=True)
        stored = int(client.get(keys.PARTITIONS) or 0)
    if stored == bus.partitions:
        return
    under_way = move(client, RedisTransport(client, stored), bus)
    if under_way:
        raise ServerRefusedError(
            f"{address_of(client)} spreads cameras over {stored} partitions, the configuration over"
            f" {bus.partitions}, and {', '.join(under_way)}: set bus.partitions to {stored}, or drain first"
        )


def _checked(bus: settings.Bus) -> redis.Redis:
    if bus.url is None:
        raise ServerRefusedError("no server is configured: set bus.url, or pass --redis URL")
    client = connect(bus.url.get_secret_value())
    _check_server(client)
    _check_eviction(client)
    return client


def _keep(bus: settings.Bus) -> Keep:
    return Keep(
        frames_ms=round(bus.retention_s * 1000),
        events_ms=round(bus.events_retention_h * 3_600_000),
        places_ms=round(bus.places_retention_s * 1000),
        places_most=bus.places_most,
        behind_most=bus.behind_most,
    )


def open_bus(bus: settings.Bus, pinned: Mapping[str, int] | None = None) -> RedisTransport:
    """The transport on the configured server, after looking whether it can carry us.

    Args:
        bus: the configuration; its `url` must be set.
        pinned: cameras whose configuration names their partition.

    Raises:
        ServerRefusedError: the server is too old, evicts, or holds another partition count.
        TransportError: it cannot be reached.
    """
    client = _checked(bus)
    transport = RedisTransport(client, bus.partitions, keep=_keep(bus), pinned=pinned)
    _settle_partitions(client, transport)
    return transport


def join_bus(bus: settings.Bus, pinned: Mapping[str, int] | None = None) -> RedisTransport:
    """The transport of a process whose parent has opened the bus: nothing is asked of the server again.

    Raises:
        ServerRefusedError: no server is configured.
    """
    if bus.url is None:
        raise ServerRefusedError("no server is configured: set bus.url, or pass --redis URL")
    client = connect(bus.url.get_secret_value())
    return RedisTransport(client, bus.partitions, keep=_keep(bus), pinned=pinned)


def visit_bus(bus: settings.Bus) -> RedisTransport:
    """The transport for those who only look: it takes the server's partition count as it is.

    Raises:
        ServerRefusedError: the server is too old, or evicts.
        TransportError: it cannot be reached.
    """
    client = _checked(bus)
    with translated(client):
        partitions = int(client.get(keys.PARTITIONS) or bus.partitions)
    return RedisTransport(client, partitions, keep=_keep(bus))
