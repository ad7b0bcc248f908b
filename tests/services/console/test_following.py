"""A configuration that is edited while its run goes on."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from services.console.following import Follow, Follower
from services.console.screen import PlainScreen
from shared.bus.connect import connect
from shared.bus.redis_transport import RedisTransport
from shared.bus.server import EmbeddedServer
from shared.settings import ConfigWatch, Settings, load
from tests.conftest import Clock

CAMERA = "{name: %s, source: 'synth://demo', fps: %d}"


@pytest.fixture
def bus(shared_servers: Callable[[str], EmbeddedServer]) -> Iterator[RedisTransport]:
    with connect(shared_servers("valkey").url) as client:
        client.flushall()
        yield RedisTransport(client, 4)


class Edited:
    """A run whose file is edited; time passes as the test says."""

    def __init__(self, path: Path, bus: RedisTransport, clock: Clock, *cameras: str) -> None:
        self.written: list[Settings] = []
        self._path, self._bus, self._clock = path, bus, clock
        self._out = io.StringIO()
        self.write(*cameras)
        settings = load(path)
        follow = Follow(ConfigWatch(path, settings, clock.now_s), lambda changed: changed)
        screen = PlainScreen(Console(file=self._out, width=300))
        self._follower = Follower(follow, settings.cameras, self.written.append, screen)

    def write(self, *cameras: str) -> None:
        self._path.write_text(f"cameras: [{', '.join(cameras)}]")

    def begun(self) -> set[str]:
        """The cameras that begin, once the change was seen."""
        begun: set[str] = set()
        for _ in range(4):
            self._clock.advance(1500)
            begun |= self._follower.look(self._bus).keys()
        return begun

    @property
    def said(self) -> list[str]:
        return self._out.getvalue().splitlines()


@pytest.fixture
def edited(tmp_path: Path, bus: RedisTransport, clock: Clock) -> Edited:
    return Edited(tmp_path / "k.yaml", bus, clock, CAMERA % ("hall", 5), CAMERA % ("yard", 5))


def test_without_a_change_nothing_happens(edited: Edited) -> None:
    assert (edited.begun(), edited.written, edited.said) == (set(), [], [])


def test_added_changed_and_removed_cameras_are_handed_on(edited: Edited, bus: RedisTransport) -> None:
    edited.write(CAMERA % ("hall", 9), CAMERA % ("attic", 5))
    assert edited.begun() == {"attic"}
    assert bus.source("attic").run == 1
    assert [[(c.name, c.fps) for c in s.cameras] for s in edited.written] == [[("hall", 9), ("attic", 5)]]
    assert edited.said == ["the configuration was changed: added attic; removed yard; changed hall"]


def test_a_wrong_file_changes_nothing_and_is_said_once(edited: Edited) -> None:
    edited.write(CAMERA % ("hall", 0))
    assert (edited.begun(), edited.written) == (set(), [])
    [line] = edited.said
    assert line.startswith("the configuration is wrong, the last good one is kept: ")
    assert "cameras[0].fps" in line
    edited.write(CAMERA % ("hall", 7))
    edited.begun()
    assert len(edited.written) == 1
