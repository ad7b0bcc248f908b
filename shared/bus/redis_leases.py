"""Who works on what: the leases' side of the Redis transport."""

from shared.bus import keys
from shared.bus.redis_base import RedisBase, translated


class RedisLeases(RedisBase):
    """See `shared.bus.transport.LeaseTransport`."""

    def enlist(self, stage: str, worker: str, ttl_ms: int) -> list[str]:
        return sorted(name.decode() for name in self._run("enlist", (keys.workers(stage),), worker, ttl_ms))

    def dismiss(self, stage: str, worker: str) -> None:
        with translated(self._client):
            self._client.zrem(keys.workers(stage), worker)

    def roll(self, stage: str) -> list[str]:
        return self.enlist(stage, "", 0)

    def acquire(self, stage: str, partition: int, worker: str, ttl_ms: int) -> bool:
        return bool(self._run("acquire", (keys.lease(partition, stage),), worker, ttl_ms))

    def release(self, stage: str, partition: int, worker: str) -> None:
        self._run("release", (keys.lease(partition, stage), keys.cursors(partition)), worker, stage)
