"""The monitor's side of the Redis transport."""

from shared.bus import keys
from shared.bus.redis_announcements import RedisAnnouncements
from shared.bus.redis_base import translated
from shared.bus.redis_console import add_counts, camera_and_reason, parse_sources
from shared.bus.topology import CHAIN, STAGES
from shared.bus.transport import START, Announcement, Source, Watch


class RedisWatch(RedisAnnouncements):
    """See `shared.bus.transport.WatchTransport`."""

    def watch(self) -> Watch:
        counts: dict[str, int] = {}
        drops: dict[str, int] = {}
        sources: dict[str, Source] = {}
        standings: dict[str, bytes] = {}
        holders: dict[tuple[str, int], str] = {}
        pipeline = self._pipeline().time()
        for p in range(self.partitions):
            pipeline.hgetall(keys.source(p)).hgetall(keys.progress(p)).hgetall(keys.stats(p))
            pipeline.hgetall(keys.drops(p)).hgetall(keys.state(p, "monitor")).hgetall(keys.cursors(p))
            for stage in STAGES:
                pipeline.get(keys.lease(p, stage))
        with translated(self._client):
            replies = iter(pipeline.execute())
        seconds, micros = next(replies)
        cursors: dict[tuple[str, int], str] = {}
        for p in range(self.partitions):
            stored = parse_sources(next(replies), next(replies))
            sources |= {camera: source for camera, source in stored.items() if self.assign(camera) == p}
            add_counts(counts, next(replies))
            add_counts(drops, next(replies))
            named = {camera.decode(): standing for camera, standing in next(replies).items()}
            standings |= {camera: standing for camera, standing in named.items() if self.assign(camera) == p}
            reached = next(replies)
            cursors |= {(k.stage, p): reached.get(k.stage.encode(), START.encode()).decode() for k in CHAIN}
            held = {(stage, p): next(replies) for stage in STAGES}
            holders |= {place: holder.decode() for place, holder in held.items() if holder is not None}
        return Watch(
            now_ms=seconds * 1000 + micros // 1000,
            sources=sources,
            counts=counts,
            drops={camera_and_reason(field): count for field, count in drops.items()},
            holders=holders,
            waiting_since_ms=self._waiting_since_ms(cursors),
            standings=standings,
        )

    def announce(self, announcement: Announcement) -> bool:
        return self._announce(lambda p: keys.state(p, "monitor"), announcement.camera, announcement)

    def _waiting_since_ms(self, cursors: dict[tuple[str, int], str]) -> dict[tuple[str, int], int]:
        """When the first entry behind each cursor was stored, in ms of the server's clock."""
        reads = {link.stage: link.reads for link in CHAIN}
        pipeline = self._pipeline()
        for (stage, p), cursor in cursors.items():
            pipeline.xrange(keys.stream(p, reads[stage]), f"({cursor}", "+", count=1)
        with translated(self._client):
            replies = pipeline.execute()
        return {
            place: int(entries[0][0].partition(b"-")[0])
            for place, entries in zip(cursors, replies, strict=True)
            if entries
        }
