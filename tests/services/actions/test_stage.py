from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from services.actions.stage import ActionsStage
from shared.actions import CameraState
from shared.messages import Event, EventKind, Frame, Message, Phase
from shared.settings import Actions, Camera
from shared.worker import Work
from tests.services.figures import (
    BENDING,
    LOW_CHAIR,
    ON_BED,
    ON_BED_EDGE,
    PRONE,
    SITTING,
    SQUATTING,
    STANDING,
    SUPINE,
    Figure,
    Pose,
    Take,
    falling,
    film,
    seen_from,
)


def play(
    frames: list[Frame],
    *,
    checkpoint: bool = False,
    settings: Actions | None = None,
    cameras: Sequence[Camera] = (),
) -> list[Event]:
    """All events of a run; with `checkpoint` the state is packed and unpacked after each frame."""
    stage = ActionsStage(settings or Actions(), cameras)
    state = stage.fresh()
    events: list[Message] = []
    for frame in frames:
        done = stage.process([Work(frame, state, None)])[0]
        state = done.state
        if checkpoint:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=CameraState)
        events += done.outputs
    events += stage.finish(state)
    return [event for event in events if isinstance(event, Event)]


def falls(events: list[Event]) -> list[tuple[Phase, float]]:
    return [(e.phase, e.pts_us / 1e6) for e in events if e.kind is EventKind.FALL]


def confirmed(events: list[Event]) -> list[float]:
    return [time_s for phase, time_s in falls(events) if phase is Phase.CONFIRMED]


FALLS = {
    "forward, seen from the side": falling(PRONE),
    "backward, seen from the side": falling(SUPINE),
    "forward, across": seen_from(falling(PRONE), 40),
    "backward, across": seen_from(falling(SUPINE), 130),
    "forward, to the camera": seen_from(falling(PRONE), 90),
    "backward, from the camera": seen_from(falling(SUPINE), 90),
    "sideways, seen from the front": replace(falling(PRONE), yaw_deg=90, sideways=True),
    "sideways, seen from behind": replace(falling(PRONE), yaw_deg=-70, sideways=True),
    "from a chair": falling(PRONE, start=SITTING),
    "in half a second": falling(SUPINE, descent_s=0.5),
    "in one second and a fifth": falling(PRONE, descent_s=1.2),
    "feet not seen": replace(falling(SUPINE), hidden=(25, 26, 27, 28, 29, 30, 31, 32)),
    "head not seen": replace(falling(SUPINE), hidden=tuple(range(11))),
    "lost for a second on the way": replace(falling(PRONE), away=(2.3, 3.3)),
}


@pytest.mark.parametrize("fps", [5.0, 10.0, 30.0])
@pytest.mark.parametrize("name", FALLS)
def test_a_fall_is_found_once_with_its_phases_in_order(name: str, fps: float) -> None:
    events = play(film([FALLS[name]], Take(fps=fps, dropped=0.1)))
    assert [phase for phase, _ in falls(events)] == [Phase.SUSPECTED, Phase.CONFIRMED, Phase.LOST]
    assert 2.3 <= confirmed(events)[0] <= 4.6
    fall_events = [e for e in events if e.kind is EventKind.FALL]
    assert {e.id for e in fall_events} == {f"room-3-1-fall-{fall_events[0].started_pts_us}"}
    assert [e.update for e in fall_events] == [0, 1, 2]


HARMLESS = {
    "standing": Figure([(0, STANDING)]),
    "sitting down": Figure([(2, STANDING), (3.3, SITTING)]),
    "sitting down fast": Figure([(2, STANDING), (2.5, SITTING)]),
    "dropping into a low chair": Figure([(2, STANDING), (2.6, LOW_CHAIR)]),
    "squatting": Figure([(2, STANDING), (2.6, SQUATTING), (3.2, SQUATTING), (3.8, STANDING)]),
    "squatting long": Figure([(2, STANDING), (2.6, SQUATTING), (6, SQUATTING), (6.6, STANDING)]),
    "bending": Figure([(2, STANDING), (2.7, BENDING), (5, BENDING), (5.7, STANDING)]),
    "tying shoes on a chair": Figure([(2, SITTING), (2.8, Pose(0.42, 80, 85, 5)), (6, SITTING)]),
    "lying down slowly on a bed": Figure(
        [(1, STANDING), (2.5, ON_BED_EDGE), (3.5, ON_BED_EDGE), (6.0, ON_BED)]
    ),
    "lying from the first picture": Figure([(0, SUPINE)]),
    "crawling": Figure([(0, Pose(0.37, 80, 0, -90)), (8, Pose(0.37, 75, 5, -85))]),
}


