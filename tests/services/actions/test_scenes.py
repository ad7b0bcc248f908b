"""The built-in scenes' exact truth through the tracker and the rules: many bodies and cameras."""

from collections.abc import Iterable

import pytest

from services.actions.stage import ActionsStage
from shared.messages import Event, EventKind, Frame, Message, Phase
from shared.scene.scene import Scene
from shared.scene.script import SceneEventKind
from shared.scene.url import SceneSpec
from shared.settings import Actions
from shared.worker import Work
from tests.services.scene_tracks import frames_of, track


def events_of(frames: Iterable[Frame]) -> list[Event]:
    actions = ActionsStage(Actions())
    rules = actions.fresh()
    events: list[Message] = []
    for frame in track(frames):
        done = actions.process([Work(frame, rules, None)])[0]
        rules = done.state
        events += done.outputs
    return [event for event in (*events, *actions.finish(rules)) if isinstance(event, Event)]


def scene_of(scenario: str, height_m: float, seed: int) -> Scene:
    return Scene(SceneSpec(scenario, height_m=height_m, fps=8, seed=seed, size_px=(320, 240)))


def alerts(events: list[Event]) -> list[float]:
    return [e.pts_us / 1e6 for e in events if e.kind is EventKind.FALL and e.phase is Phase.CONFIRMED]


@pytest.mark.parametrize(("height_m", "seed"), [(1.0, 11), (2.0, 12)])
@pytest.mark.parametrize("scenario", ["fall_forward", "fall_backward", "fall_sideways"])
def test_a_fall_in_a_scene_is_raised_once_and_soon(scenario: str, height_m: float, seed: int) -> None:
    scene = scene_of(scenario, height_m, seed)
    (fall,) = [event for event in scene.events if event.kind is SceneEventKind.FALL]
    times = alerts(events_of(frames_of(scene)))
    assert len(times) == 1
    assert fall.start_s < times[0] < fall.reached_s + 1.5


@pytest.mark.parametrize("height_m", [1.0, 2.4])
@pytest.mark.parametrize("scenario", ["sit", "bend", "squat", "lie_on_bed", "crossing"])
def test_daily_life_in_a_scene_is_no_fall(scenario: str, height_m: float) -> None:
    assert alerts(events_of(frames_of(scene_of(scenario, height_m, 13)))) == []
