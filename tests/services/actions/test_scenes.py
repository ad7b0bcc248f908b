"""The built-in scenes' exact truth through the tracker and the rules: many bodies and cameras."""

from collections.abc import Iterable

import numpy as np
import pytest

from services.actions.stage import ActionsStage
from services.tracker.stage import TrackerStage
from shared.messages import Array, Event, EventKind, Frame, Message, Person, Phase
from shared.scene.scene import PersonTruth, Scene
from shared.scene.script import SceneEventKind
from shared.scene.url import SceneSpec
from shared.settings import Actions, Tracker
from shared.vision.skeletons import BLAZEPOSE33
from shared.worker import Work
from tests.services.footage import frame_in

_MODEL_METRES = 0.85  # the landmark model's people are that much smaller than real ones


def shown(truth: PersonTruth) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(33,) visibility as a pose model has it: hidden by furniture or the picture's edge, not by oneself."""
    height, width = truth.mask.shape
    visibility = np.full(33, 0.05)
    for index, (x, y) in enumerate(np.nan_to_num(truth.keypoints, nan=-9.0).astype(int)):
        if 0 <= x < width and 0 <= y < height:
            near = np.s_[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
            hidden = truth.silhouette[near].any() and not truth.mask[near].any()
            visibility[index] = 0.05 if hidden else 0.95
    return visibility


def posed(truth: PersonTruth) -> Person:
    points = truth.keypoints
    metres = (truth.camera_m - truth.camera_m[[23, 24]].mean(axis=0)) * _MODEL_METRES
    rows = np.column_stack([points, np.zeros(33), shown(truth), np.ones(33)])
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Person(
        (x0, y0, x1, y1),
        0.95,
        skeleton=BLAZEPOSE33,
        keypoints=Array.of(rows.astype(np.float32)),
        world=Array.of(metres.astype(np.float32)),
    )


def frames_of(scene: Scene) -> list[Frame]:
    frames = []
    for index in range(scene.frame_count):
        truth = scene.truth(index)
        frames.append(
            Frame(
                camera="scene",
                run=1,
                seq=index,
                pts_us=round(truth.time_s * 1e6),
                captured_us=0,
                width_px=scene.width_px,
                height_px=scene.height_px,
                persons=tuple(posed(person) for person in truth.persons),
            )
        )
    return frames


def track(frames: Iterable[Frame]) -> list[Frame]:
    tracker = TrackerStage(Tracker())
    tracks, named = tracker.fresh(), []
    for frame in frames:
        done = tracker.process([Work(frame, tracks, None)])[0]
        tracks = done.state
        named.append(frame_in(done))
    return named


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
