"""The worker: it plays what it owns, shares it with others, and leaves in good order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.ingest.worker import IngestWorker
from shared import messages
from shared.bus.connect import open_bus
from shared.bus.leases import Leases
from shared.bus.topology import CHAIN
from shared.bus.transport import START
from shared.settings import Camera, load
from tests.conftest import Transport
from tests.services.ingest.clips import KINDS, make
from tests.services.ingest.test_publisher import ROOMY, until

ROOT = Path(__file__).parents[3]


@pytest.fixture
def cameras(tmp_path: Path) -> list[Camera]:
    return [
        Camera(name=f"room-{n}", source=str(make(tmp_path, KINDS[0], 10 + n, f"film-{n}"))) for n in range(4)
    ]


@contextmanager
def working(name: str, cameras: Sequence[Camera], transport: Transport) -> Iterator[None]:
    stop = threading.Event()
    with Leases(transport, "ingest", name, 600, time.monotonic) as leases:
        worker = IngestWorker(cameras, transport, leases, ROOMY)
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()


def all_ended(cameras: Sequence[Camera], transport: Transport) -> bool:
    sources = [transport.source(camera.name) for camera in cameras]
    return all(source.run and source.ended for source in sources)


def published(transport: Transport) -> dict[str, list[int]]:
    """Media times of each camera's messages."""
    cursors = dict.fromkeys(range(transport.partitions), START)
    times: dict[str, list[int]] = {}
    for entries in transport.read(CHAIN[0].stage, cursors, count=10_000, block_ms=1).entries.values():
        for entry in entries:
            message = messages.decode(entry.data)
            times.setdefault(message.camera, []).append(message.pts_us)
    return times


def whole(cameras: Sequence[Camera]) -> dict[str, list[int]]:
    """The films have 10, 11, ... pictures; the end bears the last one's time."""
    return {
        camera.name: [*(40_000 * index for index in range(10 + n)), 40_000 * (9 + n)]
        for n, camera in enumerate(cameras)
    }


def test_a_worker_plays_all_cameras_of_its_partitions(cameras: list[Camera], transport: Transport) -> None:
    with working("one", cameras, transport):
        until(lambda: all_ended(cameras, transport))
    assert published(transport) == whole(cameras)


def test_two_workers_share_the_cameras(cameras: list[Camera], transport: Transport) -> None:
    with working("one", cameras, transport), working("two", cameras, transport):
        until(lambda: all_ended(cameras, transport))
        until(lambda: transport.roll("ingest") == ["one", "two"])
    assert published(transport) == whole(cameras)


def test_a_worker_gives_its_leases_back(cameras: list[Camera], transport: Transport) -> None:
    with working("one", cameras[:1], transport):
        until(lambda: all_ended(cameras[:1], transport))
    assert transport.roll("ingest") == []
    assert all(transport.acquire("ingest", p, "next", 1000) for p in range(transport.partitions))


def test_a_film_that_is_begun_again_is_played_again(cameras: list[Camera], transport: Transport) -> None:
    (camera,) = cameras[:1]
    with working("one", [camera], transport):
        until(lambda: all_ended([camera], transport))
        transport.begin(camera.name)
        until(lambda: transport.source(camera.name).run == 2 and all_ended([camera], transport))
    assert published(transport)[camera.name] == 2 * whole([camera])[camera.name]


def start(config: Path, **environment: str) -> subprocess.Popen[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("KINESTREAM_")}
    return subprocess.Popen(
        [sys.executable, "-m", "services.ingest"],
        cwd=ROOT,
        env={**bare, "KINESTREAM_CONFIG": str(config), **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_process_plays_and_ends_well_on_sigterm(
    cameras: list[Camera], server_url: str, tmp_path: Path
) -> None:
    lines = "".join(f"  - {{name: {camera.name}, source: {camera.source}}}\n" for camera in cameras)
    config = tmp_path / "kinestream.yaml"
    config.write_text(f"bus: {{url: '{server_url}', partitions: 3}}\ncameras:\n{lines}", encoding="utf-8")
    transport = open_bus(load(config).bus)
    health = tmp_path / "health"
    process = start(config, KINESTREAM_HEALTH_FILE=str(health))
    try:
        until(lambda: all_ended(cameras, transport))
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, "Traceback" in said) == (0, False)
    assert health.exists()
    assert published(transport) == whole(cameras)
    assert transport.roll("ingest") == []


def test_a_wrong_configuration_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    config = tmp_path / "kinestream.yaml"
    config.write_text("bus: {windw: 3}\n", encoding="utf-8")
    process = start(config)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 2
    assert said == f"kinestream ingest: {config}: bus.windw: no such key; did you mean 'window'?\n"
