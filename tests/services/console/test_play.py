"""A run from begin to report, over a real server and real child processes."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr
from rich.console import Console

from services.child import Command
from services.console.feed import JsonLines
from services.console.play import MakeCommands, Outlets, Plan, play
from services.console.screen import PlainScreen
from services.console.summary import Report, show
from services.console.summary_file import encode
from shared.bus.server import EmbeddedServer
from shared.bus.shm_folder import FrameStoreError
from shared.messages import Event
from shared.settings import Bus, Camera, Frames, Settings
from tests.services.console.toy_pipeline import FRAMES


class Played:
    """What a run gave: its report, its screen, its JSON lines."""

    def __init__(self, settings: Settings, fault: str = "") -> None:
        screen, lines = io.StringIO(), io.StringIO()
        self._console = Console(file=screen, width=200)
        self.report: Report = play(
            Plan(settings),
            PlainScreen(self._console),
            Outlets(JsonLines(lines), JsonLines(None)),
            toys(fault),
        )
        show(self.report, self._console)
        self.screen = screen.getvalue()
        self.events = [msgspec.json.decode(line, type=Event) for line in lines.getvalue().splitlines()]


def toys(fault: str) -> MakeCommands:
    def commands(settings: Settings, config: Path, folder: Path) -> list[Command]:
        env = {**os.environ, "KINESTREAM_CONFIG": str(config), "TOY_FAULT": fault}
        return [Command("actions", (sys.executable, "-m", "tests.services.console.toy_pipeline"), env)]

    return commands


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(memory_mb=64) as running:
        yield running


def settings(server: EmbeddedServer | None, *names: str) -> Settings:
    url = SecretStr(server.url) if server else None
    cameras = tuple(Camera(name=name, source="synth://demo") for name in names)
    return Settings(bus=Bus(url=url, partitions=2, memory_mb=64), cameras=cameras)


def updates(events: list[Event]) -> list[tuple[str, int, int]]:
    return [(event.camera, event.run, event.update) for event in events]


def test_a_run_ends_by_itself_with_every_event_once() -> None:
    played = Played(settings(None, "hall", "bedroom"))
    assert sorted(updates(played.events)) == [(c, 1, u) for c in ("bedroom", "hall") for u in range(4)]
    assert played.report.progress.done == 2 * FRAMES
    assert played.report.complete
    assert "24 frames of 2 cameras" in played.screen
    assert "nothing dropped, no dead letters" in played.screen


def test_a_killed_worker_loses_and_doubles_no_event() -> None:
    played = Played(settings(None, "hall"), fault="dies")
    assert updates(played.events) == [("hall", 1, update) for update in range(4)]
    assert "actions was killed by SIGKILL; starting it again in 0.25 s" in played.screen
    assert played.report.complete


def test_a_dead_letter_makes_the_result_incomplete_and_is_named() -> None:
    played = Played(settings(None, "hall"), fault="poison")
    assert not played.report.complete
    assert [x.letter.error for x in played.report.letters] == ["RuntimeError: this frame is bad"]
    assert "dead letter: actions, hall at 0:00.40: RuntimeError: this frame is bad" in played.screen


def test_two_runs_on_one_server_each_report_their_own(server: EmbeddedServer) -> None:
    first = Played(settings(server, "hall"), fault="poison")
    second = Played(settings(server, "hall"))
    assert len(first.report.letters) == 1
    assert second.report.letters == ()
    assert second.report.progress.done == FRAMES
    assert updates(second.events) == [("hall", 2, update) for update in range(4)]


def test_incidents_keep_their_confirmation_and_their_last_phase() -> None:
    report = Played(settings(None, "hall")).report
    [incident] = report.incidents.values()
    assert (incident.last.update, incident.raised_pts_us) == (3, 500_000)


def test_the_summary_file_accounts_for_every_frame_and_process() -> None:
    summary = msgspec.json.decode(encode(Played(settings(None, "hall")).report))
    assert (summary["frames"], summary["dead_letters"], summary["drops"]) == (FRAMES, 0, [])
    assert 0 < summary["streaming_s"] <= summary["wall_s"]
    assert [process["name"] for process in summary["processes"]] == ["actions", "server", "console"]
    assert all(process["cpu_s"] > 0 for process in summary["processes"])


class Look:
    """Notes the settings that the children of a run get, and what lies in the folder of their pictures."""

    def __init__(self) -> None:
        self.frames = Frames()
        self.folder_was_there = False

    def __call__(self, settings: Settings, config: Path, folder: Path) -> list[Command]:
        self.frames = settings.frames
        self.folder_was_there = self.frames.shm_dir is not None and self.frames.shm_dir.is_dir()
        return list(toys("")(settings, config, folder))


def look(played: Settings) -> tuple[Look, str]:
    """What children get in a run with these settings, and what the screen says."""
    seen, screen = Look(), io.StringIO()
    play(
        Plan(played),
        PlainScreen(Console(file=screen, width=300)),
        Outlets(JsonLines(None), JsonLines(None)),
        seen,
    )
    return seen, screen.getvalue()


def test_a_run_with_its_own_server_keeps_pictures_in_memory_of_its_own(tmp_path: Path) -> None:
    frames = Frames(shm_dir=tmp_path)
    seen, _ = look(settings(None, "hall").model_copy(update={"frames": frames}))
    assert seen.frames.store == "shm"
    assert seen.folder_was_there
    assert seen.frames.shm_dir is not None
    assert tmp_path in seen.frames.shm_dir.parents
    assert not seen.frames.shm_dir.exists()


def test_a_run_on_another_server_leaves_pictures_there(server: EmbeddedServer, tmp_path: Path) -> None:
    seen, _ = look(settings(server, "hall").model_copy(update={"frames": Frames(shm_dir=tmp_path)}))
    assert seen.frames.store == "auto"
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_shared_memory_says_so_and_works(tmp_path: Path) -> None:
    frames = Frames(shm_dir=tmp_path / "none")
    seen, screen = look(settings(None, "hall").model_copy(update={"frames": frames}))
    assert seen.frames.store == "redis"
    assert "pictures go through the server as JPEG: frames.shm_dir: there is no folder" in screen


def test_a_run_that_is_told_to_use_shared_memory_refuses_to_do_without(tmp_path: Path) -> None:
    frames = Frames(store="shm", shm_dir=tmp_path / "none")
    with pytest.raises(FrameStoreError, match="there is no folder"):
        look(settings(None, "hall").model_copy(update={"frames": frames}))