@pytest.mark.parametrize(("yaw_deg", "fps"), [(0, 15), (0, 5), (45, 8), (90, 15), (90, 30)])
@pytest.mark.parametrize("name", HARMLESS)
def test_daily_life_is_no_fall(name: str, yaw_deg: float, fps: float) -> None:
    figure = seen_from(HARMLESS[name], yaw_deg)
    assert confirmed(play(film([figure], Take(fps=fps, dropped=0.1)))) == []


def test_sitting_down_and_standing_up_are_told_once_each() -> None:
    figure = Figure([(1, STANDING), (2, SITTING), (5, SITTING), (6, STANDING)])
    events = play(film([figure], Take()))
    assert [(e.kind, e.phase) for e in events] == [
        (EventKind.SIT_DOWN, Phase.CONFIRMED),
        (EventKind.STAND_UP, Phase.CONFIRMED),
    ]
    assert 1.0 <= events[0].started_pts_us / 1e6 <= events[0].pts_us / 1e6 <= 3.0
    assert 5.0 <= events[1].started_pts_us / 1e6 <= events[1].pts_us / 1e6 <= 6.8


def test_somebody_who_lies_from_the_first_picture_lies_and_has_not_fallen() -> None:
    assert [e.kind for e in play(film([Figure([(0, SUPINE)])], Take()))] == [EventKind.LYING]


def test_an_event_carries_the_place_and_clocks_of_its_frame_and_the_evidence() -> None:
    frames = film([falling(PRONE)], Take())
    events = play(frames)
    by_seq = {frame.seq: frame for frame in frames}
    for event in events[:2]:
        cause = by_seq[event.seq]
        assert (event.camera, event.run, event.pts_us) == (cause.camera, cause.run, cause.pts_us)
        assert event.captured_us == cause.captured_us
        assert event.evidence["drop_m"] >= event.evidence["drop_threshold_m"]
    assert events[0].raised_pts_us is None
    assert events[1].raised_pts_us == events[1].pts_us
    assert 0.5 < events[1].confidence <= 1


def test_another_persons_posture_never_confirms_a_fall() -> None:
    stumbler = Figure([(2, STANDING), (2.6, LOW_CHAIR), (3.0, STANDING)], track=1, x_m=-0.8)
    sleeper = Figure([(0, SUPINE)], track=2, x_m=0.8)
    assert confirmed(play(film([stumbler, sleeper], Take()))) == []


def test_of_two_people_the_one_who_falls_is_named() -> None:
    walker = Figure([(0, STANDING)], track=1, x_m=-0.8)
    faller = replace(falling(PRONE), track=2, x_m=0.8)
    events = [e for e in play(film([walker, faller], Take())) if e.kind is EventKind.FALL]
    assert {event.track for event in events} == {2}


def test_a_track_lost_near_the_floor_after_a_descent_is_a_fall() -> None:
    figure = replace(falling(SUPINE, descent_s=0.7), away=(2.85, 9.0))
    times = confirmed(play(film([figure], Take())))
    assert len(times) == 1
    assert 3.4 <= times[0] <= 4.0


def test_somebody_who_sits_down_and_is_lost_has_not_fallen() -> None:
    figure = replace(Figure([(2, STANDING), (3.0, SITTING)]), away=(3.0, 9.0))
    assert confirmed(play(film([figure], Take()))) == []


def test_who_stands_up_again_has_recovered_and_a_second_fall_is_another_incident() -> None:
    keys = [(1, STANDING), (1.8, PRONE), (4, PRONE), (5.5, STANDING), (8, STANDING), (8.8, SUPINE)]
    events = [e for e in play(film([Figure(keys)], Take(duration_s=12))) if e.kind is EventKind.FALL]
    once = [Phase.SUSPECTED, Phase.CONFIRMED]
    assert [e.phase for e in events] == [*once, Phase.RECOVERED, *once, Phase.LOST]
    assert len({e.id for e in events}) == 2


def test_who_stays_down_is_reported_still_every_so_often_and_never_as_a_new_fall() -> None:
    settings = Actions.model_validate({"rules": {"fall": {"still_every_s": 5}}})
    events = play(film([falling(PRONE)], Take(duration_s=20)), settings=settings)
    phases = [phase for phase, _ in falls(events)]
    assert phases == [Phase.SUSPECTED, Phase.CONFIRMED, *[Phase.STILL] * 3, Phase.LOST]


def test_who_has_fallen_is_not_lying_and_sitting_besides() -> None:
    on_floor = Pose(0.12, 5, 85, 85)
    keys = [(2, STANDING), (2.8, SUPINE), (8, SUPINE), (8.5, on_floor), (10, on_floor), (10.5, SUPINE)]
    events = play(film([Figure(keys)], Take(duration_s=16)))
    assert {event.kind for event in events} == {EventKind.FALL}


