"""Cameras are added, changed and removed by editing the configuration while ingest runs."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from shared.bus.connect import join_bus
from shared.bus.redis_transport import RedisTransport
from shared.messages import End
from shared.settings import Camera, load
from tests.services.ingest.crew import Config, Worker, grows, published, until
from tests.services.ingest.mjpeg import MjpegCamera


def at(name: str, camera: MjpegCamera, path: str = "", **changes: object) -> Camera:
    plain = Camera(name=name, source=camera.url + path, open_timeout_s=10, read_timeout_s=5)
    return plain.model_copy(update=changes)


def ends(bus: RedisTransport, camera: str) -> list[str]:
    return [m.reason for m in published(bus).get(camera, ()) if isinstance(m, End)]


def runs(bus: RedisTransport, camera: str, run: int) -> Callable[[], bool]:
    def stands() -> bool:
        source = bus.source(camera)
        return source.run == run and not source.ended and source.seq >= 0

    return stands


def test_cameras_come_change_and_go_while_others_play_on(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write([at("hall", hall)])
    with Worker(config.path, tmp_path / "log") as worker:
        player = worker.player("hall")
        config.write([at("hall", hall), at("yard", hall)])
        until(runs(bus, "yard", 1))
        config.write([at("hall", hall), at("yard", hall, jpeg_quality=50)])
        until(lambda: "changed: yard" in worker.said)
        until(grows(bus, "yard"))
        assert bus.source("yard").run == 1
        config.write([at("hall", hall)])
        until(lambda: ends(bus, "yard") == ["removed from the configuration"])
        config.write([at("hall", hall), at("yard", hall)])
        until(runs(bus, "yard", 2))
        assert worker.player("hall").pid == player.pid
        assert worker.stop() == 0
    assert "added: yard" in worker.said
    assert "removed: yard" in worker.said


def test_another_source_is_another_run(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write([at("hall", hall)])
    with Worker(config.path, tmp_path / "log"):
        until(runs(bus, "hall", 1))
        config.write([at("hall", hall, "?channel=2")])
        until(runs(bus, "hall", 2))
    assert ends(bus, "hall") == ["the source was changed"]


def test_a_source_that_changed_while_nobody_ran_is_another_run_too(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    for run, path in ((1, ""), (1, "?password=new"), (2, "?channel=2")):
        config.write([at("hall", hall, path)])
        with Worker(config.path, tmp_path / "log"):
            until(runs(bus, "hall", run))
            until(grows(bus, "hall"))


def test_a_camera_moves_to_another_partition(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    settings = load(config.path).bus
    one, other = join_bus(settings, {"hall": 0}), join_bus(settings, {"hall": 1})
    config.write([at("hall", hall, partition=0)])
    with Worker(config.path, tmp_path / "log"):
        until(runs(one, "hall", 1))
        config.write([at("hall", hall, partition=1)])
        until(runs(other, "hall", 1))
        until(lambda: one.source("hall").ended)
    one.close()
    other.close()


def test_a_bad_file_changes_nothing_and_is_explained_once(
    hall: MjpegCamera, config: Config, bus: RedisTransport, tmp_path: Path
) -> None:
    config.write([at("hall", hall)])
    wrong = {"cameras: [{name: hall}]\n": "cameras[0].source: Field required", "": "is empty"}
    with Worker(config.path, tmp_path / "log") as worker:
        player = worker.player("hall")
        for count, (text, complaint) in enumerate(wrong.items(), start=1):
            config.path.write_text(text, encoding="utf-8")
            until(partial(worker.has_said, complaint))
            assert worker.said.count("the last good one is kept") == count
        until(grows(bus, "hall"))
        config.write([at("hall", hall)])
        until(lambda: "is good again" in worker.said)
        assert worker.player("hall").pid == player.pid


def test_what_needs_a_restart_is_named(config: Config, bus: RedisTransport, tmp_path: Path) -> None:
    config.write([])
    with Worker(config.path, tmp_path / "log") as worker:
        until(lambda: bool(bus.roll("ingest")))
        config.write([], pose={"replicas": 2}, metrics={"port": 9000})
        until(lambda: "restart the workers for what was changed in: metrics, pose" in worker.said)
