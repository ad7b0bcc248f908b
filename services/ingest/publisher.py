"""Brings one camera's source onto the bus.

The bus stores where the source stands together with each message, and refuses a message that does not follow
from there. So a publisher may be killed at any moment, and two that work on one camera never interleave.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TypedDict

from services.ingest.counters import Counters
from services.ingest.pace import Backoff, Pacer
from services.ingest.sources import Captured, SourceError, SourceReader, is_network, open_source
from shared import messages
from shared.bus.frames import FrameStore, RedisFrames
from shared.bus.transport import (
    Budget,
    Header,
    Publication,
    Published,
    Source,
    SourceTransport,
    TransportError,
)
from shared.settings import Camera
from shared.statistics import cpu_key
from shared.worker.meter import Meter

_LATE_S = 0.5  # a film in real time drops what comes later than this
_BEAT_S = 1.0  # longest wait between two signs of life
_POLL_FIRST_S, _POLL_LAST_S = 0.01, 0.05  # how often a film that waits looks for room ...
_REFUSED_LAST_S = 0.5  # ... and offers again what was refused for want of memory
_ROOM = 4  # a film that waits goes on when 1 / _ROOM of its window is free: few wake-ups, never starved

_log = logging.getLogger(__name__)


class _Moved(Exception):  # noqa: N818 - not an error: another worker published, or the server was rolled back
    """The source stands elsewhere than this publisher thought."""


class _Stopped(Exception):  # noqa: N818
    """The worker is to give the camera up."""


@dataclass
class _Standing:
    """Where the publisher stands in the camera's stream."""

    run: int
    seq: int  # of the last message stored
    finished_seq: int
    pts_us: int = 0  # of the picture in hand


class _Names(TypedDict):
    camera: str
    run: int
    seq: int
    pts_us: int


