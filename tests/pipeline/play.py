"""The whole pipeline as child processes on a real server, and what may befall them."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import psutil
import redis
from pydantic import SecretStr

from services.child import Command
from services.console.seam import relayed
from services.console.workspace import Workspace
from services.local import Notice, Policy, Supervisor, worker_commands
from shared.bus import keys
from shared.bus.connect import connect, open_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.server import EmbeddedServer, Persistence
from shared.bus.topology import STAGES
from shared.bus.transport import Overview, Source, TransportError
from shared.messages import Event, EventKind, Frame, Phase, decode
from shared.settings import Bus, Camera, Settings

LIMIT_S = 90.0  # for anything a test waits for, on a busy machine
PARTITIONS = 4
WINDOW = 8  # so small that ingest, too, is in the middle of its work when something happens
_LOOK_S = 0.02
_POLICY = Policy(first_wait_s=0.05)
WORKERS = STAGES[1:]

Story = list[tuple[Any, ...]]

_FALL = "synth://fall_sideways?size=320x240&fps=8&noise=0&duration=8"
_FALL_START_S = 3.5  # what comes before is walking


class Server:
    """A server that writes all it knows to disk, and is reached by the same URL after it died."""

    def __init__(self, folder: Path, memory_mb: int) -> None:
        self._folder = folder
        self._memory_mb = memory_mb
        self._socket = folder / "socket"
        self._running: EmbeddedServer | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        self._running = EmbeddedServer(self._memory_mb, persistence=Persistence(data))
        self._running.start()
        self._socket.unlink(missing_ok=True)
        self._socket.symlink_to(self._running.url.removeprefix("unix://"))

    def kill(self) -> None:
        """End it as a crash would: nothing is written in good order."""
        if self._running is not None:
            self._running.kill()
            self._running.stop()  # removes its folder

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Crew:
    """Some of a machine's workers, each under a supervisor of its own, so that one can be kept dead."""

    def __init__(self, settings: Settings, stages: Sequence[str]) -> None:
        self._workspace = Workspace()
        self.notices: list[Notice] = []
        commands = worker_commands(settings, self._workspace.write(settings), self._workspace.folder)
        self.commands = [command for command in commands if command.name.split("-")[0] in stages]
        self._supervisors = {command.name: self._supervisor(command) for command in self.commands}

    def poll(self) -> None:
        """Start again what died, unless it was put to death."""
        for supervisor in self._supervisors.values():
            supervisor.progressed()  # deaths are what these tests are about
            supervisor.poll()

    def dismiss(self) -> None:
        """SIGTERM for all, and nobody starts them again."""
        for supervisor in self._supervisors.values():
            supervisor.stop()

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """SIGKILL, and nobody starts it again for a while."""
        self._supervisors[name].kill()
        try:
            yield
        finally:
            (command,) = [command for command in self.commands if command.name == name]
            self._supervisors[name] = self._supervisor(command)
            self._supervisors[name].start()

    def _supervisor(self, command: Command) -> Supervisor:
        return Supervisor([command], self._workspace.folder, self.notices.append, _POLICY)

    def __enter__(self) -> Self:
        for supervisor in self._supervisors.values():
            supervisor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for supervisor in self._supervisors.values():
            supervisor.kill()
        self._workspace.__exit__(kind, error, trace)


