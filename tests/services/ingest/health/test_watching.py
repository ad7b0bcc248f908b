"""What ingest says of a camera beside its pictures: reports, and events when something is wrong with it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from services.ingest.playing.publisher import Job, Publisher
from shared import messages
from shared.bus.redis_transport import RedisTransport
from shared.bus.transport import START, Budget, Publication, Published
from shared.camera import CameraPhase, CameraReport, decode_report
from shared.messages import Event, EventKind, Frame, Phase
from shared.settings import Camera, Health, Ingest
from tests.services.ingest.crew import until
from tests.services.ingest.mjpeg import MjpegCamera
from tests.services.ingest.stored import on_the_bus

NAME = "room"
ROOMY = Budget(window=100_000, retention_ms=600_000, retention_bytes=50_000_000)
QUICK = Health(stalled_s=1.0, back_s=0.5)


@contextmanager
def publishing(job: Job, transport: RedisTransport) -> Iterator[Publisher]:
    stop = threading.Event()
    publisher = Publisher(job, transport, stop)
    thread = threading.Thread(target=publisher.run)
    thread.start()
    try:
        yield publisher
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def job(hall: MjpegCamera, budget: Budget = ROOMY) -> Job:
    camera = Camera(name=NAME, source=hall.url, open_timeout_s=5, read_timeout_s=5)
    return Job(camera, budget, Ingest(retry_first_s=0.05), QUICK)


def report(transport: RedisTransport) -> CameraReport:
    return decode_report(transport.source(NAME).report) or CameraReport(CameraPhase.ENDED, 0, 0)


def events(transport: RedisTransport) -> list[Event]:
    batch = transport.read_events(dict.fromkeys(range(transport.partitions), START), count=1000, block_ms=1)
    told = [messages.decode(entry.data) for entries in batch.values() for entry in entries]
    return [event for event in told if isinstance(event, Event)]


def phases(transport: RedisTransport, kind: EventKind) -> list[Phase]:
    return [event.phase for event in events(transport) if event.kind is kind]


def test_a_camera_that_falls_silent_is_told_of_and_its_return_too(
    hall: MjpegCamera, bus: RedisTransport
) -> None:
    with publishing(job(hall), bus):
        until(lambda: bus.source(NAME).seq > 5)
        hall.mute = True
        until(lambda: Phase.CONFIRMED in phases(bus, EventKind.CAMERA_STALLED))
        until(lambda: report(bus).problems == ("camera_stalled",))
        hall.mute = False
        until(lambda: Phase.RECOVERED in phases(bus, EventKind.CAMERA_STALLED))
        until(lambda: report(bus).problems == ())
    stalled = [event for event in events(bus) if event.kind is EventKind.CAMERA_STALLED]
    assert len({event.id for event in stalled}) == 1
    assert [event.update for event in stalled] == list(range(len(stalled)))
    assert {(event.run, event.track) for event in stalled} == {(1, None)}
    assert phases(bus, EventKind.CAMERA_BACK) == [Phase.CONFIRMED]


def test_an_open_incident_outlives_its_player(hall: MjpegCamera, bus: RedisTransport) -> None:
    with publishing(job(hall), bus):
        until(lambda: bus.source(NAME).seq > 5)
        hall.mute = True
        until(lambda: Phase.CONFIRMED in phases(bus, EventKind.CAMERA_STALLED))
    with publishing(job(hall), bus):
        hall.mute = False
        until(lambda: Phase.RECOVERED in phases(bus, EventKind.CAMERA_STALLED))
    assert len({event.id for event in events(bus) if event.kind is EventKind.CAMERA_STALLED}) == 1
    assert phases(bus, EventKind.CAMERA_STALLED).count(Phase.CONFIRMED) == 1


def test_the_report_says_how_a_camera_does(hall: MjpegCamera, bus: RedisTransport) -> None:
    hall.dies_after = 3
    with publishing(job(hall), bus) as publisher:
        until(lambda: report(bus).phase is CameraPhase.WAITING)
        assert hall.url in report(bus).error
        hall.dies_after = None
        until(lambda: report(bus).phase is CameraPhase.PLAYING)
        until(lambda: "mjpeg" in report(bus).stream)
        before = report(bus)
        until(lambda: report(bus).reported_us > before.reported_us)
        assert before.error == ""
        assert before.reconnects == publisher.counters.reconnects >= 1
        assert before.seen_us is not None
    with publishing(job(hall), bus):
        until(lambda: report(bus).reported_us > before.reported_us)
        assert report(bus).reconnects >= before.reconnects


def test_a_report_is_renewed_and_events_are_told_while_every_picture_is_refused(
    hall: MjpegCamera, bus: RedisTransport
) -> None:
    with publishing(job(hall, Budget(2, 600_000, 50_000_000)), bus):
        until(lambda: bus.overview().drops.get((NAME, "window"), 0) > 5)
        before = report(bus)
        until(lambda: report(bus).reported_us > before.reported_us)
        hall.mute = True
        until(lambda: Phase.CONFIRMED in phases(bus, EventKind.CAMERA_STALLED))
    assert len(on_the_bus(bus)) == 2


def test_pictures_say_how_much_of_them_moves(hall: MjpegCamera, bus: RedisTransport) -> None:
    with publishing(job(hall), bus):
        until(lambda: bus.source(NAME).seq > 5)
    partition = bus.assign(NAME)
    batch = bus.read("detector", {partition: START}, count=100, block_ms=1)
    frames = [messages.decode(entry.data) for entry in batch.entries[partition]]
    motion = [frame.motion for frame in frames if isinstance(frame, Frame)]
    assert motion[0] is None
    assert all(share is not None and share > 0 for share in motion[1:])


class Slow:
    """A bus that takes its time to store a picture."""

    def __init__(self, transport: RedisTransport, pause_s: float) -> None:
        self.partitions = transport.partitions
        self.assign, self.begin, self.source = transport.assign, transport.begin, transport.source
        self.dropped, self.report = transport.dropped, transport.report
        self._transport = transport
        self._pause = threading.Event()
        self._pause_s = pause_s

    def publish(self, publication: Publication, budget: Budget) -> Published:
        self._pause.wait(self._pause_s)
        return self._transport.publish(publication, budget)


def test_of_pictures_that_come_too_fast_the_newest_wins_and_the_others_are_counted(
    hall: MjpegCamera, bus: RedisTransport
) -> None:
    hall.fps = 50
    stop = threading.Event()
    publisher = Publisher(job(hall), Slow(bus, 0.2), stop)
    thread = threading.Thread(target=publisher.run)
    thread.start()
    until(lambda: bus.overview().drops.get((NAME, "busy"), 0) > 20)
    stop.set()
    thread.join(20)
    assert publisher.counters.drops["busy"] >= bus.overview().drops[NAME, "busy"]
    assert publisher.counters.published < publisher.counters.drops["busy"]


def test_an_incident_is_not_left_open_by_a_camera_that_goes(hall: MjpegCamera, bus: RedisTransport) -> None:
    with publishing(job(hall), bus):
        until(lambda: bus.source(NAME).seq > 5)
        hall.mute = True
        until(lambda: Phase.CONFIRMED in phases(bus, EventKind.CAMERA_STALLED))
    Publisher(job(hall), bus, threading.Event()).retire("removed")
    assert phases(bus, EventKind.CAMERA_STALLED)[-1] is Phase.LOST
    assert report(bus).phase is CameraPhase.ENDED
    assert report(bus).problems == ()
    ended = on_the_bus(bus)[-1]
    assert ended.end == "removed"
    assert ended.pts_us > on_the_bus(bus)[-2].pts_us


def test_the_run_of_another_source_is_not_retired(hall: MjpegCamera, bus: RedisTransport) -> None:
    with publishing(job(hall), bus):
        until(lambda: bus.source(NAME).seq > 2)
    other = Job(Camera(name=NAME, source=f"{hall.url}?channel=2"), ROOMY)
    Publisher(other, bus, threading.Event()).retire("removed")
    assert not bus.source(NAME).ended
