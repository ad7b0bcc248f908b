"""One incident for one person who lies, whatever the tracker calls the body, and found on the floor."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from shared.messages import Event, EventKind, Frame, Phase
from shared.settings import Actions, Camera
from tests.services.actions.test_stage import play
from tests.services.figures import (
    ON_BED_EDGE,
    PRONE,
    STANDING,
    SUPINE,
    Figure,
    Pose,
    Take,
    falling,
    film,
)

BED = Camera.model_validate(
    {
        "name": "room",
        "source": "synth://demo",
        "zones": [{"name": "bed", "kind": "bed", "points": [[0, 0], [1, 0], [1, 1], [0, 1]]}],
    }
)
WHOLE_FALL = [Phase.SUSPECTED, Phase.CONFIRMED, Phase.LOST]


def phases(events: list[Event], kind: EventKind = EventKind.FALL) -> list[Phase]:
    return [event.phase for event in events if event.kind is kind]


def renamed(frames: list[Frame], name: Callable[[float], int | None], of: int = 1) -> list[Frame]:
    """The frames with the track `of` called by what `name` says of the second; None: not seen, nor lost."""
    out = []
    for frame in frames:
        called = name(frame.pts_us / 1e6)
        persons = tuple(
            msgspec.structs.replace(person, track=called) if person.track == of else person
            for person in frame.persons
            if person.track != of or called is not None
        )
        out.append(msgspec.structs.replace(frame, persons=persons, lost=()))
    return out


@pytest.mark.parametrize(
    ("at_s", "gap_s"), [(3.0, 0.0), (3.0, 0.3), (3.0, 3.0), (3.6, 0.0), (3.6, 15.0), (5.0, 0.3), (5.0, 15.0)]
)
def test_who_lies_and_gets_a_new_name_keeps_the_incident(at_s: float, gap_s: float) -> None:
    frames = renamed(
        film([falling(SUPINE)], Take(duration_s=24)),
        lambda s: 1 if s < at_s else 7 if s >= at_s + gap_s else None,
    )
    events = [event for event in play(frames) if event.kind is EventKind.FALL]
    confirmed = [event for event in events if event.phase is Phase.CONFIRMED]
    assert len(confirmed) == 1
    assert len({event.id for event in events}) == 1
    assert {event.track for event in events} == {1}
    assert phases(play(frames), EventKind.FOUND_ON_FLOOR) == []


def test_a_name_that_changes_every_second_is_still_one_incident() -> None:
    frames = renamed(film([falling(PRONE)], Take(duration_s=16)), lambda s: 1 if s < 4 else round(s))
    events = [event for event in play(frames) if event.kind is EventKind.FALL]
    assert [event.phase for event in events if event.phase is not Phase.STILL] == WHOLE_FALL
    assert len({event.id for event in events}) == 1


def test_a_new_name_while_the_old_one_is_still_followed_keeps_the_incident() -> None:
    frames = film([falling(SUPINE)], Take(duration_s=12))
    doubled = [
        msgspec.structs.replace(
            frame,
            persons=tuple(msgspec.structs.replace(p, track=9) for p in frame.persons),
            lost=tuple(msgspec.structs.replace(p, keypoints=None, world=None) for p in frame.persons),
        )
        if frame.pts_us > 5_000_000
        else frame
        for frame in frames
    ]
    assert phases(play(doubled)) == WHOLE_FALL
    assert phases(play(doubled), EventKind.FOUND_ON_FLOOR) == []


def test_two_names_for_one_body_are_one_incident() -> None:
    frames = [
        msgspec.structs.replace(
            frame,
            persons=(*frame.persons, *(msgspec.structs.replace(p, track=2) for p in frame.persons)),
        )
        for frame in film([falling(PRONE)], Take(duration_s=16))
    ]
    events = play(frames)
    assert [event.track for event in events if event.phase is Phase.CONFIRMED] == [1]


def test_who_comes_to_help_does_not_take_the_incident_over() -> None:
    faller = replace(falling(SUPINE), away=(5.0, 30.0))
    helper = Figure([(0, STANDING)], track=2, x_m=0.3)
    frames = film([faller, helper], Take(duration_s=14))
    late = [
        msgspec.structs.replace(frame, persons=tuple(p for p in frame.persons if p.track == 1))
        if frame.pts_us < 6_000_000
        else frame
        for frame in frames
    ]
    assert phases(play(late)) == WHOLE_FALL


def test_who_lay_there_before_does_not_confirm_anothers_suspicion() -> None:
    sleeper = Figure([(0, SUPINE)], track=2, x_m=0.4)
    frames = renamed(
        film([falling(PRONE, descent_s=0.6), sleeper], Take(duration_s=9, fps=30)),
        lambda s: 1 if s < 2.7 else None,
    )
    confirmed = [e for e in play(frames) if e.kind is EventKind.FALL and e.phase is Phase.CONFIRMED]
    assert confirmed == []


def test_who_gets_up_under_the_new_name_has_recovered() -> None:
    keys = [(1, STANDING), (1.8, PRONE), (7, PRONE), (8.5, STANDING)]
    frames = renamed(film([Figure(keys)], Take(duration_s=12)), lambda s: 1 if s < 4 else 2)
    events = [event for event in play(frames) if event.kind is EventKind.FALL]
    assert [event.phase for event in events] == [Phase.SUSPECTED, Phase.CONFIRMED, Phase.RECOVERED]
    assert {event.track for event in events} == {1}


def test_inheritance_is_the_same_through_checkpoints() -> None:
    frames = renamed(
        film([falling(SUPINE)], Take(duration_s=14)), lambda s: 1 if s < 4 else 5 if s > 6 else None
    )
    assert play(frames) == play(frames, checkpoint=True)


def found(events: list[Event]) -> list[tuple[Phase, float]]:
    return [(e.phase, e.pts_us / 1e6) for e in events if e.kind is EventKind.FOUND_ON_FLOOR]


def test_who_lies_from_the_first_picture_is_found_after_a_while_and_has_never_fallen() -> None:
    events = play(film([Figure([(0, SUPINE)])], Take(duration_s=14)))
    assert [phase for phase, _ in found(events)] == [Phase.CONFIRMED, Phase.LOST]
    assert 10.0 <= found(events)[0][1] <= 10.5
    assert phases(events) == []


def test_a_camera_that_loses_sight_while_somebody_falls_finds_them_on_the_floor() -> None:
    keys = [(1, STANDING), (1.8, SUPINE)]
    frames = renamed(
        film([Figure(keys)], Take(duration_s=24)), lambda s: 1 if s < 0.9 else 2 if s > 8 else None
    )
    assert [phase for phase, _ in found(play(frames))] == [Phase.CONFIRMED, Phase.LOST]


def test_who_is_found_and_gets_up_has_recovered() -> None:
    keys = [(12, SUPINE), (13.5, STANDING)]
    events = play(film([Figure(keys)], Take(duration_s=18)))
    assert [phase for phase, _ in found(events)] == [Phase.CONFIRMED, Phase.RECOVERED]


def test_who_has_fallen_is_not_found_as_well() -> None:
    assert found(play(film([falling(SUPINE)], Take(duration_s=20)))) == []


def test_who_lies_down_on_a_bed_in_view_is_not_found_on_the_floor() -> None:
    on_bed = Pose(0.55, -86, 86, 86)
    keys = [(1, STANDING), (2.0, ON_BED_EDGE), (2.2, ON_BED_EDGE), (3.8, on_bed)]
    assert found(play(film([Figure(keys)], Take(duration_s=20)))) == []


def test_lying_in_a_bed_is_rest_or_told_later() -> None:
    frames = film([Figure([(0, SUPINE)])], Take(duration_s=20))
    assert found(play(frames, cameras=(BED,))) == []
    settings = Actions.model_validate({"rules": {"found_on_floor": {"resting_s": 15}}})
    phase, time_s = next(iter(found(play(frames, settings=settings, cameras=(BED,)))))
    assert phase is Phase.CONFIRMED
    assert time_s >= 15.0


def test_who_drops_onto_a_bed_has_not_fallen() -> None:
    frames = film([falling(SUPINE)], Take(duration_s=8))
    assert Phase.CONFIRMED not in phases(play(frames, cameras=(BED,)))
    assert Phase.CONFIRMED in phases(play(frames))


def test_who_crawls_is_not_lying_on_the_floor() -> None:
    crawling = Figure([(0, Pose(0.37, 80, 0, -90)), (20, Pose(0.37, 75, 5, -85))])
    assert found(play(film([crawling], Take(duration_s=20)))) == []
