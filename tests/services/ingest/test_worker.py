"""The worker: it plays what it owns, shares it with others, and leaves in good order."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from shared.bus.redis_transport import RedisTransport
from shared.settings import Camera
from tests.services.ingest.clips import KINDS, make
from tests.services.ingest.crew import Config, Worker, published, until


@pytest.fixture
def cameras(tmp_path: Path) -> list[Camera]:
    return [
        Camera(name=f"room-{n}", source=str(make(tmp_path, KINDS[0], 10 + n, f"film-{n}"))) for n in range(4)
    ]


def ended(cameras: Sequence[Camera], bus: RedisTransport, run: int = 1) -> Callable[[], bool]:
    def all_ended() -> bool:
        sources = [bus.source(camera.name) for camera in cameras]
        return all(source.run == run and source.ended for source in sources)

    return all_ended


def times(bus: RedisTransport) -> dict[str, list[int]]:
    """Media times of each camera's messages."""
    return {camera: [message.pts_us for message in told] for camera, told in published(bus).items()}


def whole(cameras: Sequence[Camera]) -> dict[str, list[int]]:
    """The films have 10, 11, ... pictures; the end bears the last one's time."""
    return {
        camera.name: [*(40_000 * index for index in range(10 + n)), 40_000 * (9 + n)]
        for n, camera in enumerate(cameras)
    }


def test_a_worker_plays_all_cameras_and_ends_well_on_sigterm(
    cameras: list[Camera], config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write(cameras)
    health = tmp_path / "health"
    with Worker(config.path, tmp_path / "log", KINESTREAM_HEALTH_FILE=str(health)) as worker:
        until(ended(cameras, bus))
        assert worker.stop() == 0
        assert "Traceback" not in worker.said
    assert health.exists()
    assert times(bus) == whole(cameras)
    assert bus.roll("ingest") == []
    assert all(bus.acquire("ingest", p, "next", 1000) for p in range(bus.partitions))


def test_two_workers_share_the_cameras(
    cameras: list[Camera], config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write(cameras)
    with Worker(config.path, tmp_path / "one"), Worker(config.path, tmp_path / "two"):
        until(ended(cameras, bus))
        until(lambda: len(bus.roll("ingest")) == 2)
    assert times(bus) == whole(cameras)


def test_a_film_that_is_begun_again_is_played_again(
    cameras: list[Camera], config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write(cameras[:1])
    with Worker(config.path, tmp_path / "log"):
        until(ended(cameras[:1], bus))
        bus.begin(cameras[0].name)
        until(ended(cameras[:1], bus, run=2))
    assert times(bus)[cameras[0].name] == 2 * whole(cameras[:1])[cameras[0].name]


def test_a_wrong_configuration_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    config = tmp_path / "kinestream.yaml"
    config.write_text("bus: {windw: 3}\n", encoding="utf-8")
    with Worker(config, tmp_path / "log") as worker:
        assert worker.process.wait(20) == 2
        assert worker.said == f"kinestream ingest: {config}: bus.windw: no such key; did you mean 'window'?\n"
