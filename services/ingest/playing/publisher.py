"""Brings one camera's source onto the bus.

The bus stores where the source stands together with each message, and refuses a message that does not follow
from there. So a publisher may be killed at any moment, and two that work on one camera never interleave.
"""

import gc
import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from services.ingest.health.watcher import Watcher
from services.ingest.pace import TURN_S, Backoff, Pacer, Patience, Stopped
from services.ingest.playing.account import Findings
from services.ingest.playing.outlet import Moved, Outlet, Standing
from services.ingest.playing.packing import Packer, Place
from services.ingest.playing.pictures import Direct, Feed, Pictures, Taken
from services.ingest.playing.vitals import Vitals
from services.ingest.reading.sources import SourceError, is_live, open_source
from shared.bus.frames import FrameStore, RedisFrames
from shared.bus.transport import Budget, Publication, Source, SourceTransport, TransportError
from shared.settings import Camera, Health, Ingest
from shared.worker.meter import Meter

_LATE_S = 0.5  # a film in real time drops what comes later than this
_SETTLED_S = 10.0  # a camera that gave pictures for so long is tried again quickly when it is lost

SOURCE_CHANGED = "the source was changed"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A camera to publish, and how."""

    camera: Camera
    budget: Budget
    ingest: Ingest = field(default_factory=Ingest)
    health: Health = field(default_factory=Health)


class Publisher:
    """Publishes one camera until its source ends or `stop` is set.

    Args:
        job: what to read, how much of it the bus may hold, and what to do when it fails.
        transport: where to.
        stop: give the camera up.
        clock: monotonic, in seconds; `stop.wait` lets it pass.
        frames: where the pictures go.
        vitals: is shown life.
    """

    def __init__(
        self,
        job: Job,
        transport: SourceTransport,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
        frames: FrameStore | None = None,
        vitals: Vitals | None = None,
    ) -> None:
        self.camera = job.camera.name
        self._camera = job.camera
        self._vitals = vitals or Vitals(clock)
        self._patience = Patience(stop, clock, self._vitals)
        self._meter = Meter()
        self._writer = (frames or RedisFrames()).writer(job.camera.name, job.budget.window)
        self._packer = Packer(job.camera, self._writer)
        self._outlet = Outlet(job.camera, transport, job.budget, self._writer, self._patience, self._meter)
        self._live = is_live(job.camera.source)
        self._health = job.camera.health or job.health
        self._watcher = Watcher(job.camera, self._health, b"", self._live)
        self._server_waits = Backoff(0.2, 10.0)
        self._source_waits = Backoff(job.ingest.retry_first_s, job.ingest.retry_longest_s)
        self.counters = self._outlet.counters
        self.playing = False

    def run(self) -> None:
        """Publish from where the source stands; returns at once where it has ended."""
        self._until_done(self._publish_on)

    def retire(self, reason: str) -> None:
        """Publish nothing but the end of this source's run, if there is one.

        Whoever finds the camera again begins a new run. One of another source is left alone: somebody has
        retired ours and begun it.
        """
        self._until_done(partial(self._retire, reason))

    def _until_done(self, work: Callable[[], None]) -> None:
        with closing(self._writer), suppress(Stopped):
            while not self._attempt(work):
                self._patience.rest(self._server_waits.pause_s())

    def _attempt(self, work: Callable[[], None]) -> bool:
        """Do it; False where that failed in a way that may pass."""
        self._patience.rest(0)
        try:
            work()
        except Moved:
            _log.info("camera %s: another worker published, or the server went back", self._camera.name)
            return False
        except TransportError as error:
            _log.warning("camera %s: %s; trying again", self._camera.name, error)
            return False
        finally:
            self.playing = False
        return True

    def _publish_on(self) -> None:
        source = self._outlet.source()
        if not source.run:
            source = self._outlet.begin(after=0)
        if self._outlet.has_other_source(source):
            _log.info("camera %s: its source was changed: a new run begins", self._camera.name)
            if not source.ended:
                self._end_from_afar(source, SOURCE_CHANGED)
            source = self._outlet.begin(after=source.run)
        if not source.ended:
            self._stay(self._outlet.standing(source))

    def _retire(self, reason: str) -> None:
        source = self._outlet.source()
        if not source.ended and not self._outlet.has_other_source(source):
            self._end_from_afar(source, reason)

    def _end_from_afar(self, source: Source, reason: str) -> None:
        """End a run without opening its source."""
        standing = self._outlet.standing(source)
        self._watch_on(standing)
        if self._live:
            standing.pts_us = standing.account.media_us()
        self._end(standing, reason, retired=True)

    def _stay(self, standing: Standing) -> None:
        """Publish what follows the source's position, opening it again where it fails, and its end."""
        self._watch_on(standing)
        while True:
            try:
                reason = self._play(standing)
                break
            except SourceError as error:
                if not self._live:
                    _log.warning("camera %s: %s", self._camera.name, error)
                    reason = str(error)
                    break
                self._wait_to_reopen(standing, error)
            gc.collect()  # PyAV's objects hold each other: only this frees what the lost connection had
        self._end(standing, reason)

    def _watch_on(self, standing: Standing) -> None:
        """Go on watching where whoever published before us stood."""
        self._watcher = Watcher(self._camera, self._health, standing.findings.memory, self._live)

    def _wait_to_reopen(self, standing: Standing, error: SourceError) -> None:
        pause_s = self._source_waits.pause_s()
        _log.warning("camera %s: %s; trying again in %.1f s", self._camera.name, error, pause_s)
        standing.account.lost(str(error))
        self.playing = False
        self.counters.reconnects += 1
        until_s = self._patience.clock() + pause_s
        while (left_s := until_s - self._patience.clock()) > 0:
            self._idle(standing)
            self._patience.rest(min(left_s, TURN_S))

    def _idle(self, standing: Standing) -> None:
        """No picture comes: see whether that is too long, and renew the report."""
        if not standing.account.due:
            return
        if not self._live:
            self._outlet.renew(standing)
            return
        changes = self._watcher.silence(standing.account.media_us())
        standing.findings = self._findings()
        place = Place(standing.run, standing.seq, standing.pts_us)
        self.counters.tell()
        report = standing.account.written(standing.findings)
        self._outlet.announce(standing, report, self._packer.events(changes, place, live=True))

    def _findings(self) -> Findings:
        return Findings(self._watcher.problems, self._watcher.memory())

    def _play(self, standing: Standing) -> str:
        """Publish the source's pictures; why they ended.

        Raises:
            SourceError: it cannot be read on.
        """
        standing.account.connecting()
        way = Feed if self._live else Direct
        open_reader = partial(open_source, self._camera, standing.position or None)
        with closing(way(self._camera, open_reader, self._meter, self._vitals)) as pictures:
            pacer = self._pacer()
            began_s: float | None = None
            while not pictures.over:
                self._patience.rest(0)
                taken = pictures.take(TURN_S)
                self._count_drops(pictures, taken)
                if taken is None:
                    self._idle(standing)
                    continue
                began_s = self._patience.clock() if began_s is None else began_s
                if self._patience.clock() - began_s >= _SETTLED_S:
                    self._source_waits.reset()
                self._publish(taken, pictures, standing, None if pictures.endless else pacer)
            standing.pts_us = pictures.pts_us
            return pictures.end_reason

    def _pacer(self) -> Pacer | None:
        speed = 1.0 if self._camera.real_time else self._camera.speed
        return None if speed is None else Pacer(self._patience.clock, speed)

    def _publish(self, taken: Taken, pictures: Pictures, standing: Standing, pacer: Pacer | None) -> None:
        self.playing = True
        self.counters.seen_s = self._patience.clock()
        pts_us = standing.pts_us = taken.captured.pts_us
        standing.account.pictured(taken.arrived_us, pts_us, pictures.stream)
        if pictures.endless:
            standing.position = taken.captured.position
        if pacer is not None and not self._on_time(pacer, pts_us):
            return
        if not pictures.live:
            self._outlet.await_room(standing)
        publication, findings = self._packed(taken, standing, live=pictures.live)
        if pictures.endless:
            standing.findings = findings
        if self._outlet.store(publication, standing, patient=not pictures.live):
            standing.findings = findings
            self.counters.published += 1
            self._server_waits.reset()

    def _packed(self, taken: Taken, standing: Standing, *, live: bool) -> tuple[Publication, Findings]:
        """The picture's message with what follows from it."""
        with self._meter.part("compute"):
            seen = self._watcher.see(taken.captured.image, taken.captured.pts_us)
        with self._meter.part("codec"):
            publication = self._packer.frame(taken, standing.next, live=live, motion=seen.motion)
        if not (seen.due or seen.changes or standing.account.due):
            return publication, standing.findings
        findings = self._findings()
        events = self._packer.events(seen.changes, standing.next, live=live)
        self.counters.tell()
        return replace(publication, report=standing.account.written(findings), events=events), findings

    def _end(self, standing: Standing, reason: str, *, retired: bool = False) -> None:
        standing.account.ended(reason, retired=retired)
        live = self._live or self._camera.real_time
        publication = self._packer.end(standing.next, reason, live=live)
        changes = self._watcher.finish(standing.pts_us)
        publication = replace(
            publication,
            report=standing.account.written(self._findings()),
            events=self._packer.events(changes, standing.next, live=live),
        )
        self.counters.tell()
        self._outlet.store(publication, standing, patient=True)
        _log.info("camera %s: ended: %s", self._camera.name, reason)

    def _count_drops(self, pictures: Pictures, taken: Taken | None) -> None:
        """Note what no picture was published of; the bus is told now and then."""
        if taken is not None and taken.replaced:
            self.counters.note_dropped("busy", taken.replaced)
        if corrupt := pictures.newly_corrupt():
            self.counters.dropped("corrupt", corrupt)

    def _on_time(self, pacer: Pacer, pts_us: int) -> bool:
        """Wait until a film's picture is due; False where it comes too late for real time."""
        due_in_s = pacer.due_in_s(pts_us)
        if due_in_s < -_LATE_S and self._camera.real_time:
            self.counters.dropped("late")
            return False
        self._patience.rest(due_in_s)
        return True
