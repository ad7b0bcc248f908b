"""The configuration is edited while the monitor watches."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.monitor.charge import Charge
from services.monitor.heartbeat import Heartbeat
from services.monitor.watcher import Outlook, Watcher
from shared.bus.memory import MemoryTransport
from shared.settings import ConfigWatch, load
from tests.conftest import Clock
from tests.services.monitor.outside import Web, until


@pytest.fixture
def web() -> Iterator[Web]:
    with Web().serving() as serving:
        yield serving


class Stand:
    """A file, and a monitor that follows it."""

    def __init__(self, path: Path, clock: Clock, text: str) -> None:
        self._path, self._clock = path, clock
        path.write_text(text)
        settings = load(path)
        self.bus = MemoryTransport(4, clock.now_ms)
        self.watcher = Watcher(settings.cameras, settings.monitor, self.bus)
        self.heartbeat = Heartbeat(settings.monitor.heartbeat, clock.now_s)
        self.pins: list[dict[str, int]] = []
        watch = ConfigWatch(path, settings, clock.now_s)
        self.charge = Charge(watch, self.watcher, self.heartbeat, self.pins.append)

    def edit(self, text: str) -> None:
        self._path.write_text(text)
        self.seconds(4)

    def seconds(self, count: int) -> None:
        for _ in range(count):
            self._clock.advance(1000)
            self.charge.look()
            self.heartbeat.follow(self.watcher.look())

    def names(self) -> set[str]:
        outlook = self.watcher.look()
        return {*outlook.watched, *outlook.unsure, *outlook.lost}


def cameras(*names: str, more: str = "") -> str:
    listed = ", ".join(f"{{name: {name}, source: 'rtsp://x/{name}'{more}}}" for name in names)
    return f"cameras: [{listed}]\n"


def test_cameras_that_are_added_and_removed_are_watched_over_and_forgotten(
    tmp_path: Path, clock: Clock
) -> None:
    stand = Stand(tmp_path / "k.yaml", clock, cameras("hall", "attic"))
    stand.seconds(3)
    stand.edit(cameras("hall", "cellar"))
    assert stand.names() == {"hall", "cellar"}
    assert stand.bus.watch().standings.keys() == {"hall", "cellar"}


def test_a_bad_file_changes_nothing_and_is_said(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    stand = Stand(tmp_path / "k.yaml", clock, cameras("hall"))
    for wrong in ("cameras: [{nam: hall}]", "monitor: {heartbeat: {mqtt: {host: h, password_file: none}}}"):
        stand.edit(wrong)
    assert stand.names() == {"hall"}
    assert caplog.text.count("the configuration is wrong, the last good one is kept") == 2
    stand.edit(cameras("attic"))
    assert stand.names() == {"attic"}


def test_a_camera_that_is_gone_stays_pinned_so_that_its_standing_is_found(
    tmp_path: Path, clock: Clock
) -> None:
    stand = Stand(tmp_path / "k.yaml", clock, cameras("hall", more=", partition: 3"))
    stand.edit(cameras("attic", more=", partition: 1"))
    assert stand.pins[-1] == {"hall": 3, "attic": 1}


def test_a_heartbeat_that_is_redirected_goes_there(tmp_path: Path, clock: Clock, web: Web) -> None:
    stand = Stand(tmp_path / "k.yaml", clock, "cameras: []")
    stand.edit(f"cameras: []\nmonitor: {{heartbeat: {{url: 'http://{web.address}/new'}}}}\n")
    stand.heartbeat.follow(Outlook(watched=frozenset({"hall"})))
    until(lambda: [path for path, _ in web.asked] == ["/new"], "a ping")
    stand.heartbeat.close()
