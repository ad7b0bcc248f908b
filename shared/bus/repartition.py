"""Another partition count on a server that holds one already: only when nothing is under way."""

from typing import Any

import redis

from shared.bus import keys
from shared.bus.redis_base import translated
from shared.bus.redis_transport import RedisTransport
from shared.bus.topology import CHAIN, CHANNELS, LINKS
from shared.bus.transport import Source


def pending(bus: RedisTransport) -> list[str]:
    """What is under way, in words; empty where the streams are drained."""
    seen = bus.overview()
    unrelayed = bus.read_events(bus.relay_cursors(), count=1, block_ms=0)
    found = {
        "messages wait": sum(seen.lags[link.stage] for link in CHAIN),
        "sources run": sum(not source.ended for source in seen.sources.values()),
        "workers live": sum(len(names) for names in seen.workers.values()),
        "partitions have events to relay": len(unrelayed),
        "dead letters are kept": seen.dead,
    }
    return [f"{count} {what}" for what, count in found.items() if count]


def move(client: redis.Redis, before: RedisTransport, after: RedisTransport) -> list[str]:
    """Carry run and message numbers to the cameras' new partitions, and forget the rest, if all is drained.

    A source that began anew at run 1 would give its events the ids of old ones. One transaction, which does
    nothing where a source or the count has changed since we looked.

    Returns:
        What is under way and prevents it; empty where it was done.

    Raises:
        TransportError: the server does not answer.
    """
    pipeline: Any = client.pipeline(transaction=True)
    with translated(client), pipeline:
        pipeline.watch(keys.PARTITIONS, *(keys.source(p) for p in range(before.partitions)))
        under_way = pending(before)
        if under_way:
            return under_way
        pipeline.multi()
        _write(pipeline, before, after)
        try:
            pipeline.execute()
        except redis.WatchError:
            return ["somebody else changes it now"]
    return []


def _write(pipeline: "redis.client.Pipeline", before: RedisTransport, after: RedisTransport) -> None:
    seen = before.overview()
    for p in range(max(before.partitions, after.partitions)):
        pipeline.delete(*_keys(p))
    for camera, source in seen.sources.items():
        _carry(pipeline, after.assign(camera), camera, source)
    for field, count in seen.counts.items():
        pipeline.hincrby(keys.stats(0), field, count)
    for (camera, reason), count in seen.drops.items():
        pipeline.hincrby(keys.drops(after.assign(camera)), f"{camera}:{reason}", count)
    pipeline.delete(*(channel.cursors for channel in CHANNELS))
    pipeline.set(keys.PARTITIONS, after.partitions)


def _keys(partition: int) -> list[str]:
    streams = [keys.stream(partition, link.reads) for link in CHAIN]
    outputs = [keys.stream(partition, channel.reads) for channel in CHANNELS]
    states = [keys.state(partition, stage) for stage in LINKS]
    tried = [keys.tried(partition, stage) for stage in LINKS]
    single = (keys.cursors, keys.source, keys.progress, keys.stats, keys.drops)
    return [*outputs, *streams, *states, *tried, *(name(partition) for name in single)]


def _carry(pipeline: "redis.client.Pipeline", partition: int, camera: str, source: Source) -> None:
    pipeline.hset(
        keys.source(partition),
        mapping={
            f"{camera}:run": source.run,
            f"{camera}:seq": source.seq,
            f"{camera}:position": source.position,
            f"{camera}:ended": 1,
        },
    )
    pipeline.hset(
        keys.progress(partition),
        mapping={f"{camera}:run": source.run, f"{camera}:seq": source.finished_seq},
    )
