"""People's side of the Redis transport: what is counted, dead letters, events."""

from collections.abc import Mapping, Sequence
from typing import Any

import redis

from shared.bus import keys
from shared.bus.redis_base import RedisBase, translated
from shared.bus.redis_stages import MAX_BLOCK_MS, parse_header
from shared.bus.topology import BRANCHES, CHAIN, EVENT_CHANNEL, LINKS, Channel
from shared.bus.transport import Backlog, DeadLetter, Letter, Overview, Source
from shared.statistics import dropped_key

_NO_STREAM = "no such key"
_SEPARATOR = ":"  # no camera's name has one

Hash = Mapping[bytes, bytes]


def _parse_letter(fields: Hash) -> DeadLetter:
    def text(name: bytes) -> str:
        return fields.get(name, b"").decode(errors="replace")

    return DeadLetter(
        text(b"stage"),
        text(b"id"),
        parse_header(fields),
        text(b"error"),
        text(b"traceback"),
        fields.get(b"m", b""),
    )


def parse_sources(source: Hash, progress: Hash) -> dict[str, Source]:
    """Every camera of a partition's `source` and `progress` hashes."""
    cameras = [key.decode().removesuffix(":run") for key in source if key.endswith(b":run")]
    return {
        camera: Source(
            int(source[f"{camera}:run".encode()]),
            int(source.get(f"{camera}:seq".encode(), b"-1")),
            source.get(f"{camera}:position".encode(), b""),
            ended=source.get(f"{camera}:ended".encode()) != b"0",
            finished_seq=int(progress.get(f"{camera}:seq".encode(), b"-1")),
            report=source.get(f"{camera}:report".encode(), b""),
        )
        for camera in cameras
    }


def add_counts(totals: dict[str, int], counts: Hash) -> None:
    for field, count in counts.items():
        totals[field.decode()] = totals.get(field.decode(), 0) + int(count)


class RedisConsole(RedisBase):
    """See `shared.bus.transport.ConsoleTransport`."""

    def overview(self) -> Overview:
        pipeline = self._pipeline()
        pipeline.info("memory").time()
        for stage in LINKS:
            pipeline.zrange(keys.workers(stage), 0, -1, withscores=True)
        for p in range(self.partitions):
            pipeline.hgetall(keys.source(p)).hgetall(keys.progress(p)).hgetall(keys.stats(p))
            pipeline.hgetall(keys.drops(p)).xlen(keys.dead(p))
        with translated(self._client):
            replies = iter(pipeline.execute())
        memory, now = next(replies), next(replies)
        workers = {stage: _living(next(replies), now) for stage in LINKS}
        sources: dict[str, Source] = {}
        counts: dict[str, int] = {}
        drops: dict[str, int] = {}
        dead = 0
        for _ in range(self.partitions):
            for camera, source in parse_sources(next(replies), next(replies)).items():
                if camera not in sources or sources[camera].ended:  # it may have moved from one to another
                    sources[camera] = source
            add_counts(counts, next(replies))
            add_counts(drops, next(replies))
            dead += next(replies)
        lags = self.lags()
        return Overview(
            sources=sources,
            counts=counts,
            drops={camera_and_reason(field): count for field, count in drops.items()},
            dead=dead,
            lags=lags,
            workers={stage: names for stage, names in workers.items() if stage in lags or names},
            memory_used=int(memory["used_memory"]),
            memory_limit=int(memory["maxmemory"]),
        )

    def lags(self) -> dict[str, int]:
        """Entries that wait, by stage; of those beside the chain only where such a worker has ever been."""
        places = [(link, p) for link in LINKS.values() for p in range(self.partitions)]
        pipeline = self._pipeline()
        for link, p in places:
            pipeline.xinfo_groups(keys.stream(p, link.reads))
            pipeline.hget(keys.cursors(p), f"{link.stage}:n")
        with translated(self._client):
            replies = pipeline.execute(raise_on_error=False)
            for reply in replies:
                if isinstance(reply, redis.ResponseError) and _NO_STREAM not in str(reply):
                    raise reply
        lags = {link.stage: 0 for link in CHAIN}
        for (link, p), groups, read in zip(places, replies[::2], replies[1::2], strict=True):
            if link in BRANCHES and read is None:
                continue
            lag = self._lag(link.stage, groups)
            lag = self._counted_lag(keys.stream(p, link.reads), read) if lag is None else lag
            lags[link.stage] = lags.get(link.stage, 0) + lag
        return lags

    def backlog(self, stage: str, partition: int) -> Backlog:
        """How far a stage beside the chain stands behind it there."""
        pipeline = self._pipeline()
        pipeline.xinfo_stream(keys.stream(partition, LINKS[stage].reads))
        pipeline.hget(keys.cursors(partition), f"{stage}:n")
        pipeline.hget(keys.stats(partition), dropped_key(stage))
        with translated(self._client):
            info, read, dropped = pipeline.execute(raise_on_error=False)
            if isinstance(info, redis.ResponseError) and _NO_STREAM not in str(info):
                raise info
        added = 0 if isinstance(info, redis.ResponseError) else int(info["entries-added"])
        return Backlog(max(added - int(read or 0), 0), int(dropped or 0))

    @staticmethod
    def _lag(stage: str, groups: Any) -> int | None:
        """The mirrored lag; 0 where the stream is not there yet, None where the server cannot tell."""
        if isinstance(groups, redis.ResponseError):
            return 0
        lag = next((group["lag"] for group in groups if group["name"] == stage.encode()), None)
        return None if lag is None else int(lag)

    def _counted_lag(self, stream: str, read: bytes | None) -> int:
        """The lag from our own count, where the server's is nil (somebody deleted entries, or no group)."""
        with translated(self._client):
            info = self._client.xinfo_stream(stream)
        return max(int(info["entries-added"]) - int(read or 0), 0)

    def letters(self) -> list[Letter]:
        pipeline = self._pipeline()
        for p in range(self.partitions):
            pipeline.xrange(keys.dead(p))
        with translated(self._client):
            replies = pipeline.execute()
        found = [
            Letter(p, entry_id.decode(), _parse_letter(fields))
            for p, entries in enumerate(replies)
            for entry_id, fields in entries
        ]
        return sorted(found, key=lambda letter: tuple(map(int, letter.id.split("-"))))

    def drop_letter(self, partition: int, letter_id: str) -> bool:
        if not keys.is_entry_id(letter_id):
            return False
        with translated(self._client):
            return bool(self._client.xdel(keys.dead(partition), letter_id))

    def events(
        self, after: str, *, count: int, block_ms: int, channel: Channel = EVENT_CHANNEL
    ) -> list[tuple[str, bytes]]:
        block = min(block_ms, MAX_BLOCK_MS) if block_ms > 0 else None
        with translated(self._client):
            found: Any = self._client.xread({channel.key: after}, count=count, block=block)
        return [
            (entry_id.decode(), fields[b"json"])
            for _, entries in found or []
            for entry_id, fields in entries
            if b"json" in fields
        ]


def _living(scored: Sequence[tuple[bytes, float]], now: tuple[int, int]) -> list[str]:
    now_ms = now[0] * 1000 + now[1] // 1000
    return sorted(name.decode() for name, until in scored if until > now_ms)


def camera_and_reason(field: str) -> tuple[str, str]:
    camera, _, reason = field.partition(_SEPARATOR)
    return camera, reason