class Publisher:
    """Publishes one camera until its source ends or `stop` is set.

    Args:
        camera: what to read.
        transport: where to.
        budget: how much of it the bus may hold.
        stop: give the camera up.
        clock: monotonic, in seconds; `stop.wait` lets it pass.
        frames: where the pictures go.
    """

    def __init__(
        self,
        camera: Camera,
        transport: SourceTransport,
        budget: Budget,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
        frames: FrameStore | None = None,
    ) -> None:
        self.beat_s = clock()
        self._clock = clock
        self._writer = (frames or RedisFrames()).writer(camera.name, budget.window)
        self._camera = camera
        self._transport = transport
        self._budget = budget
        self._stop = stop
        self._counters = Counters(camera.name, transport)
        self._meter = Meter()
        self._failures = Backoff(0.2, 10.0)

    def run(self) -> None:
        """Publish from where the source stands; returns at once where it has ended."""
        with closing(self._writer):
            try:
                while not self._attempt():
                    self._rest(self._failures.pause_s())
            except _Stopped:
                return

    def _attempt(self) -> bool:
        """Publish on; False where that failed in a way that may pass."""
        self._rest(0)
        try:
            source = self._transport.source(self._camera.name)
            if source.run == 0:
                source = self._transport.begin(self._camera.name, after=0)
            if not source.ended:
                self._play(source)
        except _Moved:
            _log.info("camera %s: another worker published, or the server went back", self._camera.name)
            return False
        except (TransportError, SourceError) as error:
            _log.warning("camera %s: %s; trying again", self._camera.name, error)
            return False
        return True

    def _play(self, source: Source) -> None:
        """Publish what follows the source's position, and its end.

        Raises:
            SourceError: a network source failed; it may come back.
        """
        standing = _Standing(source.run, source.seq, source.finished_seq)
        try:
            with closing(open_source(self._camera, source.position or None)) as reader:
                self._publish_all(reader, standing)
                reason = reader.end_reason
                standing.pts_us = reader.pts_us
        except SourceError as error:
            if is_network(self._camera.source):
                raise
            _log.warning("camera %s: %s", self._camera.name, error)
            reason = str(error)
        end = messages.End(**self._names(standing), live=self._camera.real_time, reason=reason)
        publication = Publication(_header(end), messages.encode(end), b"", b"", ends=True)
        self._store(publication, standing, patient=True)
        _log.info("camera %s: ended: %s", self._camera.name, reason)

    def _publish_all(self, reader: SourceReader, standing: _Standing) -> None:
        played = self._camera.real_time and not is_network(self._camera.source)
        pacer = Pacer(self._clock) if played else None
        corrupt = 0
        for captured in self._read(reader):
            self._rest(0)
            corrupt = self._count_corrupt(reader, corrupt)
            standing.pts_us = captured.pts_us
            if pacer is not None and not self._on_time(pacer, captured.pts_us):
                continue
            if not reader.live:
                self._await_room(standing)
            with self._meter.part("codec"):
                publication = self._packed(captured, standing, live=reader.live)
            if self._store(publication, standing, patient=not reader.live):
                self._counters.published()
        self._count_corrupt(reader, corrupt)

    def _read(self, reader: SourceReader) -> Iterator[Captured]:
        """The source's pictures; reading them is what ingest computes."""
        pictures = iter(reader)
        while True:
            with self._meter.part("compute"):
                captured = next(pictures, None)
            if captured is None:
                return
            yield captured

    def _count_corrupt(self, reader: SourceReader, counted: int) -> int:
        if reader.corrupt > counted:
            self._counters.dropped("corrupt", reader.corrupt - counted)
        return reader.corrupt

    def _on_time(self, pacer: Pacer, pts_us: int) -> bool:
        """Wait until a film's picture is due; False where it comes too late."""
        due_in_s = pacer.due_in_s(pts_us)
        if due_in_s < -_LATE_S:
            self._counters.dropped("late")
            return False
        self._rest(due_in_s)
        return True

    def _packed(self, captured: Captured, standing: _Standing, *, live: bool) -> Publication:
        started_us = _wall_us()
        picture = self._writer.put(captured.image, self._camera.jpeg_quality, standing.seq + 1)
        height, width = captured.image.shape[:2]
        frame = messages.Frame(
            **self._names(standing),
            live=live,
            captured_us=started_us,
            width_px=width,
            height_px=height,
            trace=(messages.Trace("ingest", started_us, _wall_us()),),
        )
        return Publication(_header(frame), messages.encode(frame), picture, captured.position)

    def _store(self, publication: Publication, standing: _Standing, *, patient: bool) -> bool:
        """Store one message; an impatient one that finds no room is dropped and counted.

        Raises:
            _Moved: the message does not follow what is stored.
        """
        waits = Backoff(_POLL_FIRST_S, _REFUSED_LAST_S)
        spent_us = self._meter.take_us()
        counts = {cpu_key("ingest", part): us for part, us in spent_us.items()}
        publication = replace(publication, counts=counts)
        while (outcome := self._publish(publication)) is not Published.DONE:
            if outcome is Published.STALE:
                raise _Moved
            if not patient:
                for part, us in spent_us.items():
                    self._meter.add_ns(part, 1000 * us)
                self._counters.dropped(outcome.value)
                return False
            self._rest(waits.pause_s())
        standing.seq = publication.header.seq
        self._failures.reset()
        return True

    def _publish(self, publication: Publication) -> Published:
        with self._meter.part("bus"):
            return self._transport.publish(publication, replace(self._budget, window=self._writer.window))

    def _await_room(self, standing: _Standing) -> None:
        """Wait until the camera's window has room, without sending the picture to be refused."""
        window = self._writer.window
        if standing.seq + 1 - standing.finished_seq <= window:
            return
        waits = Backoff(_POLL_FIRST_S, _POLL_LAST_S)
        wanted = max(1, window // _ROOM)
        while standing.seq + wanted - standing.finished_seq > window:
            with self._meter.part("bus"):
                source = self._transport.source(self._camera.name)
            if (source.run, source.seq) != (standing.run, standing.seq):
                raise _Moved
            standing.finished_seq = source.finished_seq
            self._rest(waits.pause_s())

    def _names(self, standing: _Standing) -> _Names:
        return {
            "camera": self._camera.name,
            "run": standing.run,
            "seq": standing.seq + 1,
            "pts_us": standing.pts_us,
        }

    def _rest(self, seconds: float) -> None:
        """Wait, showing life.

        Raises:
            _Stopped: the camera is to be given up.
        """
        until_s = self._clock() + seconds
        while True:
            now_s = self.beat_s = self._clock()
            if self._stop.wait(max(0.0, min(until_s - now_s, _BEAT_S))):
                raise _Stopped
            if self._clock() >= until_s:
                return


def _header(message: messages.Message) -> Header:
    return Header(message.camera, message.run, message.seq, message.pts_us)


def _wall_us() -> int:
    return time.time_ns() // 1000
