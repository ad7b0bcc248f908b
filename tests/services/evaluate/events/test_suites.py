"""Synthetic scenes through the real tracker and the rules."""

from itertools import pairwise

import pytest

from services.evaluate.events.suites import Scene, names, scenes
from shared.actions.watch import watch
from shared.messages import EventKind, Phase
from shared.scene.living.daily import DAILY
from shared.scene.living.falls import FALLS
from shared.settings import Actions


def alerts_s(scene: Scene) -> list[float]:
    events = watch(scene.frames, Actions())
    return [e.pts_us / 1e6 for e in events if e.kind is EventKind.FALL and e.phase is Phase.CONFIRMED]


def is_told(scene: Scene) -> bool:
    (fall,) = [label for label in scene.labels if label.get("fall")]
    return any(fall["descent_s"] <= at <= fall["settled_s"] + 5 for at in alerts_s(scene))


def test_a_scene_is_the_same_at_every_call_and_stands_alone() -> None:
    (first,), (again,) = scenes("falls_passer", 1, 3), scenes("falls_passer", 1, 3)
    assert first == again
    assert first.name == "falls_passer/0003"
    *_, later = scenes("falls_passer", 3, 1)
    assert later == first


@pytest.mark.parametrize("suite", names())
def test_frames_come_in_order_with_tracks(suite: str) -> None:
    for scene in scenes(suite, 2):
        assert all(a.pts_us <= b.pts_us and a.seq < b.seq for a, b in pairwise(scene.frames))
        assert any(person.track for frame in scene.frames for person in frame.persons)
        assert scene.factors["script"]
        assert scene.labels


def test_a_pose_lost_on_the_floor_is_a_lost_track() -> None:
    lost = [any(frame.lost for frame in scene.frames) for scene in scenes("falls_lost", 6)]
    assert sum(lost) >= 4


def test_lying_on_beds_is_in_their_zones() -> None:
    beds = [scene for scene in scenes("lying", 3) if scene.factors["script"] == "in_bed"]
    assert beds
    for scene in beds:
        ((name, corners),) = scene.zones
        assert name == "bed"
        assert len(corners) == 4


def test_plain_falls_in_full_view_are_told() -> None:
    turns = range(
        0, 6 * len(FALLS), len(FALLS)
    )  # seeds go through the scripts in turn; these are falls forward
    plain = [scene for seed in turns for scene in scenes("falls", 1, seed)]
    good = [scene for scene in plain if scene.factors["skill"] == "good"]
    assert len(good) >= 2
    assert sum(is_told(scene) for scene in good) >= len(good) - 1


@pytest.mark.parametrize("script", ["sit_chair", "walk", "bend_seated"])
def test_walking_and_sitting_are_no_falls(script: str) -> None:
    turn = list(DAILY).index(script)
    for seed in (turn, turn + len(DAILY)):
        (scene,) = scenes("daily", 1, seed)
        assert scene.factors["script"] == script
        assert alerts_s(scene) == []
