"""The built-in scenes' pictures through the real stages: what the demonstration shows."""

from collections.abc import Iterator

import pytest

from shared.bus.frames import Image
from shared.messages import EventKind
from shared.scene.scene import Scene
from shared.scene.script import SceneEventKind
from shared.scene.url import parse
from shared.settings import Runtime
from tests.services.actions.chain import confirmed, events_of

_LATE_S = 2.5  # sitting settles after 1.0 s, a fall is confirmed 0.6 s after the ground


def pictures(scene: Scene, start_s: float) -> Iterator[tuple[int, Image]]:
    for index in range(round(start_s * scene.fps), scene.frame_count):
        yield round(index / scene.fps * 1e6), scene.render(index)


@pytest.mark.parametrize(
    ("url", "start_s", "kinds"),
    [
        ("synth://sit?height=2.4&fps=6&size=320x240&duration=18", 5.0, ["sit_down", "stand_up"]),
        ("synth://demo?fps=6&size=320x240&duration=22", 7.0, ["sit_down", "stand_up", "fall"]),
        ("synth://squat?fps=6&size=320x240", 3.0, []),
    ],
)
def test_a_scene_raises_what_happens_in_it_and_nothing_else(
    url: str, start_s: float, kinds: list[str], runtime: Runtime
) -> None:
    scene = Scene(parse(url))
    truth = [event for event in scene.events if event.kind is not SceneEventKind.BEND]
    raised = confirmed(events_of(pictures(scene, start_s), runtime))
    assert [kind for kind, _ in raised] == [EventKind(kind) for kind in kinds]
    for event, (kind, time_s) in zip(truth, raised, strict=True):
        assert event.kind.value == kind.value
        assert event.start_s < time_s < event.settled_s + _LATE_S