class Stand:
    """A server and the workers of all stages but ingest, which each test adds with cameras of its own."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self.server = server
        self.settings = settings
        self.bus: RedisTransport = open_bus(settings.bus)
        self.client: redis.Redis = connect(server.url)
        self._crews: list[Crew] = []

    @contextmanager
    def crew(self, stages: Sequence[str], **changes: Any) -> Iterator[Crew]:
        """More workers; `changes` replace sections of the settings."""
        with Crew(self.settings.model_copy(update=changes), stages) as crew:
            self._crews.append(crew)
            try:
                yield crew
            finally:
                self._crews.remove(crew)

    @contextmanager
    def ingest(self, *cameras: Camera, run: int = 1, **bus: Any) -> Iterator[Crew]:
        """Begin the cameras' run, unless it is begun, and play it; `bus` changes what they may hold there."""
        for camera in cameras:
            self.bus.begin(camera.name, after=run - 1)
        changed = self.settings.bus.model_copy(update=bus)
        with self.crew(["ingest"], cameras=cameras, bus=changed) as crew:
            yield crew

    @contextmanager
    def raw_pictures(self) -> Iterator[None]:
        """Ingest that begins now keeps its pictures in shared memory; the workers read either."""
        before = self.settings
        frames = before.frames.model_copy(update={"store": "shm"})
        self.settings = before.model_copy(update={"frames": frames})
        try:
            yield
        finally:
            self.settings = before

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Let the pipeline run until `condition` holds."""
        deadline_s = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < deadline_s, f"{what}: not within {LIMIT_S:.0f} s; {self.notices()}"
            for crew in self._crews:
                crew.poll()
            time.sleep(_LOOK_S)

    def await_finished(self, camera: str, frames: int) -> None:
        """Wait until so many more frames of the camera came through the whole chain."""
        until = self.source(camera).finished_seq + frames
        self.until(lambda: self.source(camera).finished_seq >= until, f"{frames} frames of {camera}")

    def next_frame(self, camera: str, stream: str) -> Frame:
        """The next frame that is written to a stream, before its reader takes it away."""
        key = keys.stream(self.bus.assign(camera), stream)
        found: list[Any] = []

        def seen() -> bool:
            found.extend(self.client.xread({key: "$"}, count=1, block=500) or [])
            return bool(found)

        self.until(seen, f"a frame in {stream}")
        [[_, [[_, fields]]]] = found
        message = decode(fields[b"m"])
        assert isinstance(message, Frame)
        return message

    def watch_memory(self, seconds: float) -> int:
        """Let the pipeline run for so long; the most memory that the server used, in bytes."""
        until_s, most = time.monotonic() + seconds, 0

        def over() -> bool:
            nonlocal most
            most = max(most, self.overview().memory_used)
            return time.monotonic() >= until_s

        self.until(over, f"{seconds:g} s")
        return most

    @contextmanager
    def limited(self, spare_mb: float) -> Iterator[None]:
        """A server that may hold so much more than it does (0: nothing), before ingest has to stop."""
        limit = self.overview().memory_limit
        spare_bytes = round((self.overview().memory_used + spare_mb * 1e6) / (0.8 if spare_mb else 1))
        self.client.config_set("maxmemory", spare_bytes)
        try:
            yield
        finally:
            self.client.config_set("maxmemory", limit)

    def notices(self) -> list[Notice]:
        return [notice for crew in self._crews for notice in crew.notices]

    def deaths(self) -> list[Notice]:
        """Notices that are no warnings by a worker."""
        return [notice for notice in self.notices() if not notice.text.startswith("says: ")]

    def play(
        self, *cameras: Camera, run: int = 1, meanwhile: Callable[[], object] = lambda: None
    ) -> list[Story]:
        """Play the cameras to their end; `meanwhile` is called once the first frame came through."""
        with self.ingest(*cameras, run=run, window=WINDOW):
            self.await_finished(cameras[0].name, 1)
            meanwhile()
            self.through(*(camera.name for camera in cameras))
        return [told(self.events(camera.name, run)) for camera in cameras]

    def overview(self) -> Overview:
        return self.bus.overview()

    def source(self, camera: str) -> Source:
        return self.bus.source(camera)

    def drops(self, camera: str) -> Mapping[str, int]:
        """The camera's drops by reason."""
        return {reason: n for (name, reason), n in self.overview().drops.items() if name == camera}

    def through(self, *cameras: str) -> None:
        """Wait until all of the cameras came through the whole chain, and their events to subscribers."""

        def done() -> bool:
            try:
                sources = [self.source(camera) for camera in cameras]
                finished = all(s.ended and s.finished_seq == s.seq for s in sources)
                return finished and relayed(self.bus)
            except TransportError:
                return False  # the server is dead at the moment

        self.until(done, f"{', '.join(cameras)} came through")

    def events(self, camera: str, run: int = 1) -> list[Event]:
        """The events of one run of a camera, as a subscriber sees them."""
        entries = self.bus.events("0", count=10_000, block_ms=0)
        events = [msgspec.json.decode(data, type=Event) for _, data in entries]
        return [event for event in events if (event.camera, event.run) == (camera, run)]

    def send(self, stage: str, number: signal.Signals) -> None:
        """Signal the processes of a stage, waiting for one where there is none at present."""
        self.until(lambda: bool(pids(stage)), f"a {stage} worker")
        for pid in pids(stage):
            os.kill(pid, number)


def pids(stage: str) -> list[int]:
    """The child processes that run a stage's worker."""
    found = []
    for child in psutil.Process().children():
        try:
            # First the command, then the title that the worker gives itself, with blanks behind it.
            shown = " ".join(child.cmdline()).rstrip()
            if (
                shown.endswith((f" services.{stage}", f"kinestream: {stage}"))
                and child.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(child.pid)
        except psutil.NoSuchProcess:
            continue
    return found


def falling(name: str, **changes: Any) -> Camera:
    """A small camera that sees a confirmed fall: 36 frames, 4.5 s."""
    return Camera(name=name, source=_FALL, start_s=_FALL_START_S).model_copy(update=changes)


def fell(events: Sequence[Event]) -> bool:
    return any(event.kind is EventKind.FALL and event.phase is Phase.CONFIRMED for event in events)


def told(events: Sequence[Event]) -> Story:
    """What must be the same whatever happened on the way; not wall time and the place in the stream."""
    return [
        (e.id, e.update, e.kind, e.phase, e.pts_us, e.confidence, sorted(e.evidence.items())) for e in events
    ]


def bus_settings(url: str) -> Bus:
    """Quick take-over, and frames that stay until a test's own budget ends them."""
    return Bus(url=SecretStr(url), partitions=PARTITIONS, lease_s=0.6, retention_s=600)