def test_somebody_fallen_who_looks_upright_where_they_lie_is_still_down() -> None:
    misread = Pose(0.12, 5, 85, 85)
    keys = [(2, STANDING), (2.8, SUPINE), (2.9, SUPINE), (3.0, misread), (4.2, misread), (4.3, SUPINE)]
    figure = Figure([*keys, (4.6, SUPINE), (4.7, misread)])
    times = confirmed(play(film([figure], Take(fps=30))))
    assert len(times) == 1
    assert times[0] < 4.8


def test_a_suspicion_that_comes_to_nothing_is_closed_without_ever_being_raised() -> None:
    up_again = Figure([(2, STANDING), (2.6, PRONE), (3.1, STANDING)])
    events = [e for e in play(film([up_again], Take(fps=30))) if e.kind is EventKind.FALL]
    assert [e.phase for e in events] == [Phase.SUSPECTED, Phase.RECOVERED]
    assert {e.raised_pts_us for e in events} == {None}


@pytest.mark.parametrize(
    "name", ["forward, seen from the side", "from a chair", "sideways, seen from the front"]
)
def test_frame_rate_hardly_moves_the_alert(name: str) -> None:
    times = [confirmed(play(film([FALLS[name]], Take(fps=fps))))[0] for fps in (10.0, 15.0, 30.0)]
    assert max(times) - min(times) <= 0.3


@pytest.mark.parametrize("name", ["backward, across", "lost for a second on the way"])
def test_a_replay_through_checkpoints_gives_the_same_events(name: str) -> None:
    frames = film([FALLS[name], Figure([(1, STANDING), (2, SITTING)], track=2, x_m=1)], Take(dropped=0.2))
    assert play(frames) == play(frames, checkpoint=True)


def test_a_fall_outlives_its_track_for_a_while_and_is_then_lost_and_forgotten() -> None:
    stage = ActionsStage(Actions(lost_s=20.0))
    frames = film([falling(PRONE)], Take())
    last = frames[-1]
    gone = [
        msgspec.structs.replace(last, seq=last.seq + n, pts_us=last.pts_us + n * 400_000, persons=())
        for n in range(1, 60)
    ]
    state = stage.fresh()
    events: list[Message] = []
    for frame in [*frames, *gone]:
        done = stage.process([Work(frame, state, None)])[0]
        state, events = done.state, [*events, *done.outputs]
    lost = [e for e in events if isinstance(e, Event)][-1]
    assert lost.phase is Phase.LOST
    assert 20.0 <= (lost.pts_us - last.pts_us) / 1e6 <= 20.8
    assert state.memories == ()
    assert stage.finish(state) == ()


def test_a_crowd_is_bounded_and_its_checkpoint_fits() -> None:
    crowd = [Figure([(0, STANDING)], track=n, x_m=(n % 8 - 4) / 3, distance_m=4 + n / 20) for n in range(60)]
    stage = ActionsStage(Actions(max_tracks=40))
    state = stage.fresh()
    for frame in film(crowd, Take(fps=30, duration_s=5)):
        state = stage.process([Work(frame, state, None)])[0].state
    assert len(state.memories) == 40
    assert len(msgspec.msgpack.encode(state)) <= 64_000


def test_a_person_without_pose_says_nothing() -> None:
    frames = film([falling(PRONE)], Take())
    bare = [
        msgspec.structs.replace(
            frame,
            persons=tuple(
                msgspec.structs.replace(p, keypoints=None, world=None, skeleton=None) for p in frame.persons
            ),
        )
        for frame in frames
    ]
    assert play(bare) == []


def test_without_world_landmarks_falls_are_still_found() -> None:
    frames = [
        msgspec.structs.replace(
            frame, persons=tuple(msgspec.structs.replace(p, world=None) for p in frame.persons)
        )
        for frame in film([falling(SUPINE)], Take())
    ]
    assert len(confirmed(play(frames))) == 1


def test_a_fall_across_a_gap_has_no_speed_in_its_evidence() -> None:
    events = play(film([FALLS["lost for a second on the way"]], Take(jitter_px=0.5)))
    assert all(event.confidence > 0.5 for event in events)
    assert all(event.evidence.get("speed_m_s", 1.0) >= 0.45 for event in events)


def test_who_sits_up_on_the_floor_has_not_recovered_before_standing() -> None:
    on_floor = Pose(0.12, 5, 85, 85)
    keys = [(1, STANDING), (1.8, SUPINE), (4, SUPINE), (5, on_floor), (9, on_floor), (11, STANDING)]
    times = {
        e.phase: e.pts_us / 1e6
        for e in play(film([Figure(keys)], Take(duration_s=14)))
        if e.kind is EventKind.FALL
    }
    assert 10 < times[Phase.RECOVERED] < 13
