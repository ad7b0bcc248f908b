"""Each way of coming to the floor, and what looks like it: figures through the whole of the rules."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from shared.messages import Event, EventKind, Frame, Person, Phase, TrackState
from shared.rules.falling import Way
from tests.services.actions.test_stage import play
from tests.services.figures import (
    ON_BED_EDGE,
    PRONE,
    SITTING,
    STANDING,
    SUPINE,
    WIDTH_PX,
    Figure,
    Pose,
    Take,
    falling,
    film,
)

ON_BED = Pose(0.60, -86, 86, 86)
ON_BOTTOM = Pose(0.12, 12, 120, 30)
ALL_FOURS = Pose(0.37, 80, 0, -90)
HALF_KNEELING = Pose(0.40, 25, 60, -40)


def raised(events: list[Event]) -> list[Event]:
    return [e for e in events if e.kind is EventKind.FALL and e.phase is Phase.CONFIRMED]


WAYS = {
    Way.FAST: Figure([(2, STANDING), (2.8, SUPINE)]),
    Way.SLIDE: Figure([(2, STANDING), (4.4, PRONE)]),
    Way.ROLL: Figure([(2, ON_BED), (2.4, replace(SUPINE, hip_m=0.1))]),
    Way.DIVE: replace(Figure([(2, STANDING), (2.8, SUPINE)]), away=(2.5, 9.0)),
}


@pytest.mark.parametrize("yaw_deg", [0, 30])
@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_falling_is_told_as_what_it_is(way: Way, yaw_deg: float) -> None:
    frames = film([replace(WAYS[way], yaw_deg=yaw_deg)], Take(fps=15, duration_s=10))
    (event,) = raised(play(_low_where_lost(frames)))
    assert event.detail == way
    assert 2.2 <= event.pts_us / 1e6 <= 6.5


def _low_where_lost(frames: list[Frame]) -> list[Frame]:
    """As the tracker has it of whom it lost near the floor."""
    return [
        msgspec.structs.replace(
            frame, lost=tuple(msgspec.structs.replace(person, lost_low=True) for person in frame.lost)
        )
        for frame in frames
    ]


def test_a_fall_onto_the_bottom_is_one_though_the_trunk_stays_up() -> None:
    (event,) = raised(play(film([falling(ON_BOTTOM, descent_s=0.6)], Take())))
    assert event.pts_us / 1e6 <= 4.2


def test_sitting_down_on_the_floor_with_care_is_no_fall() -> None:
    assert raised(play(film([falling(ON_BOTTOM, descent_s=1.6)], Take()))) == []


@pytest.mark.parametrize("yaw_deg", [0, 45, 90])
@pytest.mark.parametrize(
    "keys",
    [
        [(2, STANDING), (2.9, HALF_KNEELING), (3.6, ALL_FOURS), (7, ALL_FOURS)],
        [(2, STANDING), (2.8, HALF_KNEELING), (6, HALF_KNEELING), (7, STANDING)],
        [(2, STANDING), (2.6, ON_BED_EDGE), (3.3, ON_BED)],
        [(2, SITTING), (2.7, Pose(0.48, -86, 86, 86))],
    ],
    ids=["all fours", "tying shoes", "onto a bed in a second", "down on a bench"],
)
def test_what_ends_low_but_not_on_the_floor_is_no_fall(
    keys: list[tuple[float, Pose]], yaw_deg: float
) -> None:
    assert raised(play(film([Figure(keys, yaw_deg=yaw_deg)], Take(fps=15, dropped=0.1)))) == []


def test_who_is_first_seen_in_the_middle_of_a_fall_has_fallen() -> None:
    frames = [frame for frame in film([falling(PRONE)], Take(fps=30)) if frame.pts_us >= 2_300_000]
    assert len(raised(play(frames))) == 1


def _leaving(frames: list[Frame]) -> Iterator[Frame]:
    """Somebody who falls by the look of the pose, but at the picture's edge, and is then not seen."""
    for frame in frames:
        persons = tuple(_shifted(person, WIDTH_PX - person.box[2]) for person in frame.persons)
        lost = tuple(_shifted(person, WIDTH_PX - person.box[2]) for person in frame.lost)
        yield msgspec.structs.replace(frame, persons=persons, lost=lost)


def _shifted(person: Person, right_px: float) -> Person:
    x0, y0, x1, y1 = person.box
    return msgspec.structs.replace(person, box=(x0 + right_px, y0, x1 + right_px, y1))


def test_who_looks_fallen_at_the_pictures_side_and_is_gone_has_left() -> None:
    figure = replace(falling(SUPINE), away=(2.95, 12.0))
    frames = _low_where_lost(film([figure], Take()))
    assert len(raised(play(frames))) == 1
    assert raised(play(list(_leaving(frames)))) == []


def test_who_falls_at_the_pictures_side_and_stays_in_view_has_fallen() -> None:
    frames = list(_leaving(film([falling(SUPINE)], Take())))
    (event,) = raised(play(frames))
    assert event.pts_us / 1e6 <= 4.6


def test_a_pose_much_smaller_than_people_there_is_none_and_falls_never() -> None:
    walker = Figure([(0, STANDING)], track=1)
    frames = film([walker, replace(falling(PRONE, at_s=6.0), track=2, x_m=0.6)], Take(duration_s=10))
    small = [
        msgspec.structs.replace(
            frame, persons=tuple(_shrunk(p) if p.track == 2 else p for p in frame.persons)
        )
        for frame in frames
    ]
    assert {event.track for event in raised(play(frames))} == {2}
    assert raised(play(small)) == []


def _shrunk(person: Person) -> Person:
    """A third as large, with the lower edge where it was."""
    assert person.keypoints is not None
    points = person.keypoints.numpy().copy()
    x0, _, x1, bottom = person.box
    middle = (x0 + x1) / 2
    points[:, 0] = middle + (points[:, 0] - middle) / 3
    points[:, 1] = bottom + (points[:, 1] - bottom) / 3
    (left, top), (right, low) = points[:, :2].min(axis=0).tolist(), points[:, :2].max(axis=0).tolist()
    keypoints = msgspec.structs.replace(person.keypoints, data=points.tobytes())
    return msgspec.structs.replace(person, box=(left, top, right, low), keypoints=keypoints)


def test_the_evidence_names_the_pictures_that_decided() -> None:
    frames = film([falling(PRONE)], Take())
    events = [event for event in play(frames) if event.kind is EventKind.FALL]
    taken_s = {frame.pts_us / 1e6 for frame in frames}
    told = events[1].evidence
    assert told["suspected_s"] == events[0].pts_us / 1e6
    assert told["confirmed_s"] == events[1].pts_us / 1e6
    assert told["started_s"] == events[0].started_pts_us / 1e6
    assert {told["started_s"], told["suspected_s"], told["confirmed_s"]} <= taken_s
    assert told["sunk"] >= told["sunk_threshold"]


def test_the_lost_keep_their_state_in_the_tracker() -> None:
    assert {p.track_state for f in film([WAYS[Way.DIVE]], Take()) for p in f.lost} == {TrackState.LOST}
