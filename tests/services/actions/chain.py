"""Pictures through the real detector, pose, tracker and rules, without a bus."""

from collections.abc import Iterable

from services.actions.stage import build as build_actions
from services.detector.stage import build as build_detector
from services.pose.stage import build as build_pose
from services.tracker.stage import build as build_tracker
from shared.bus.frames import Image
from shared.messages import Event, EventKind, Phase
from shared.settings import Runtime, Settings
from shared.worker import Work
from tests.services.footage import frame_in, frame_of, run_one


def events_of(pictures: Iterable[tuple[int, Image]], runtime: Runtime) -> list[Event]:
    """What the rules say of pictures at their media times (microseconds)."""
    settings = Settings(runtime=runtime)
    detector, pose = build_detector(settings), build_pose(settings)
    tracker, actions = build_tracker(settings), build_actions(settings)
    seen, people, tracks, rules = detector.fresh(), pose.fresh(), tracker.fresh(), actions.fresh()
    events: list[Event] = []
    for seq, (pts_us, image) in enumerate(pictures):
        found, seen = run_one(detector, frame_of(image, seq, pts_us), seen, image)
        posed, people = run_one(pose, found, people, image)
        named = tracker.process([Work(posed, tracks, None)])[0]
        ruled = actions.process([Work(frame_in(named), rules, None)])[0]
        tracks, rules = named.state, ruled.state
        events += [event for event in ruled.outputs if isinstance(event, Event)]
    return events + [event for event in actions.finish(rules) if isinstance(event, Event)]


def confirmed(events: list[Event]) -> list[tuple[EventKind, float]]:
    """Kind and media time of what was confirmed, in order."""
    return [(event.kind, event.pts_us / 1e6) for event in events if event.phase is Phase.CONFIRMED]
