"""Zones, lines, hours and rules of one camera in the built-in room, through the tracker and the rules."""

from datetime import UTC, datetime

import msgspec
import pytest

from services.actions.stage import ActionsStage
from shared.actions import watch
from shared.messages import Event, Frame, Message
from shared.rules.zone import Zone
from shared.scene.script import SceneEventKind
from shared.settings import Actions, Camera
from shared.worker import Work
from tests.services.actions.test_scenes import scene_of
from tests.services.footage import through_wire
from tests.services.scene_tracks import frames_of, track

SEAT = {"name": "seat", "kind": "chair", "points": [(0.64, 0.42), (0.83, 0.42), (0.83, 0.59), (0.64, 0.59)]}
BED = {"name": "bed", "kind": "bed", "points": [(0.15, 0.44), (0.53, 0.44), (0.53, 0.6), (0.15, 0.6)]}
MIDDLE = {"name": "middle", "points": [(0.5, 1.0), (0.5, 0.6)]}
ROOM = Camera.model_validate({"name": "scene", "source": "synth://demo", "zones": [SEAT], "lines": [MIDDLE]})
RULES = {"zone_enter": {"enabled": True}, "zone_exit": {"enabled": True}, "line_cross": {"enabled": True}}
NOON_US = round(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp() * 1e6)


@pytest.fixture(scope="module")
def demo() -> list[Frame]:
    """Tracks of the demo, as at noon of a Monday."""
    frames = track(frames_of(scene_of("demo", 2.0, 11)))
    return [msgspec.structs.replace(frame, captured_us=NOON_US + frame.pts_us) for frame in frames]


def told(demo: list[Frame], rules: object, camera: Camera = ROOM, **actions: object) -> list[Event]:
    return list(watch(demo, Actions.model_validate({"rules": rules, **actions}), [camera]))


def of(events: list[Event], *kinds: str) -> list[Event]:
    return [event for event in events if event.kind.value in kinds]


def test_who_sits_down_enters_the_seat_and_who_stands_up_leaves_it(demo: list[Frame]) -> None:
    truth = {event.kind: event for event in scene_of("demo", 2.0, 11).events}
    sat, stood = truth[SceneEventKind.SIT_DOWN], truth[SceneEventKind.STAND_UP]
    entered, left = of(told(demo, RULES), "zone_enter", "zone_exit")
    assert (entered.kind.value, entered.zone, left.kind.value, left.zone) == (
        "zone_enter",
        "seat",
        "zone_exit",
        "seat",
    )
    assert sat.start_s <= entered.started_pts_us / 1e6 <= sat.settled_s
    assert entered.pts_us / 1e6 <= sat.settled_s + 1
    assert stood.start_s <= left.started_pts_us / 1e6 <= stood.settled_s
    assert left.evidence["stay_s"] == pytest.approx(stood.start_s - sat.reached_s, abs=1.5)
    assert entered.id == f"scene-1-{entered.track}-zone_enter-{entered.started_pts_us}-seat"


def test_sitting_down_names_the_seat_and_the_fall_beside_it_does_not(demo: list[Frame]) -> None:
    events = told(demo, RULES)
    (sat,) = of(events, "sit_down")
    assert sat.zone == "seat"
    assert {event.zone for event in of(events, "fall")} == {None}


def test_who_walks_to_the_chair_and_back_crosses_the_line_in_and_out(demo: list[Frame]) -> None:
    crossings = of(told(demo, RULES), "line_cross")
    assert [(event.zone, event.detail) for event in crossings] == [("middle", "in"), ("middle", "out")]
    assert crossings[0].pts_us < crossings[1].pts_us


def test_zones_and_lines_stay_silent_unless_their_rules_are_on(demo: list[Frame]) -> None:
    usual = {"fall", "found_on_floor", "sit_down", "stand_up", "lying"}
    assert {event.kind.value for event in told(demo, {})} <= usual


def test_a_camera_of_another_name_has_no_zones(demo: list[Frame]) -> None:
    other = ROOM.model_copy(update={"name": "other"})
    assert of(told(demo, RULES, other), "zone_enter", "zone_exit", "line_cross") == []


def test_a_camera_overrides_the_rules_of_all(demo: list[Frame]) -> None:
    here = {"zone_enter": {"enabled": False}, "fall": {"confirm_s": 2.0}}
    camera = Camera.model_validate(ROOM.model_dump() | {"rules": here})
    usual, changed = told(demo, RULES), told(demo, RULES, camera)
    assert of(changed, "zone_enter") == []
    assert of(changed, "zone_exit") == of(usual, "zone_exit")
    first, later = (
        next(e for e in of(events, "fall") if e.phase.value == "confirmed") for events in (usual, changed)
    )
    assert later.pts_us - first.pts_us >= 1e6


@pytest.mark.parametrize(
    ("height_m", "kinds"), [(1.6, ["zone_enter", "sit_down"]), (2.4, ["sit_down", "zone_enter"])]
)
def test_lying_in_a_zone_that_is_a_bed_is_rest(height_m: float, kinds: list[str]) -> None:
    frames = track(frames_of(scene_of("lie_on_bed", height_m, 13)))
    room = ROOM.model_copy(update={"zones": (Zone.model_validate(BED),)})
    rules = {"zone_enter": {"enabled": True}}
    anywhere, in_bed = told(frames, rules, ROOM), told(frames, rules, room)
    assert [event.kind.value for event in anywhere] == ["sit_down", "lying"]
    assert [event.kind.value for event in in_bed] == kinds
    assert {event.zone for event in in_bed} == {"bed"}


@pytest.mark.parametrize(
    ("during", "days", "timezone", "on"),
    [
        ("11:00-13:00", ["mon"], "UTC", True),
        ("11:00-13:00", ["tue"], "UTC", False),
        ("13:00-11:00", ["mon"], "UTC", False),
        ("13:00-14:00", ["mon"], "Europe/Vienna", True),
        ("12:00-13:00", ["mon"], "Europe/Vienna", False),
    ],
)
def test_a_rule_outside_its_hours_says_nothing(
    demo: list[Frame], during: str, days: list[str], timezone: str, on: bool
) -> None:
    rules = {"sit_down": {"during": during, "days": days}}
    assert bool(of(told(demo, rules, timezone=timezone), "sit_down")) is on


def test_a_fall_that_is_open_when_its_hours_end_is_closed_once(demo: list[Frame]) -> None:
    (fallen,) = [e for e in of(told(demo, {}), "fall") if e.phase.value == "confirmed"]
    end_us = fallen.captured_us + 1_000_000
    shifted = [
        msgspec.structs.replace(f, captured_us=f.captured_us - end_us + NOON_US + 3_600_000_000) for f in demo
    ]
    falls = of(told(shifted, {"fall": {"during": "12:00-13:00"}}), "fall")
    assert [event.phase.value for event in falls] == ["suspected", "confirmed", "lost"]
    assert falls[-1].pts_us == pytest.approx(fallen.pts_us + 1_000_000, abs=130_000)


def test_zones_keep_their_meaning_through_checkpoints(demo: list[Frame]) -> None:
    stage = ActionsStage(Actions.model_validate({"rules": RULES}), [ROOM])
    state, events = stage.fresh(), list[Message]()
    for frame in demo:
        (done,) = stage.process([Work(frame, through_wire(state, stage.state_type), None)])
        state = done.state
        events += done.outputs
    assert [*events, *stage.finish(state)] == told(demo, RULES)
