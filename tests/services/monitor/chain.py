"""A whole chain in memory, second by second: real workers, toy stages, and a monitor that looks at them."""

from msgspec import Raw

from services.monitor.watcher import Outlook, Watcher
from shared.bus.memory import MemoryTransport
from shared.bus.topology import CHAIN
from shared.bus.transport import START, Announcement, Source
from shared.camera import CameraPhase, CameraReport, encode_report
from shared.messages import End, Event, decode
from shared.metrics import StageMetrics
from shared.settings import Camera, Monitor
from shared.worker.loop import Options, Worker
from shared.worker.stage import PassThrough
from tests.conftest import Clock
from tests.shared.worker.toys import Diary, Seen, frame, publish

LIVE = Camera(name="hall", source="rtsp://camera/hall")
FILM = Camera(name="hall", source="hall.mp4")
LIMITS = Monitor()
FPS = 4
STAGES = tuple(link.stage for link in CHAIN)
_LEASE_MS = 2500


class Everything:
    """Owns the only partition."""

    def tick(self) -> frozenset[int]:
        return frozenset({0})

    def beat(self) -> None:
        pass


class Chain:
    """A camera that plays `FPS` pictures a second through stages of which any may be `dead`."""

    def __init__(self, camera: Camera = LIVE, limits: Monitor = LIMITS) -> None:
        self.clock = Clock()
        self.bus = MemoryTransport(1, self.clock.now_ms)
        self.camera = camera
        self.limits = limits
        self.dead: set[str] = set()
        self.hanging: set[str] = set()  # hold their lease, and do nothing
        self.away = False  # the camera; ingest says so
        self.skewed_us = 0  # the clock of ingest's host
        self.watcher = self.monitor()
        self.outlook = Outlook()
        self.diaries = {stage: Diary(stage) for stage in STAGES}
        self._workers = {stage: self._worker(stage) for stage in STAGES}
        self._stand_ins = {
            link.stage: Worker(
                PassThrough(link.stage), self.bus, Everything(), _OPTIONS, StageMetrics(link.stage)
            )
            for link in CHAIN
            if link.enriches
        }
        self._cursor = START
        self._heard: list[Event] = []

    def monitor(self, *cameras: Camera) -> Watcher:
        """One more monitor; of the chain's camera, unless others are given."""
        return Watcher(cameras or (self.camera,), self.limits, self.bus)

    def second(self, *, looked: bool = True) -> None:
        """Let everybody who lives work for a second, and look."""
        self.clock.advance(1000)
        if "ingest" not in self.dead:
            self._play()
        for stage, following in zip(STAGES, (*STAGES[1:], ""), strict=True):
            if stage not in self.dead:
                self._turn(stage, self._workers[stage], f"{stage}-1")
            elif stage in self._stand_ins and following not in self.dead:
                self._turn(stage, self._stand_ins[stage], f"{following}-1")
        if looked:
            self.outlook = self.watcher.look()

    def seconds(self, count: int, *, looked: bool = True) -> None:
        for _ in range(count):
            self.second(looked=looked)

    def until_told(self, most_s: int = 60) -> int:
        """Go on until the next event; how many seconds that took."""
        for passed in range(1, most_s + 1):
            self.second()
            self._hear()
            if self._heard:
                return passed
        raise AssertionError(f"nothing is told within {most_s} s")

    def told(self) -> list[Event]:
        """The events since the last time."""
        self._hear()
        heard, self._heard = self._heard, []
        return heard

    def _hear(self) -> None:
        """What the relay would pass on; toys at the last stage write frames, too."""
        for entry in self.bus.read_events({0: self._cursor}, count=1000, block_ms=0).get(0, ()):
            self._cursor = entry.id
            message = decode(entry.data)
            if isinstance(message, Event):
                self._heard.append(message)

    def end(self) -> None:
        source = self.source()
        publish(self.bus, End(camera="hall", run=source.run, seq=source.seq + 1, pts_us=0))

    def source(self) -> Source:
        return self.bus.source("hall")

    def _worker(self, stage: str) -> Worker[Seen]:
        return Worker(self.diaries[stage], self.bus, Everything(), _OPTIONS, StageMetrics(stage))

    def _turn(self, stage: str, worker: Worker[Seen] | Worker[Raw], name: str) -> None:
        self.bus.acquire(stage, 0, name, _LEASE_MS)
        for _ in range(0 if stage in self.hanging else 4):
            worker.step()

    def _play(self) -> None:
        self.bus.acquire("ingest", 0, "ingest-1", _LEASE_MS)
        source = self.source()
        if source.run == 0:
            source = self.bus.begin("hall")
        if source.ended:
            return
        for seq in range(source.seq + 1, source.seq + 1 + (0 if self.away else FPS)):
            publish(self.bus, frame("hall", seq, run=source.run, live=self.camera.live))
        phase = CameraPhase.WAITING if self.away else CameraPhase.PLAYING
        report = CameraReport(phase, 0, self.clock.ms * 1000 + self.skewed_us)
        before = self.source().report
        assert self.bus.report(Announcement("hall", before, encode_report(report)))


_OPTIONS = Options(batch=16, wait_ms=0, deadline_ms=1500, prefetch=False)
