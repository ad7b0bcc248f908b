"""Brings one camera's source onto the bus.

The bus stores where the source stands together with each message, and refuses a message that does not follow
from there. So a publisher may be killed at any moment, and two that work on one camera never interleave.
"""

import logging
import threading
import time
from contextlib import closing
from dataclasses import dataclass

from services.ingest.counters import Counters
from services.ingest.pace import Backoff, Pacer
from services.ingest.sources import Captured, SourceError, SourceReader, is_network, open_source
from shared import messages
from shared.bus.frames import encode_jpeg
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

_LATE_S = 0.5  # a film in real time drops what comes later than this
_BEAT_S = 1.0  # longest wait between two signs of life
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
    seq: int
    pts_us: int
    finished_seq: int


class Publisher:
    """Publishes one camera until its source ends or `stop` is set.

    Args:
        camera: what to read.
        transport: where to.
        budget: how much of it the bus may hold.
        stop: give the camera up.
    """

    def __init__(
        self, camera: Camera, transport: SourceTransport, budget: Budget, stop: threading.Event
    ) -> None:
        self.beat_s = time.monotonic()
        self._camera = camera
        self._transport = transport
        self._budget = budget
        self._stop = stop
        self._counters = Counters(camera.name, transport)
        self._failures = Backoff(0.2, 10.0)

    def run(self) -> None:
        """Publish from where the source stands; returns at once where it has ended."""
        while not self._stop.is_set():
            self._beat()
            try:
                standing = self._load()
                if standing is None:
                    return
                self._play(*standing)
            except _Stopped:
                return
            except _Moved:
                _log.info("camera %s: the source stands elsewhere: going on from there", self._camera.name)
                self._rest(self._failures.pause_s())
            except (TransportError, SourceError) as error:
                pause_s = self._failures.pause_s()
                _log.warning("camera %s: %s; trying again in %.1f s", self._camera.name, error, pause_s)
                self._rest(pause_s)

    def _load(self) -> tuple[_Standing, bytes] | None:
        """Where the source stands, begun if it never was; None where it has ended."""
        source = self._transport.source(self._camera.name)
        if source.run == 0:
            source = self._transport.begin(self._camera.name)
        if source.ended:
            return None
        return _Standing(source.run, source.seq, 0, source.finished_seq), source.position

    def _play(self, standing: _Standing, position: bytes) -> None:
        """Publish what follows `position`, and the end.

        Raises:
            SourceError: a network source failed; it may come back.
        """
        try:
            with closing(open_source(self._camera, position or None)) as reader:
                self._publish_all(reader, standing)
                reason = reader.end_reason
        except SourceError as error:
            if is_network(self._camera.source):
                raise
            reason = str(error)
        self._finish(standing, reason)

    def _publish_all(self, reader: SourceReader, standing: _Standing) -> None:
        pacer = Pacer(time.monotonic) if self._camera.real_time and not is_network(self._camera.source) else None
        corrupt = 0
        for captured in reader:
            if reader.corrupt > corrupt:
                self._counters.dropped("corrupt", reader.corrupt - corrupt)
                corrupt = reader.corrupt
            if pacer is None or self._on_time(pacer, captured.pts_us):
                self._publish(captured, standing, live=reader.live)
        if reader.corrupt > corrupt:
            self._counters.dropped("corrupt", reader.corrupt - corrupt)

    def _on_time(self, pacer: Pacer, pts_us: int) -> bool:
        """Wait until a film's picture is due; False where it comes too late."""
        due_in_s = pacer.due_in_s(pts_us)
        if due_in_s < -_LATE_S:
            self._counters.dropped("late")
            return False
        self._rest(due_in_s)
        return True

    def _publish(self, captured: Captured, standing: _Standing, *, live: bool) -> None:
        """Store one picture; a live one that finds no room is dropped, a film's waits."""
        if not live:
            self._await_room(standing)
        header = Header(self._camera.name, standing.run, standing.seq + 1, captured.pts_us)
        publication = _packed(captured, header, self._camera.jpeg_quality, live=live)
        outcome = self._transport.publish(publication, self._budget)
        while outcome not in (Published.DONE, Published.STALE):
            self._beat()
            if live:
                self._counters.dropped(outcome.value)
                return
            outcome = self._retried(publication, standing, outcome)
        self._settle(publication, standing, outcome)
        self._counters.published()

    def _finish(self, standing: _Standing, reason: str) -> None:
        """Say in band that the source has ended."""
        header = Header(self._camera.name, standing.run, standing.seq + 1, standing.pts_us)
        end = messages.End(
            camera=header.camera,
            run=header.run,
            seq=header.seq,
            pts_us=header.pts_us,
            live=self._camera.real_time,
            reason=reason,
        )
        publication = Publication(header, messages.encode(end), b"", b"", ends=True)
        outcome = self._transport.publish(publication, self._budget)
        while outcome not in (Published.DONE, Published.STALE):
            outcome = self._retried(publication, standing, outcome)
        self._settle(publication, standing, outcome)
        _log.info("camera %s: ended: %s", self._camera.name, reason)
