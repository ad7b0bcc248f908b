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
from shared.bus.transport import ServerRefusedError

_SCHEMES = ("redis", "rediss", "unix")
_TIMEOUT_S = 10.0
_HEALTH_CHECK_S = 30
_REDIS_AT_LEAST = (7, 0)
_VALKEY_AT_LEAST = (8, 0)


def redacted(url: str) -> str:
    """The URL without user and password, for messages."""
    return re.sub(r"//[^/]*@", "//***@", re.sub(r"([?&](?:password|username)=)[^&]*", r"\1***", url))


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
        return redis.Redis.from_url(
            url,
            protocol=2,
            decode_responses=False,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
            health_check_interval=_HEALTH_CHECK_S,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        raise ServerRefusedError(f"the server's URL {redacted(url)} cannot be understood") from None


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _check_version(client: redis.Redis) -> None:
    with translated(client):
        server = client.info("server")
    valkey = server.get("valkey_version")
    name, version, least = (
        ("Valkey", str(valkey), _VALKEY_AT_LEAST)
        if valkey
        else ("Redis", str(server["redis_version"]), _REDIS_AT_LEAST)
    )
    if _version(version) < least:
        raise ServerRefusedError(
            f"{address_of(client)} runs {name} {version}: Kinestream needs Redis 7.0 or Valkey 8.0, or newer"
        )


def _check_eviction(client: redis.Redis) -> None:
    with translated(client):
        memory = client.info("memory")
    if int(memory["maxmemory"]) and memory["maxmemory_policy"] != "noeviction":
        raise ServerRefusedError(
            f"{address_of(client)} evicts data when memory is short ({memory['maxmemory_policy']}), which"
            " silently loses messages; mend it with: CONFIG SET maxmemory-policy noeviction"
        )


def _check_partitions(client: redis.Redis, partitions: int) -> None:
    with translated(client):
        client.set(keys.PARTITIONS, partitions, nx=True)
        stored = int(client.get(keys.PARTITIONS) or 0)
    if stored != partitions:
        raise ServerRefusedError(
            f"{address_of(client)} spreads cameras over {stored} partitions, the configuration over"
            f" {partitions}: set bus.partitions to {stored}, or drain the streams first"
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
    if bus.url is None:
        raise ServerRefusedError("no server is configured: set bus.url, or pass --redis URL")
    client = connect(bus.url.get_secret_value())
    _check_version(client)
    _check_eviction(client)
    _check_partitions(client, bus.partitions)
    keep = Keep(round(bus.retention_s * 1000), round(bus.events_retention_h * 3_600_000))
    return RedisTransport(client, bus.partitions, keep=keep, pinned=pinned)
