"""The relay's side of the Redis transport."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.bus import keys
from shared.bus.redis_base import Argument, translated
from shared.bus.redis_stages import RedisStages
from shared.bus.relay import Forward
from shared.bus.topology import EVENT_CHANNEL, Channel
from shared.bus.transport import START, Entry


class RedisRelay(RedisStages):
    """See `shared.bus.relay.EventTransport`."""

    def relay_cursors(self, channel: Channel = EVENT_CHANNEL) -> Mapping[int, str]:
        with translated(self._client):
            stored: Any = self._client.hgetall(channel.cursors)
        return {p: stored.get(str(p).encode(), START.encode()).decode() for p in range(self.partitions)}

    def read_events(
        self, cursors: Mapping[int, str], *, count: int, block_ms: int, channel: Channel = EVENT_CHANNEL
    ) -> Mapping[int, Sequence[Entry]]:
        return self._read_partitions(channel.reads, cursors, count, block_ms).entries

    def relay(self, forward: Forward) -> bool:
        channel = forward.channel
        arguments: list[Argument] = [
            forward.partition,
            forward.expected,
            forward.cursor,
            *self._kept(channel.reads),
            len(forward.events),
        ]
        for event in forward.events:
            arguments += [2 * len(event), *(argument for field in event.items() for argument in field)]
        source = keys.stream(forward.partition, channel.reads)
        return bool(self._run("relay", (channel.key, channel.cursors, source), *arguments))
