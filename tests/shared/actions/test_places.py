"""Zones and lines as a person's place sees them."""

from dataclasses import replace

import pytest

from shared.actions.places import LEAVE_M, Places, place_of
from shared.rules.moment import Features, Moment, Posture, Sight
from shared.rules.zone import Line, Zone, ZoneKind

WIDTH_PX, HEIGHT_PX, PX_M = 200, 100, 40.0
SQUARE = ((0.25, 0.0), (0.75, 0.0), (0.75, 1.0), (0.25, 1.0))  # x from 50 to 150 px
BED = Zone(name="bed", kind=ZoneKind.BED, points=SQUARE)
BODY = Features(
    hip_y_px=50,
    scale_px_m=PX_M,
    rise_m=0.4,
    hip_m=0.75,
    head_m=1.4,
    aspect=0.3,
    thigh_deg=0,
    knee_deg=0,
    torso_deg=0,
    hip_x_px=100,
    foot_x_px=104,
    foot_y_px=80,
)
SEEN = Moment(0, 0, Sight.SEEN, box=(90.0, 10.0, 110.0, 84.0), body=BODY)


def places(*lines: Line) -> Places:
    return Places([BED], lines, WIDTH_PX, HEIGHT_PX)


def names(zones: tuple[Zone, ...]) -> list[str]:
    return [zone.name for zone in zones]


@pytest.mark.parametrize(
    ("x_px", "before", "inside"),
    [
        (100, [], True),
        (51, [], True),
        (50, [], True),  # on the border is in
        (49, [], False),
        (49, ["bed"], True),
        (50 - LEAVE_M * PX_M + 0.5, ["bed"], True),
        (50 - LEAVE_M * PX_M - 0.5, ["bed"], False),
        (10, ["bed"], False),
    ],
)
def test_a_zone_is_left_only_some_way_beyond_its_border(x_px: float, before: list[str], inside: bool) -> None:
    assert names(places().around((x_px, 50.0), before, PX_M)) == (["bed"] if inside else [])


def test_zones_may_overlap_and_are_told_in_the_order_of_the_configuration() -> None:
    zones = [Zone(name=name, points=SQUARE) for name in ("b", "a")]
    assert names(Places(zones, [], WIDTH_PX, HEIGHT_PX).around((100.0, 50.0), [], PX_M)) == ["b", "a"]


@pytest.mark.parametrize(
    ("place", "offset_m", "along"),
    [
        ((100.0, 50.0), 0.0, 0.5),
        ((120.0, 50.0), -0.5, 0.5),  # the line goes down: its left is the picture's right
        ((80.0, 100.0), 0.5, 1.0),
        ((80.0, -50.0), 0.5, -0.5),
    ],
)
def test_a_line_is_seen_from_its_right_side_as_inside(
    place: tuple[float, float], offset_m: float, along: float
) -> None:
    (sight,) = places(Line(name="door", points=((0.5, 0.0), (0.5, 1.0)))).against(place, PX_M)
    assert sight.name == "door"
    assert (sight.offset_m, sight.along) == pytest.approx((offset_m, along))


@pytest.mark.parametrize(
    ("moment", "place"),
    [
        (replace(SEEN, posture=Posture.STANDING), (104, 80 + 0.07 * PX_M)),
        (replace(SEEN, posture=Posture.SITTING), (100, 50)),
        (replace(SEEN, posture=Posture.STANDING, seen_posture=Posture.LYING), (100, 50)),
        (replace(SEEN, posture=Posture.LYING, seen_posture=Posture.STANDING), (104, 80 + 0.07 * PX_M)),
        (replace(SEEN, body=replace(BODY, foot_x_px=float("nan"), foot_y_px=float("nan"))), (100, 82.8)),
        (Moment(0, 0, Sight.HIDDEN, box=(90.0, 10.0, 110.0, 84.0)), (100, 84)),
        (Moment(0, 0, Sight.HIDDEN, box=(90.0, 10.0, 110.0, 84.0), posture=Posture.LYING), None),
        (Moment(0, 0, Sight.LOST, box=(90.0, 10.0, 110.0, 84.0)), None),
        (Moment(0, 0, Sight.GONE), None),
    ],
    ids=["stands", "sits", "falls", "rises", "feet hidden", "only a box", "box of who lies", "lost", "gone"],
)
def test_a_person_is_where_the_feet_are_or_what_they_rest_on(
    moment: Moment, place: tuple[float, float] | None
) -> None:
    assert place_of(moment) == (None if place is None else pytest.approx(place))
