"""Players: one that hangs or dies costs its own camera a moment; none outlives its worker."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.bus.redis_transport import RedisTransport
from shared.settings import Camera
from tests.servers.ports import free_port
from tests.services.ingest.crew import Config, Worker, gone, grows, owner, published, until
from tests.services.ingest.mjpeg import MjpegCamera


@pytest.fixture
def yard() -> Iterator[MjpegCamera]:
    with MjpegCamera() as camera:
        yield camera


def at(name: str, camera: MjpegCamera) -> Camera:
    return Camera(name=name, source=camera.url, open_timeout_s=10, read_timeout_s=5)


def in_order(bus: RedisTransport, camera: str) -> bool:
    """Whether no message of a camera was doubled, lost or told out of order."""
    told = published(bus)[camera]
    times = [message.pts_us for message in told]
    return [m.seq for m in told] == list(range(len(told))) and times == sorted(set(times))


def test_a_player_that_hangs_is_killed_and_replaced_and_the_others_go_on(
    hall: MjpegCamera, yard: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write([at("hall", hall), at("yard", yard)])
    with Worker(config.path, tmp_path / "log") as worker:
        hung, other = worker.player("hall"), worker.player("yard")
        until(grows(bus, "hall"))
        hung.send_signal(signal.SIGSTOP)
        until(lambda: gone(hung), "the end of a player that hangs")
        until(grows(bus, "hall"))
        until(grows(bus, "yard"))
        assert worker.player("yard").pid == other.pid
        assert "shows no life" in worker.said
        assert not [p for p in worker.family().values() if p.status() == psutil.STATUS_ZOMBIE]
        assert worker.stop() == 0
    assert in_order(bus, "hall")
    assert in_order(bus, "yard")


def test_a_read_that_never_returns_ends_its_player_alone(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    config.write(
        [Camera(name="pipe", source=str(pipe), open_timeout_s=0.5, read_timeout_s=0.5), at("hall", hall)]
    )
    with Worker(config.path, tmp_path / "log") as worker:
        hung, other = worker.player("pipe"), worker.player("hall")
        until(lambda: gone(hung), "the end of a player that hangs")
        assert worker.player("pipe").pid != hung.pid
        assert worker.player("hall").pid == other.pid
        until(grows(bus, "hall"))


def test_a_players_death_is_no_more_than_a_pause(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write([at("hall", hall)])
    with Worker(config.path, tmp_path / "log") as worker:
        for _ in range(2):
            player = worker.player("hall")
            until(grows(bus, "hall"))
            player.kill()
            until(partial(gone, player))
            until(grows(bus, "hall"))
        assert worker.stop() == 0
    assert in_order(bus, "hall")


def test_players_die_with_their_worker_and_another_takes_their_cameras(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write([at("hall", hall)])
    with Worker(config.path, tmp_path / "one") as one, Worker(config.path, tmp_path / "two") as two:
        dying = owner(bus, "hall", [one, two])
        other = two if dying is one else one
        until(grows(bus, "hall"))
        family = list(dying.family().values())
        assert len(family) >= 2
        dying.process.kill()
        until(lambda: all(gone(process) for process in family), "the end of all players")
        until(lambda: "hall" in other.family(), "the other takes over")
        until(grows(bus, "hall"))
    assert in_order(bus, "hall")


def test_a_worker_that_stands_still_loses_its_cameras_and_gives_them_up(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write([at("hall", hall)])
    with Worker(config.path, tmp_path / "one") as one, Worker(config.path, tmp_path / "two") as two:
        still = owner(bus, "hall", [one, two])
        other = two if still is one else one
        until(grows(bus, "hall"))
        old = still.player("hall")
        still.process.send_signal(signal.SIGSTOP)
        until(lambda: gone(old), "the old player lets go")
        until(lambda: "hall" in other.family(), "the other takes over")
        until(grows(bus, "hall"))
        still.process.send_signal(signal.SIGCONT)
        owner(bus, "hall", [one, two])
        until(grows(bus, "hall"))
        until(
            lambda: hall.watching == 1, "the camera sees one reader go"
        )  # at the next picture that it sends
        assert {one.stop(), two.stop()} == {0}
    assert in_order(bus, "hall")


def reads_one_camera(player: psutil.Process) -> bool:
    return len(player.net_connections("inet")) == 1


def test_players_inherit_nothing_that_is_not_theirs(
    hall: MjpegCamera, yard: MjpegCamera, config: Config, tmp_path: Path
) -> None:
    config.write([at("hall", hall), at("yard", yard)])
    with Worker(config.path, tmp_path / "log") as worker:
        for name in ("hall", "yard"):
            player = worker.player(name)
            until(partial(reads_one_camera, player))
            # Its worker, its server, and what Python itself makes.
            assert len(player.net_connections("unix")) <= 2
            assert not [file for file in player.open_files() if not file.path.endswith("log")]


def test_a_camera_that_accepts_and_dies_is_not_hammered(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    hall.dies_after = 2
    quick = {"retry_first_s": 0.05, "retry_longest_s": 60.0}
    config.write([at("hall", hall)], ingest=quick)
    with Worker(config.path, tmp_path / "log") as worker:
        until(lambda: worker.said.count("trying again in") >= 5)
        waits = [float(part.split(" s")[0]) for part in worker.said.split("trying again in ")[1:]]
        assert waits[4] >= 0.05 * 2**4 / 2 - 0.05
        assert hall.most_watching == 1
        hall.dies_after = None
        until(grows(bus, "hall"))
    assert in_order(bus, "hall")


def counted(port: int, name: str, camera: str) -> float:
    """A metric's value for a camera, over all its other labels; -1 where it is not there."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        families = text_string_to_metric_families(reply.read().decode())
    values = [
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == f"kinestream_{name}" and sample.labels.get("camera") == camera
    ]
    return sum(values) if values else -1.0


def test_counts_never_go_back_when_a_player_is_replaced(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    port = free_port()
    config.write([at("hall", hall)], metrics={"port": port})
    with Worker(config.path, tmp_path / "log") as worker:
        player = worker.player("hall")
        until(lambda: counted(port, "camera_up", "hall") == 1)
        before = counted(port, "frames_published_total", "hall")
        assert before > 0
        player.kill()
        until(lambda: counted(port, "camera_deaths_total", "hall") == 1)
        assert counted(port, "frames_published_total", "hall") >= before
        until(lambda: counted(port, "frames_published_total", "hall") > before + 5)
        assert 0 <= counted(port, "camera_frame_age_seconds", "hall") < 5
        hall.dies_after = 1
        until(lambda: counted(port, "camera_reconnects_total", "hall") > 0)
        config.write([], metrics={"port": port})
        until(lambda: counted(port, "camera_up", "hall") == -1)
        assert counted(port, "frames_published_total", "hall") > before + 5


def test_without_its_nursery_a_worker_ends_and_so_do_all_players(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write([at("hall", hall)])
    with Worker(config.path, tmp_path / "log") as worker:
        player = worker.player("hall")
        worker.family()["nursery"].kill()
        assert worker.process.wait(20) == 1
        until(lambda: gone(player))
        assert "the process that makes players is lost" in worker.said
