"""The rules that are off by default, from landmarks to events."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from services.actions.stage import ActionsStage
from shared.actions import CameraState, watch
from shared.messages import Array, Event, Frame, Person
from shared.settings import Actions, Camera
from shared.worker import Work
from tests.services.actions.test_scenes import scene_of
from tests.services.figures import (
    HEIGHT_PX,
    ON_BED,
    ON_BED_EDGE,
    SITTING,
    SQUATTING,
    STANDING,
    WIDTH_PX,
    Figure,
    Take,
    film,
    seen_from,
)
from tests.services.scene_tracks import frames_of, track

PX_M = 130.0  # about what a metre of the figures is in their pictures
_WRISTS, _ARMS = slice(15, 17), (13, 14, 15, 16, 17, 18, 19, 20, 21, 22)
OFF = (
    "bed_exit",
    "long_still",
    "arms_raised",
    "wandering",
    "zone_enter",
    "zone_exit",
    "line_cross",
    "sprint",
    "jump",
)
Shift = Callable[[float, NDArray[np.float32]], None]


def told(
    frames: Sequence[Frame], kind: str, camera: dict[str, Any] | None = None, **options: Any
) -> list[Event]:
    """Events of one rule, for which alone it is switched on."""
    settings = Actions.model_validate({"rules": {kind: {"enabled": True, **options}}})
    cameras = [Camera.model_validate({"name": "room", "source": "a.mp4", **(camera or {})})]
    return [event for event in watch(frames, settings, cameras) if event.kind.value == kind]


def shifted(frames: Sequence[Frame], shift: Shift) -> list[Frame]:
    """Frames whose people's keypoints (33, 5) are changed in place by `shift(second, keypoints)`."""

    def moved(person: Person, time_s: float) -> Person:
        assert person.keypoints is not None
        points = person.keypoints.numpy().copy()
        shift(time_s, points)
        (x0, y0), (x1, y1) = points[:, :2].min(axis=0).tolist(), points[:, :2].max(axis=0).tolist()
        return msgspec.structs.replace(person, box=(x0, y0, x1, y1), keypoints=Array.of(points))

    return [
        msgspec.structs.replace(f, persons=tuple(moved(p, f.pts_us / 1e6) for p in f.persons)) for f in frames
    ]


def stands(fps: float = 15, duration_s: float = 8) -> list[Frame]:
    return film([seen_from(Figure([(0, STANDING)]), 60)], Take(fps=fps, duration_s=duration_s))


def hands_up(start_s: float, end_s: float) -> Shift:
    def shift(time_s: float, points: NDArray[np.float32]) -> None:
        if start_s <= time_s < end_s:
            points[_WRISTS, 1] = points[0, 1] - 0.2 * PX_M

    return shift


@pytest.mark.parametrize("fps", [5, 15])
@pytest.mark.parametrize("pose", [STANDING, SITTING])
def test_hands_held_up_are_a_call(fps: float, pose: Any) -> None:
    frames = film([seen_from(Figure([(0, pose)]), 60)], Take(fps=fps))
    (call,) = told(shifted(frames, hands_up(3, 6)), "arms_raised")
    assert 2.9 <= call.started_pts_us / 1e6 <= 3.3
    assert 5.0 <= call.pts_us / 1e6 <= 5.4
    assert told(shifted(frames, hands_up(3, 4)), "arms_raised") == []


def hop(time_s: float, points: NDArray[np.float32]) -> None:
    """At second 3, 0.35 m high, from the toes."""
    flight_s = math.sqrt(8 * 0.35 / 9.81)
    air_s = time_s - 3
    if 0 <= air_s <= flight_s:
        points[:, 1] -= (0.09 + 9.81 / 2 * air_s * (flight_s - air_s)) * PX_M


@pytest.mark.parametrize("fps", [15, 30])
def test_a_jump_of_a_body_is_told_with_its_height(fps: float) -> None:
    (jump,) = told(shifted(stands(fps), hop), "jump")
    assert 2.9 <= jump.started_pts_us / 1e6 <= 3.1
    assert jump.evidence["height_m"] == pytest.approx(0.35, rel=0.35)


@pytest.mark.parametrize(("low", "fps"), [(SQUATTING, 15), (SITTING, 15), (SQUATTING, 30)])
def test_squats_and_sitting_down_are_no_jumps(low: Any, fps: float) -> None:
    keys = [(2, STANDING), (2.5, low), (3.5, low), (4, STANDING), (5, STANDING), (5.4, low), (6, STANDING)]
    assert told(film([seen_from(Figure(keys), 45)], Take(fps=fps)), "jump") == []


def dash(time_s: float, points: NDArray[np.float32]) -> None:
    """From the left of the picture to the right at 3 m/s, from second 3 on."""
    points[:, 0] += (-1.8 + 3.0 * min(max(0.0, time_s - 3), 1.2)) * PX_M


