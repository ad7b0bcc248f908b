"""Several monitors on a real server: without a lease, without replies, and killed at any moment."""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr

from services.console.workspace import Workspace
from services.local import MONITOR, Notice, Policy, Supervisor, worker_commands
from services.monitor.watcher import Watcher
from shared.bus.connect import connect, open_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.relay import Relay
from shared.bus.transport import Announcement, TransportError
from shared.messages import Event, EventKind, Phase
from shared.settings import Bus, Camera, Monitor, Settings
from tests.services.monitor.chain import STAGES
from tests.shared.worker.toys import frame, publish

CAMERAS = tuple(Camera(name=f"room-{number}", source=f"rtsp://camera/{number}") for number in range(6))
QUICK = Monitor(dead_s=1, window_s=2, back_s=0.5, repeat_s=1)
_LIMIT_S = 60.0


class Forgetful(RedisTransport):
    """Loses every third reply: what was told is told, and the monitor does not know."""

    rng = random.Random(7)

    def announce(self, announcement: Announcement) -> bool:
        taken = super().announce(announcement)
        if self.rng.random() < 1 / 3:
            raise TransportError("the reply was lost")
        return taken


class Hand:
    """Plays ingest and all stages for the cameras: leases, and pictures that nobody takes."""

    def __init__(self, bus: RedisTransport) -> None:
        self._bus = bus

    def hold(self) -> None:
        for camera in CAMERAS:
            source = self._bus.source(camera.name)
            source = self._bus.begin(camera.name) if source.run == 0 else source
            publish(self._bus, frame(camera.name, source.seq + 1, run=source.run))
        for p in range(self._bus.partitions):
            for stage in ("ingest", *STAGES):
                self._bus.acquire(stage, p, f"{stage}-1", 400)


def heard(bus: RedisTransport) -> list[Event]:
    relay = Relay(bus)
    while relay.step(block_ms=1):
        pass
    return [msgspec.json.decode(data, type=Event) for _, data in bus.events("0", count=100_000, block_ms=0)]


def assert_told_once(events: list[Event]) -> int:
    """Every incident whole, in order and once, each restored once; how many there were."""
    incidents = 0
    for _, of_camera in groupby(sorted(events, key=lambda e: e.camera), key=lambda e: e.camera):
        told = list(of_camera)
        lost = [event for event in told if event.kind is EventKind.MONITORING_LOST]
        restored = [event.started_pts_us for event in told if event.kind is EventKind.MONITORING_RESTORED]
        runs = [list(updates) for _, updates in groupby(lost, key=lambda e: e.id)]
        assert len({updates[0].id for updates in runs}) == len(runs)
        for updates in runs:
            assert [event.update for event in updates] == list(range(len(updates)))
            assert [event.phase for event in updates].count(Phase.CONFIRMED) == 1
        closed = [u[0].started_pts_us for u in runs if u[-1].phase is Phase.RECOVERED]
        assert restored == closed
        assert len(closed) >= len(runs) - 1, "only the last may be open"
        incidents += len(runs)
    return incidents


@pytest.mark.parametrize("server_url", ["valkey"], indirect=True)
def test_watchers_that_fight_without_a_lease_and_lose_replies_tell_everything_once(server_url: str) -> None:
    with connect(server_url) as client:
        rng, bus = random.Random(5), Forgetful(client, 2)
        watchers = [Watcher(CAMERAS, QUICK, bus) for _ in range(3)]
        hand = Hand(bus)
        until_s = time.monotonic() + 9
        while time.monotonic() < until_s:
            if int(until_s - time.monotonic()) % 4 >= 2:
                hand.hold()
            number = rng.randrange(len(watchers))
            if rng.random() < 0.1:  # killed and started again
                watchers[number] = Watcher(CAMERAS, QUICK, bus)
            try:
                watchers[number].look()
            except TransportError:
                continue
        assert assert_told_once(heard(bus)) >= 2 * len(CAMERAS)


@contextmanager
def monitors(url: str, count: int, folder: Path) -> Iterator[tuple[Supervisor, list[Notice]]]:
    settings = Settings(
        bus=Bus(url=SecretStr(url), partitions=2, lease_s=0.5),
        monitor=QUICK.model_copy(update={"replicas": count}),
        cameras=CAMERAS,
    )
    notices: list[Notice] = []
    with Workspace() as workspace:
        commands = worker_commands(settings, workspace.write(settings), workspace.folder)
        ours = [command for command in commands if command.name.startswith(MONITOR)]
        supervisor = Supervisor(ours, folder, notices.append, Policy(first_wait_s=0.05, attempts=100))
        supervisor.start()
        try:
            yield supervisor, notices
            supervisor.stop()
        finally:
            supervisor.kill()


@pytest.mark.parametrize("server_url", ["valkey"], indirect=True)
def test_monitors_that_are_killed_at_any_moment_tell_everything_once(server_url: str, tmp_path: Path) -> None:
    bus = open_bus(Bus(url=SecretStr(server_url), partitions=2))
    rng, hand, kills = random.Random(3), Hand(bus), 0
    deadline_s = time.monotonic() + _LIMIT_S

    def restored() -> int:
        return sum(e.kind is EventKind.MONITORING_RESTORED for e in bus_events(bus))

    with monitors(server_url, 2, tmp_path) as (supervisor, notices):
        well = False
        while restored() < 2 * len(CAMERAS) or kills < 4:
            assert time.monotonic() < deadline_s, (kills, restored(), notices)
            supervisor.progressed()
            supervisor.poll()
            lost = open_incidents(bus_events(bus))
            well = lost == len(CAMERAS) or (well and lost > 0)
            if well:
                hand.hold()
            if rng.random() < 0.02 and len(supervisor.pids()) == 2:
                kills += 1
                name = rng.choice(list(supervisor.pids()))
                for child in supervisor._children:
                    if child.command.name == name:
                        child.send(signal.SIGKILL)
            time.sleep(0.02)
    assert assert_told_once(heard(bus)) >= 2 * len(CAMERAS)


def bus_events(bus: RedisTransport) -> list[Event]:
    """What subscribers see: the monitors pass it on themselves."""
    return [msgspec.json.decode(data, type=Event) for _, data in bus.events("0", count=100_000, block_ms=0)]


def open_incidents(events: list[Event]) -> int:
    last = {e.camera: e.phase for e in events if e.kind is EventKind.MONITORING_LOST}
    return sum(phase is not Phase.RECOVERED for phase in last.values())
