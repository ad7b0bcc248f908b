from pathlib import Path

import msgspec
import pytest

from services.evaluate.errors import EvaluationError
from services.evaluate.explain.sources import LAST, Wanted, find, read_events, retrace
from services.evaluate.explain.told import told_of
from shared.messages import EventKind, Phase
from shared.settings import Settings
from tests.services.evaluate.explain.made import FALL, SEATED_AND_FALLEN, events_of, recorded
from tests.services.figures import PRONE, STANDING, Figure, Take


def test_recorded_tracks_show_an_incident_from_long_before_to_long_after(tmp_path: Path) -> None:
    told = retrace(recorded(tmp_path), Settings(), Wanted(LAST))
    assert [each.phase for each in told.updates] == [Phase.SUSPECTED, Phase.CONFIRMED, Phase.LOST]
    assert abs(told.samples[0].pts_us) <= 500
    assert told.samples[-1].pts_us > told.decisive.pts_us + 3_000_000


def test_what_events_carry_is_what_the_recording_shows(tmp_path: Path) -> None:
    whole = retrace(recorded(tmp_path), Settings(), Wanted(LAST)).samples
    carried = told_of(events_of(FALL)).samples
    assert 25 <= len(carried) <= 45
    by_time = {round(each.pts_us, -4): each for each in whole}
    for each in carried:
        same = by_time[round(each.pts_us, -4)]
        assert (each.hip_px, each.low, each.posture) == (same.hip_px, same.low, same.posture)


def test_recorded_tracks_explain_kinds_whose_events_carry_nothing(tmp_path: Path) -> None:
    path = recorded(tmp_path, [SEATED_AND_FALLEN])
    told = retrace(path, Settings(), Wanted(LAST, EventKind.SIT_DOWN))
    assert told.decisive.kind is EventKind.SIT_DOWN
    assert told.decisive.curves is None
    assert len(told.shown()) > 20


def test_last_is_the_newest_of_its_kind(tmp_path: Path) -> None:
    keys = [(1, STANDING), (1.8, PRONE), (4, PRONE), (5.5, STANDING), (8, STANDING), (8.8, PRONE)]
    path = recorded(tmp_path, [Figure(keys)], Take(fps=15, duration_s=12))
    told = retrace(path, Settings(), Wanted(LAST))
    assert told.started_us > 7_000_000
    assert {each.id for each in told.updates} == {told.decisive.id}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            "room-3-1-fall-1800001",
            "no event room-3-1-fall-1800001 in the recording of hall/fall.mp4; nearest: room-3-",
        ),
        ("hall-3-1-fall-1800000", "camera 'room': hall-3-1-fall-1800000 is of camera 'hall'"),
        ("room-9-1-fall-1800000", "is run 3 of camera 'room'"),
        ("yesterday", "'yesterday' is no event's id, which is camera-run-track-kind-start, as"),
    ],
)
def test_an_unknown_event_is_refused_with_what_is_there(tmp_path: Path, event: str, said: str) -> None:
    with pytest.raises(EvaluationError) as error:
        retrace(recorded(tmp_path), Settings(), Wanted(event))
    assert said in str(error.value)


def test_a_kind_that_was_not_told_is_refused_with_those_that_were(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"no lying in .*; it holds fall: choose with --kind"):
        retrace(recorded(tmp_path), Settings(), Wanted(LAST, EventKind.LYING))


def test_a_rule_that_is_off_is_named_where_it_said_nothing(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"no jump in .* with actions\.rules\.jump\.enabled: false"):
        retrace(recorded(tmp_path), Settings(), Wanted(LAST, EventKind.JUMP))


def test_an_event_of_a_run_that_is_not_kept_any_more_has_expired() -> None:
    events = [
        msgspec.structs.replace(each, id=each.id.replace("-3-", "-7-"), run=7) for each in events_of(FALL)
    ]
    with pytest.raises(EvaluationError, match="not in the server any more: of 'room' it keeps runs from 7"):
        find(events, Wanted("room-3-1-fall-1800000"), "the server")


def test_events_come_back_from_json_lines(tmp_path: Path) -> None:
    events, path = events_of(FALL), tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode(each) for each in events) + b"\n\n")
    assert read_events(path) == events


@pytest.mark.parametrize(("line", "said"), [(b"{}", "line 1 is no event"), (b"\xff", "line 1 is no event")])
def test_a_line_that_is_no_event_is_refused(tmp_path: Path, line: bytes, said: str) -> None:
    (tmp_path / "events.jsonl").write_bytes(line)
    with pytest.raises(EvaluationError, match=said):
        read_events(tmp_path / "events.jsonl")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="No such file"):
        read_events(tmp_path / "none.jsonl")
