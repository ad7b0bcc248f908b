"""The stage while its configuration is edited."""

import logging
from pathlib import Path

import pytest

from services.actions.rulebook import Rulebook
from services.actions.stage import ActionsStage
from shared.actions import Watch
from shared.messages import Event, Frame
from shared.settings import ConfigWatch, load
from shared.worker import Work
from tests.conftest import Clock
from tests.services.figures import STANDING, Figure, Take, film

ZONE = "zones: [{name: all, points: [[0, 0], [1, 0], [1, 1], [0, 1]]}]"
ENTER = "rules: {zone_enter: {enabled: true}}"


class Edited:
    """A stage, its file, and time that passes."""

    def __init__(self, path: Path, camera: str) -> None:
        self.clock = Clock()
        self.path = path
        self.write(camera)
        settings = load(path)
        config = ConfigWatch(path, settings, self.clock.now_s)
        self.stage = ActionsStage(settings.actions, settings.cameras, config)
        self.state = self.stage.fresh()

    def write(self, camera: str, actions: str = "{}") -> None:
        text = f"actions: {actions}\ncameras: [{{name: room, source: a.mp4, {camera}}}]\n"
        self.path.write_text(text, encoding="utf-8")

    def play(self, frames: list[Frame]) -> list[Event]:
        """A second passes with every frame."""
        events: list[Event] = []
        for frame in frames:
            self.clock.advance(1000)
            (done,) = self.stage.process([Work(frame, self.state, None)])
            self.state = done.state
            events += [event for event in done.outputs if isinstance(event, Event)]
        return events


FRAMES = film([Figure([(0, STANDING)])], Take(fps=5, duration_s=12))


def kinds(events: list[Event]) -> list[tuple[str, str | None]]:
    return [(event.kind.value, event.zone) for event in events]


def test_a_zone_that_is_drawn_while_it_runs_counts_from_then_on(tmp_path: Path) -> None:
    edited = Edited(tmp_path / "k.yaml", ENTER)
    assert edited.play(FRAMES[:20]) == []
    edited.write(f"{ENTER}, {ZONE}")
    events = edited.play(FRAMES[20:40])
    assert kinds(events) == [("zone_enter", "all")]
    assert events[0].started_pts_us > FRAMES[20].pts_us


def test_what_was_known_of_a_track_outlasts_an_edit(tmp_path: Path) -> None:
    edited = Edited(tmp_path / "k.yaml", f"{ENTER}, {ZONE}")
    assert len(edited.play(FRAMES[:20])) == 1
    edited.write(f"rules: {{zone_enter: {{enabled: true}}, fall: {{confirm_s: 0.8}}}}, {ZONE}")
    assert edited.play(FRAMES[20:]) == []


@pytest.mark.parametrize(
    "edit", ["rules: {long_still: {enabled: false}}", "rules: {long_still: {during: '12:00-12:01'}}"]
)
def test_what_a_rule_has_open_is_closed_once_when_it_is_switched_off(tmp_path: Path, edit: str) -> None:
    edited = Edited(tmp_path / "k.yaml", "rules: {long_still: {enabled: true, after_s: 2}}")
    (still,) = edited.play(FRAMES[:20])
    edited.write(edit)
    (lost,) = edited.play(FRAMES[20:])
    assert (still.phase.value, lost.phase.value, lost.id) == ("confirmed", "lost", still.id)


def test_a_wrong_edit_is_said_once_and_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    edited = Edited(tmp_path / "k.yaml", f"{ENTER}, {ZONE}")
    edited.play(FRAMES[:3])
    edited.write("rules: {zone_entry: {enabled: true}}")
    with caplog.at_level(logging.WARNING):
        assert kinds(edited.play(FRAMES[3:20])) == [("zone_enter", "all")]
    (said,) = caplog.messages
    assert "cameras[0].rules.zone_entry: no such key; did you mean 'zone_enter'?" in said


def test_what_takes_a_restart_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    edited = Edited(tmp_path / "k.yaml", f"{ENTER}, {ZONE}")
    edited.write(f"{ENTER}, {ZONE}", "{replicas: 2}")
    with caplog.at_level(logging.WARNING):
        edited.play(FRAMES[:10])
    assert caplog.messages == ["actions: restart the workers for what was changed in: replicas"]


def test_without_a_file_nothing_ever_changes() -> None:
    watch = Watch(load(None).actions)
    assert Rulebook(None, watch).look() is watch
