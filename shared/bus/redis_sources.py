"""Ingest's side of the Redis transport."""

from typing import Any

from shared.bus import keys
from shared.bus.redis_announcements import RedisAnnouncements, written
from shared.bus.redis_base import MemoryFullError
from shared.bus.topology import CHAIN, EVENTS, FRAMES
from shared.bus.transport import Announcement, Budget, Publication, Published, Source


def _number(reply: Any, absent: int) -> int:
    return absent if reply is None else int(reply)


class RedisSources(RedisAnnouncements):
    """See `shared.bus.transport.SourceTransport`."""

    def begin(self, camera: str, after: int | None = None) -> Source:
        p = self.assign(camera)
        inputs = [keys.stream(p, link.reads) for link in CHAIN]
        stages = [link.stage for link in CHAIN]
        self._run("begin", (keys.source(p), *inputs), camera, "" if after is None else after, *stages)
        return self.source(camera)

    def source(self, camera: str) -> Source:
        p = self.assign(camera)
        run, seq, position, ended, finished, report = self._run(
            "source", (keys.source(p), keys.progress(p)), camera
        )
        return Source(
            _number(run, 0),
            _number(seq, -1),
            position or b"",
            ended=ended != b"0",
            finished_seq=_number(finished, -1),
            report=report or b"",
        )

    def publish(self, publication: Publication, budget: Budget) -> Published:
        header = publication.header
        p = self.assign(header.camera)
        frames = keys.stream(p, FRAMES)
        try:
            reply = self._run(
                "publish",
                (frames, keys.source(p), keys.progress(p), keys.stats(p), keys.stream(p, EVENTS)),
                header.camera,
                header.run,
                header.seq,
                header.pts_us,
                publication.data,
                publication.picture,
                publication.position,
                int(publication.ends),
                budget.window,
                budget.retention_ms,
                budget.retention_bytes,
                self._keep.events_ms,
                int(publication.report is not None),
                publication.report or b"",
                *written(publication.events),
                *(argument for count in publication.counts.items() for argument in count),
            )
        except MemoryFullError:
            reply = Published.MEMORY.value.encode()
        published = Published(reply.decode())
        if published is Published.MEMORY:
            self._make_room(p)
        return published

    def _make_room(self, partition: int) -> None:
        """Drop this partition's finished frames, and old ones of others: perhaps nobody publishes there."""
        for p in range(self.partitions):
            age_ms = 0 if p == partition else self._keep.frames_ms
            self._run("trim", (keys.stream(p, FRAMES), keys.progress(p)), age_ms)

    def dropped(self, camera: str, reason: str, count: int = 1) -> None:
        self._run("tally", (keys.drops(self.assign(camera)),), f"{camera}:{reason}", count)

    def report(self, announcement: Announcement) -> bool:
        return self._announce(keys.source, f"{announcement.camera}:report", announcement)
