"""The transport on a Redis or Valkey server: every protocol of `shared.bus.transport` in one object."""

from shared.bus.redis_console import RedisConsole
from shared.bus.redis_leases import RedisLeases
from shared.bus.redis_relay import RedisRelay
from shared.bus.redis_sources import RedisSources
from shared.bus.redis_watch import RedisWatch


class RedisTransport(RedisRelay, RedisLeases, RedisSources, RedisConsole, RedisWatch):
    """Stages, leases, sources, console, monitor and relay on one client; safe to share between threads."""
