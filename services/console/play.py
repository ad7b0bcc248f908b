"""A run from its sources to its report: server, workers, progress, events, and an orderly end."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from pydantic import SecretStr

from services.child import Command
from services.console.errors import FailedError
from services.console.feed import EventFeed, JsonLines, PlacesFeed, Received
from services.console.following import Follow, Follower
from services.console.interrupts import Interrupts
from services.console.progress import Meter
from services.console.screen import Screen
from services.console.seam import RunTransport, relayed
from services.console.summary import Incident, Report
from services.console.workspace import Workspace
from services.local import MONITOR, Supervisor, WorkerLostError, worker_commands
from shared.bus.connect import open_bus
from shared.bus.server import EmbeddedServer
from shared.bus.shm_folder import FrameStoreError, base_folder, free_bytes, run_folder
from shared.bus.topology import BRANCHES, VENUE_CHANNEL
from shared.bus.transport import TransportError
from shared.settings import Settings, pinned_of

MakeCommands = Callable[[Settings, Path, Path], Sequence[Command]]

VENUE = BRANCHES[0].stage
_EVENTS_WAIT_MS = 100
_MEASURE_EVERY_S = 0.4
_RETRY_S = 0.5
_DRAIN_S = 15.0  # after Ctrl-C, what is in flight gets so long
_MOST_INCIDENTS = 1000
_LEAST_SHM_BYTES = 256_000_000  # five cameras of 640x480; below it JPEGs are likelier to fit


@dataclass(frozen=True)
class Outlets:
    """Where events and the places of a venue's people go, as JSON lines."""

    events: JsonLines
    places: JsonLines


@dataclass(frozen=True)
class Plan:
    """What to run: settings with their cameras, and each camera's expected number of frames where known.

    `follow` says where the cameras may change while it runs.
    """

    settings: Settings
    totals: Mapping[str, int | None] = field(default_factory=dict)
    follow: Follow | None = None


def play(plan: Plan, screen: Screen, outlets: Outlets, commands: MakeCommands = worker_commands) -> Report:
    """Run the whole pipeline over the plan's cameras until all have ended and everything came through.

    `commands` gives the children to run from the settings, the file they are stored in, and a folder.

    Raises:
        TransportError, ServerRefusedError: the server cannot be used; nothing was begun.
        WorkerRefusedError: a worker calls its configuration wrong.
        FailedError: a worker cannot stay up, or the embedded server died.
    """
    with ExitStack() as stack:
        server, settings = _server(plan.settings, screen, stack)
        settings = _frames(settings, screen, stack, embedded=server is not None)
        bus: RunTransport = open_bus(settings.bus, pinned_of(settings))
        interrupts = stack.enter_context(Interrupts())
        workspace = stack.enter_context(Workspace())
        children = commands(settings, workspace.write(settings), workspace.folder)
        supervisor = Supervisor(children, workspace.folder, screen.notice)
        stack.callback(supervisor.kill)
        stack.callback(screen.close)
        kept = {"bus": settings.bus, "frames": settings.frames}
        follower = Follower(
            plan.follow,
            settings.cameras,
            lambda changed: workspace.write(changed.model_copy(update=kept)),
            screen,
        )
        run = _Run(plan, bus, supervisor, follower, Voice(screen, outlets))
        supervisor.start()
        try:
            run.watch(interrupts, server)
        except WorkerLostError as error:
            workspace.keep()
            raise FailedError(f"{error}; the logs are in {workspace.folder}") from error
        screen.close()
        supervisor.stop(MONITOR, interrupts.hurry)  # stages that stop in good order are not lost
        supervisor.stop(hurry=interrupts.hurry)
        return run.report(interrupts)


def _server(settings: Settings, screen: Screen, stack: ExitStack) -> tuple[EmbeddedServer | None, Settings]:
    if settings.bus.url is not None:
        return None, settings
    screen.say(f"starting a Valkey server of its own ({settings.bus.memory_mb} MB)")
    server = stack.enter_context(EmbeddedServer(memory_mb=settings.bus.memory_mb))
    screen.say(f"while it runs: kinestream status --watch --redis {server.url}")
    bus = settings.bus.model_copy(update={"url": SecretStr(server.url)})
    return server, settings.model_copy(update={"bus": bus})


def _frames(settings: Settings, screen: Screen, stack: ExitStack, *, embedded: bool) -> Settings:
    """Choose where the pictures go. Beside our own server: memory of this run's own, where there is enough.

    Another server may come back with older data, whose pictures memory would no longer hold.
    """
    if settings.frames.store == "redis" or not embedded:
        return settings
    frames: dict[str, object] = {"store": "redis"}
    try:
        base = base_folder(settings.frames.shm_dir)
        frames = {"store": "shm", "shm_dir": stack.enter_context(run_folder(base))}
        if settings.frames.store == "auto" and free_bytes(base) < _LEAST_SHM_BYTES:
            frames = {"store": "redis"}
            screen.say(
                f"pictures go through the server as JPEG: {base} has {free_bytes(base) / 1e6:.0f} MB free,"
                f" raw ones want {_LEAST_SHM_BYTES / 1e6:.0f} (Docker gives 64: docker run --shm-size 1g)"
            )
    except FrameStoreError as error:
        if settings.frames.store == "shm":
            raise
        screen.say(f"pictures go through the server as JPEG: {error}")
    return settings.model_copy(update={"frames": settings.frames.model_copy(update=frames)})