def test_running_across_the_picture_is_a_sprint_where_it_is_fast_enough() -> None:
    frames = shifted(stands(), dash)
    first, last = told(frames, "sprint", speed_m_s=2.2, lasting_s=0.6)
    assert (first.phase.value, last.phase.value) == ("confirmed", "recovered")
    assert 2.8 <= first.started_pts_us / 1e6 <= 3.3
    assert last.evidence["top_m_s"] == pytest.approx(3.0, rel=0.25)
    assert told(frames, "sprint", speed_m_s=4.0, lasting_s=0.6) == []


def test_a_line_is_crossed_by_who_runs_over_it() -> None:
    camera = {"lines": [{"name": "finish", "points": [(0.5, 1.0), (0.5, 0.3)]}]}
    (event,) = told(shifted(stands(), dash), "line_cross", camera)
    assert (event.zone, event.detail) == ("finish", "in")
    assert 3.4 <= event.started_pts_us / 1e6 <= 3.9


def test_who_gets_up_from_the_bed_has_left_it() -> None:
    keys = [(8, ON_BED), (9.5, ON_BED_EDGE), (11, ON_BED_EDGE), (12, STANDING)]
    frames = film([Figure(keys)], Take(duration_s=20))
    x, y = _hips(frames[0])
    corners = [(x - 0.2, y - 0.08), (x + 0.2, y - 0.08), (x + 0.2, y + 0.07), (x - 0.2, y + 0.07)]
    camera = {"zones": [{"name": "bed", "kind": "bed", "points": corners}]}
    events = told(frames, "bed_exit", camera)
    assert [event.phase.value for event in events] == ["suspected", "confirmed", "lost"]
    assert {event.zone for event in events} == {"bed"}
    out, exit_, _ = events
    assert 11 <= out.started_pts_us / 1e6 <= 12.5
    assert exit_.pts_us - out.pts_us == pytest.approx(3e6, abs=2e5)


def _hips(frame: Frame) -> tuple[float, float]:
    """The middle of the hips as shares of the picture."""
    assert frame.persons[0].keypoints is not None
    x, y = frame.persons[0].keypoints.numpy()[[23, 24], :2].mean(axis=0).tolist()
    return x / WIDTH_PX, y / HEIGHT_PX


def test_walks_in_a_room_are_wandering_where_they_add_up() -> None:
    frames = track(frames_of(scene_of("walk", 2.0, 13)))
    camera = {"name": "scene"}
    usual = {"during": None, "within_s": 60}
    (event, lost) = told(frames, "wandering", camera, walks=1, walk_s=4, **usual)
    assert (event.phase.value, lost.phase.value) == ("confirmed", "lost")
    assert 4 <= event.evidence["walked_s"] <= 5
    assert told(frames, "wandering", camera, walks=4, walk_s=4, **usual) == []
    assert told(frames, "wandering", camera, walks=1, walk_s=60, **usual) == []


def test_who_lies_where_they_fell_is_still() -> None:
    frames = track(frames_of(scene_of("fall_forward", 2.0, 12)))
    fallen_s = next(event.settled_s for event in scene_of("fall_forward", 2.0, 12).events)
    first = told(frames, "long_still", {"name": "scene"}, after_s=4)[0]
    assert first.phase.value == "confirmed"
    assert fallen_s - 1 <= first.started_pts_us / 1e6 <= fallen_s + 2


def test_a_busy_crowd_with_every_rule_on_fits_a_checkpoint_and_survives_it() -> None:
    crowd = [
        replace(Figure([(0, STANDING)]), track=n, x_m=(n % 8 - 4) / 3, distance_m=4 + n / 20)
        for n in range(40)
    ]
    frames = shifted(film(crowd, Take(fps=15, duration_s=6)), hop)
    rules = {kind: {"enabled": True, "during": None} for kind in OFF}
    whole = [(0, 0), (1, 0), (1, 1), (0, 1)]
    camera = {
        "name": "room",
        "source": "a.mp4",
        "zones": [{"name": f"zone{n}", "points": whole} for n in range(2)],
        "lines": [{"name": "line", "points": [(0, 0.5), (1, 0.5)]}],
    }
    stage = ActionsStage(
        Actions.model_validate({"rules": rules, "max_tracks": 40}), [Camera.model_validate(camera)]
    )
    state, largest = stage.fresh(), 0
    for frame in frames:
        state = stage.process([Work(frame, state, None)])[0].state
        packed = msgspec.msgpack.encode(state)
        largest = max(largest, len(packed))
        assert msgspec.msgpack.decode(packed, type=CameraState) == state
    assert len(state.memories) == 40
    assert largest <= 64_000
