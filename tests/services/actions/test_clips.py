"""Real clips through the real detector, pose, tracker and rules, without a bus."""

from itertools import islice

import pytest

from services.actions.stage import build as build_actions
from services.detector.stage import build as build_detector
from services.pose.stage import build as build_pose
from services.tracker.stage import build as build_tracker
from shared.messages import Event, EventKind, Phase
from shared.settings import Runtime, Settings
from shared.worker import Work
from tests.services.footage import clip, frame_in, frame_of, run_one

pytestmark = pytest.mark.data


def events_of(name: str, frames: int, runtime: Runtime) -> list[Event]:
    settings = Settings(runtime=runtime)
    detector, pose = build_detector(settings), build_pose(settings)
    tracker, actions = build_tracker(settings), build_actions(settings)
    seen, people, tracks, rules = detector.fresh(), pose.fresh(), tracker.fresh(), actions.fresh()
    events: list[Event] = []
    for seq, (pts_us, image) in enumerate(islice(clip(name), frames)):
        found, seen = run_one(detector, frame_of(image, seq, pts_us), seen, image)
        posed, people = run_one(pose, found, people, image)
        named = tracker.process([Work(posed, tracks, None)])[0]
        ruled = actions.process([Work(frame_in(named), rules, None)])[0]
        tracks, rules = named.state, ruled.state
        events += [event for event in ruled.outputs if isinstance(event, Event)]
    return events + [event for event in actions.finish(rules) if isinstance(event, Event)]


def test_a_real_fall_on_the_back_is_raised_once_while_it_matters(runtime: Runtime) -> None:
    events = events_of("gmdcsa24/s3_fall_15.mp4", 85, runtime)
    raised = [e for e in events if e.kind is EventKind.FALL and e.phase is Phase.CONFIRMED]
    assert len(raised) == 1
    assert 1.86 <= raised[0].pts_us / 1e6 <= 5.65


def test_a_real_sitting_down_on_a_bed_is_no_fall(runtime: Runtime) -> None:
    events = events_of("gmdcsa24/s3_adl_18.mp4", 80, runtime)
    assert [e.kind for e in events] == [EventKind.SIT_DOWN]
    assert 0.6 <= events[0].pts_us / 1e6 <= 2.5
