"""The transport on a Redis or Valkey server: every protocol of `shared.bus.transport` in one object."""

from shared.bus.redis_console import RedisConsole
from shared.bus.redis_sources import RedisSources
from shared.bus.redis_stages import RedisLeases, RedisStages


class RedisTransport(RedisStages, RedisLeases, RedisSources, RedisConsole):
    """Stages, leases, sources and console on one client; safe to share between threads."""
