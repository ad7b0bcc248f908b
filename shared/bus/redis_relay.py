"""The relay's side of the Redis transport."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.bus import keys
from shared.bus.redis_base import Argument, translated
from shared.bus.redis_stages import RedisStages
from shared.bus.relay import Forward
from shared.bus.topology import EVENTS
from shared.bus.transport import START, Entry


class RedisRelay(RedisStages):
    """See `shared.bus.relay.EventTransport`."""

    def relay_cursors(self) -> Mapping[int, str]:
        with translated(self._client):
            stored: Any = self._client.hgetall(keys.RELAY_CURSORS)
        return {p: stored.get(str(p).encode(), START.encode()).decode() for p in range(self.partitions)}

    def read_events(
        self, cursors: Mapping[int, str], *, count: int, block_ms: int
    ) -> Mapping[int, Sequence[Entry]]:
        return self._read_partitions(EVENTS, cursors, count, block_ms).entries

    def relay(self, forward: Forward) -> bool:
        arguments: list[Argument] = [
            forward.partition,
            forward.expected,
            forward.cursor,
            self._keep.events_ms,
            len(forward.events),
        ]
        for event in forward.events:
            arguments += [2 * len(event), *(argument for field in event.items() for argument in field)]
        source = keys.stream(forward.partition, EVENTS)
        return bool(self._run("relay", (keys.RELAYED, keys.RELAY_CURSORS, source), *arguments))
