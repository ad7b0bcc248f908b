"""The rules on other skeletons, and without places in space: what stays the same, and what is lost."""

import math
from dataclasses import replace

import numpy as np
import pytest

from shared.actions.features import landmarks, measure, scale_px_m
from shared.messages import Event, EventKind, Frame
from tests.services.actions.test_scenes import events_of, scene_of
from tests.services.actions.test_stage import FALLS, HARMLESS, confirmed, falls, play
from tests.services.figures import (
    SITTING,
    STANDING,
    SUPINE,
    Figure,
    Pose,
    Take,
    falling,
    film,
    person,
    seen_from,
)
from tests.services.recast import recast, recast_frame
from tests.services.scene_tracks import frames_of, track

FLAT = ("coco17", "halpe26")
AT_FEET = "backward, from the camera"


def kinds(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.kind, event.phase) for event in events]


def cast(frames: list[Frame], skeleton: str) -> list[Frame]:
    return [recast_frame(frame, skeleton) for frame in frames]


@pytest.mark.parametrize("skeleton", FLAT)
@pytest.mark.parametrize("fps", [5.0, 15.0])
@pytest.mark.parametrize("name", [name for name in FALLS if name != AT_FEET])
def test_a_fall_is_told_at_the_same_time_without_places_in_space(
    name: str, fps: float, skeleton: str
) -> None:
    frames = film([FALLS[name]], Take(fps=fps, dropped=0.1))
    full, flat = play(frames), play(cast(frames, skeleton))
    assert kinds(flat) == kinds(full)
    assert [event.pts_us / 1e6 for event in flat] == pytest.approx(
        [event.pts_us / 1e6 for event in full], abs=0.21
    )


@pytest.mark.xfail(strict=True, reason="the picture shows every length of the body shortened alike")
@pytest.mark.parametrize("skeleton", FLAT)
def test_a_fall_that_leaves_the_feet_to_the_camera_is_told_without_places_in_space(skeleton: str) -> None:
    assert confirmed(play(cast(film([FALLS[AT_FEET]], Take()), skeleton)))


@pytest.mark.parametrize("skeleton", FLAT)
@pytest.mark.parametrize("yaw_deg", [0, 90, -90])
@pytest.mark.parametrize("name", HARMLESS)
def test_daily_life_is_no_fall_without_places_in_space(name: str, yaw_deg: float, skeleton: str) -> None:
    frames = cast(film([seen_from(HARMLESS[name], yaw_deg)], Take(fps=10, dropped=0.1)), skeleton)
    assert confirmed(play(frames)) == []


@pytest.mark.parametrize("skeleton", FLAT)
@pytest.mark.parametrize("yaw_deg", [0, 45, 90, 180, -90])
def test_sitting_down_and_standing_up_are_told_from_every_side(yaw_deg: float, skeleton: str) -> None:
    figure = seen_from(Figure([(1, STANDING), (2, SITTING), (5, SITTING), (6, STANDING)]), yaw_deg)
    events = play(cast(film([figure], Take()), skeleton))
    assert [event.kind for event in events] == [EventKind.SIT_DOWN, EventKind.STAND_UP]
    assert 1.0 <= events[0].pts_us / 1e6 <= 3.0
    assert 5.0 <= events[1].pts_us / 1e6 <= 6.8


@pytest.mark.parametrize(
    ("scenario", "height_m", "seed", "skeleton", "apart_s"),
    [
        ("fall_forward", 2.0, 12, "coco17", 0.3),
        ("fall_backward", 1.0, 11, "halpe26", 0.3),
        ("fall_sideways", 2.0, 12, "coco17", 0.3),
        ("sit", 1.0, 13, "halpe26", 0.3),
        ("lie_on_bed", 2.4, 13, "coco17", 0.6),
    ],
)
def test_a_scene_gives_the_same_tracks_and_events_without_places_in_space(
    scenario: str, height_m: float, seed: int, skeleton: str, apart_s: float
) -> None:
    frames = frames_of(scene_of(scenario, height_m, seed))
    full, flat = events_of(frames), events_of(cast(frames, skeleton))
    assert kinds(flat) == kinds(full)
    assert [event.track for event in flat] == [event.track for event in full]
    assert [event.pts_us / 1e6 for event in flat] == pytest.approx(
        [event.pts_us / 1e6 for event in full], abs=apart_s
    )


def test_people_who_cross_keep_their_names_on_every_skeleton() -> None:
    frames = frames_of(scene_of("crossing", 1.0, 13))
    full = [[person.track for person in frame.persons] for frame in track(frames)]
    for skeleton in (*FLAT, "wholebody133", "sapiens308"):
        flat = track(cast(frames, skeleton))
        assert [[person.track for person in frame.persons] for frame in flat] == full, skeleton


KNEELING = Pose(0.37, 0, 0, -90)


@pytest.mark.parametrize(
    ("pose", "yaw_deg", "thigh_deg", "knee_deg"),
    [
        (STANDING, 0, (0, 10), (0, 10)),
        (STANDING, 45, (0, 10), (0, 10)),
        (STANDING, 90, (0, 10), (0, 10)),
        (SITTING, 0, (80, 90), (75, 85)),
        (SITTING, 180, (80, 90), (75, 85)),
        (SITTING, 45, (65, 80), (65, 80)),
        (SITTING, 90, (60, 75), None),
        (SITTING, -90, (95, 110), None),
        (KNEELING, 0, (0, 25), (80, 100)),
    ],
)
def test_legs_fold_in_the_picture_as_in_space(
    pose: Pose, yaw_deg: float, thigh_deg: tuple[float, float], knee_deg: tuple[float, float] | None
) -> None:
    shown = person(Figure([(0, pose)], yaw_deg=yaw_deg), 0.0, np.zeros((33, 2)))
    seen = landmarks(recast(shown, "coco17"))
    assert seen is not None
    found = measure(seen, scale_px_m(seen))
    assert thigh_deg[0] <= found.thigh_deg <= thigh_deg[1]
    if knee_deg is None:
        assert math.isnan(found.knee_deg)
    else:
        assert knee_deg[0] <= found.knee_deg <= knee_deg[1]


def test_one_side_of_the_body_is_enough_for_a_fall() -> None:
    hidden = replace(falling(SUPINE), hidden=(11, 13, 23, 25, 27))
    assert len(falls(play(cast(film([hidden], Take()), "coco17")))) == 3
