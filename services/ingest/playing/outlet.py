"""The bus as one camera's publisher sees it: where the camera stands there, and the next step from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.ingest.pace import Backoff, Patience
from services.ingest.playing.account import Account, Findings, fingerprint
from services.ingest.playing.counters import Counters
from services.ingest.playing.packing import Place
from shared.bus.frames import FrameWriter
from shared.bus.transport import (
    Announcement,
    Budget,
    Output,
    Publication,
    Published,
    Source,
    SourceTransport,
)
from shared.camera import CameraReport, decode_report
from shared.settings import Camera
from shared.statistics import cpu_key
from shared.worker.meter import Meter

_POLL_FIRST_S, _POLL_LAST_S = 0.01, 0.05  # how often a film that waits looks for room ...
_REFUSED_LAST_S = 0.5  # ... and offers again what was refused for want of memory
_ROOM = 4  # a film that waits goes on when 1 / _ROOM of its window is free: few wake-ups, never starved


class Moved(Exception):  # noqa: N818 - not an error: another worker published, or the server was rolled back
    """The source stands elsewhere than this publisher thought."""


@dataclass
class Standing:
    """Where a camera stands in its stream, and what is known of its run."""

    run: int
    seq: int  # of the last message stored
    finished_seq: int
    position: bytes  # of the last picture stored, or of an endless source: seen
    report: bytes  # as stored
    account: Account
    pts_us: int = 0  # of the picture in hand
    findings: Findings = field(default_factory=Findings)  # that go with `position`

    @property
    def next(self) -> Place:
        return Place(self.run, self.seq + 1, self.pts_us)


class Outlet:
    """Takes one camera's steps on the bus.

    Args:
        camera: whose.
        transport: where to.
        budget: how much of it the bus may hold.
        writer: of its pictures; knows how many of them may be in flight.
        patience: how to wait.
        meter: told what the steps cost.
    """

    def __init__(
        self,
        camera: Camera,
        transport: SourceTransport,
        budget: Budget,
        writer: FrameWriter,
        patience: Patience,
        meter: Meter,
    ) -> None:
        self.counters = Counters(camera.name, transport)
        self._camera = camera.name
        self._fingerprint = fingerprint(camera.source)
        self._transport = transport
        self._budget = budget
        self._writer = writer
        self._patience = patience
        self._meter = meter

    def source(self) -> Source:
        """Where the camera stands."""
        return self._transport.source(self._camera)

    def begin(self, after: int) -> Source:
        """Begin a new run, unless somebody else has."""
        return self._transport.begin(self._camera, after=after)

    def standing(self, source: Source) -> Standing:
        """What a publisher that goes on from here knows."""
        account = Account(source.run, self._fingerprint, _report_of(source))
        return Standing(
            source.run,
            source.seq,
            source.finished_seq,
            source.position,
            source.report,
            account,
            pts_us=account.pts_us,
            findings=account.findings,
        )

    def has_other_source(self, source: Source) -> bool:
        """Whether the run was begun with another source than the camera has now."""
        report = _report_of(source)
        return report is not None and report.source != self._fingerprint

    def store(self, publication: Publication, standing: Standing, *, patient: bool) -> bool:
        """Store one message; an impatient one that finds no room is dropped and counted.

        Its report and events are told in any case.

        Raises:
            Moved: the message does not follow what is stored.
            TransportError: nobody knows whether it was stored.
        """
        waits = Backoff(_POLL_FIRST_S, _REFUSED_LAST_S)
        spent_us = self._meter.take_us()
        counts = {cpu_key("ingest", part): us for part, us in spent_us.items()}
        publication = replace(publication, counts=counts)
        while (outcome := self._offer(publication)) is not Published.DONE:
            if outcome is Published.STALE:
                raise Moved
            if not patient:
                for part, us in spent_us.items():
                    self._meter.add_ns(part, 1000 * us)
                self.counters.dropped(outcome.value)
                if publication.report is not None:
                    self.announce(standing, publication.report, publication.events)
                return False
            self.renew(standing)
            self._patience.rest(waits.pause_s())
        standing.seq = publication.header.seq
        standing.position = publication.position
        standing.report = standing.report if publication.report is None else publication.report
        return True

    def renew(self, standing: Standing) -> None:
        """Renew the report where it is due, without a picture.

        Raises:
            Moved: another worker has replaced it.
        """
        if standing.account.due:
            self.counters.tell()
            self.announce(standing, standing.account.written(standing.findings))

    def announce(self, standing: Standing, report: bytes, events: Sequence[Output] = ()) -> None:
        """Replace the report, and tell events, without a picture.

        Raises:
            Moved: another worker has replaced it.
        """
        with self._meter.part("bus"):
            announcement = Announcement(self._camera, standing.report, report, events)
            if not self._transport.report(announcement):
                raise Moved
        standing.report = report

    def await_room(self, standing: Standing) -> None:
        """Wait until the camera's window has room, without sending the picture to be refused."""
        window = self._writer.window
        if standing.seq + 1 - standing.finished_seq <= window:
            return
        waits = Backoff(_POLL_FIRST_S, _POLL_LAST_S)
        wanted = max(1, window // _ROOM)
        while standing.seq + wanted - standing.finished_seq > window:
            with self._meter.part("bus"):
                source = self._transport.source(self._camera)
            if (source.run, source.seq) != (standing.run, standing.seq):
                raise Moved
            standing.finished_seq = source.finished_seq
            self.renew(standing)
            self._patience.rest(waits.pause_s())

    def _offer(self, publication: Publication) -> Published:
        with self._meter.part("bus"):
            return self._transport.publish(publication, replace(self._budget, window=self._writer.window))


def _report_of(source: Source) -> CameraReport | None:
    """The last report of the source's run; None where there is none."""
    report = decode_report(source.report)
    return report if report is not None and report.run == source.run else None