@dataclass(frozen=True)
class Voice:
    """Where a run tells what happens: to people and to programs."""

    screen: Screen
    outlets: Outlets


class _Run:
    """The loop around the children."""

    def __init__(
        self, plan: Plan, bus: RunTransport, supervisor: Supervisor, follower: Follower, voice: Voice
    ) -> None:
        self._bus = bus
        self._supervisor = supervisor
        self._follower = follower
        self._screen = voice.screen
        self._outlets = voice.outlets
        self._venue = plan.settings.venue
        self._incidents: dict[str, Incident] = {}
        before = bus.overview()
        after = f"{bus.now_ms() - 1}-0"  # event ids are times of the server; later ones are told apart by run
        if self._venue is not None:
            bus.enroll(VENUE, bus.assign(next(iter(self._venue.cameras))))
        began = {camera.name: bus.begin(camera.name) for camera in plan.settings.cameras}
        self._runs = {name: source.run for name, source in began.items()}
        self._feed = EventFeed(bus, self._runs, after)
        self._places = PlacesFeed(bus, self._runs, after)
        self._meter = Meter(before, began, plan.totals, time.monotonic())
        self._progress = self._meter.measure(bus.overview(), time.monotonic())

    def watch(self, interrupts: Interrupts, server: EmbeddedServer | None) -> None:
        """Until everything came through, or Ctrl-C and what was in flight has come through."""
        away, drain_until, measured_s = False, None, 0.0
        while not interrupts.hurry():
            self._supervisor.poll()
            try:
                self._relay(self._feed.poll(_EVENTS_WAIT_MS))
                self._write_places()
                now_s = time.monotonic()
                if now_s - measured_s >= _MEASURE_EVERY_S:
                    measured_s = now_s
                    self._measure(now_s)
                    if self._over(drain_until is not None):
                        return
            except TransportError as error:
                self._away(error, server, said=away)
                away = True
            else:
                away = self._back(away)
            drain_until = self._drain(interrupts, drain_until)
            if drain_until is not None and time.monotonic() >= drain_until:
                return

    def report(self, interrupts: Interrupts) -> Report:
        """What came of it, once the workers have stopped."""
        self._relay(self._feed.drain())
        self._write_places()
        self._progress = self._meter.measure(self._bus.overview(), time.monotonic())
        letters = tuple(
            letter
            for letter in self._bus.letters()
            if letter.letter.header is None
            or self._runs.get(letter.letter.header.camera) == letter.letter.header.run
        )
        usage = tuple(self._supervisor.usage())
        return Report(self._progress, self._incidents, letters, usage, interrupts.last)

    def _measure(self, now_s: float) -> None:
        begun = self._follower.look(self._bus)
        self._runs |= {name: source.run for name, source in begun.items()}
        self._meter.add(begun)
        progress = self._meter.measure(self._bus.overview(), now_s)
        if progress.done > self._progress.done:
            self._supervisor.progressed()
        self._progress = progress
        self._screen.update(progress)

    def _over(self, draining: bool) -> bool:
        through = self._progress.in_flight <= 0 if draining else self._progress.finished
        if not through or not relayed(self._bus):
            return False
        if self._venue is not None and (
            self._progress.lags.get(VENUE) or not relayed(self._bus, VENUE_CHANNEL)
        ):
            return False
        self._relay(self._feed.drain())
        return True

    def _write_places(self) -> None:
        """Hand on where the venue's people are, if somebody wants to know."""
        if self._venue is not None and self._outlets.places.wanted:
            for places in self._places.drain():
                if places.venue == self._venue.name:
                    self._outlets.places.write(msgspec.json.encode(places).decode())

    def _relay(self, received: list[Received]) -> None:
        for item in received:
            event = item.event
            self._outlets.events.write(item.line)
            self._screen.event(event)
            earlier = self._incidents.get(event.id)
            raised = event.raised_pts_us
            if raised is None and earlier is not None:
                raised = earlier.raised_pts_us
            self._incidents[event.id] = Incident(event, raised)
            if len(self._incidents) > _MOST_INCIDENTS:
                del self._incidents[next(iter(self._incidents))]

    def _drain(self, interrupts: Interrupts, drain_until: float | None) -> float | None:
        if not interrupts.count or drain_until is not None:
            return drain_until
        self._screen.warn("stopping: what is in flight is finished first (once more: stop at once)")
        self._supervisor.stop(MONITOR, interrupts.hurry)
        self._supervisor.stop("ingest", interrupts.hurry)
        return time.monotonic() + _DRAIN_S

    def _away(self, error: TransportError, server: EmbeddedServer | None, *, said: bool) -> None:
        if server is not None and _ended(server.pid):
            raise FailedError("the embedded server has died; start again, or give --redis URL") from error
        if not said:
            self._screen.warn(f"{error}; waiting for it")
        time.sleep(_RETRY_S)

    def _back(self, away: bool) -> bool:
        if away:
            self._screen.say("the server answers again")
        return False


def _ended(pid: int) -> bool:
    """Whether a child has ended; it stays for its owner to reap."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
