"""How cameras and their events are shown."""

import io
import time
from typing import Any

import msgspec
import pytest
from rich.console import Console, RenderableType

from services.console.commands_status import as_json, view
from services.console.progress import Meter
from services.console.screen import event_line, event_style, live_view, moment, progress_line
from services.console.standing import duration
from shared.bus.transport import Overview, Source
from shared.camera import CameraPhase, CameraReport, encode_report
from shared.messages import Event, EventKind, Phase

NOW_US = 1_700_000_000_000_000


def text_of(*shown: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=140, record=True)
    console.print(*shown)
    return console.export_text()


def overview(**report: Any) -> Overview:
    facts: dict[str, Any] = {
        "phase": CameraPhase.PLAYING,
        "since_us": NOW_US - 75_000_000,
        "reported_us": NOW_US - 500_000,
    }
    told = encode_report(CameraReport(**(facts | {"seen_us": NOW_US - 400_000} | report)))
    source = Source(run=2, seq=119, ended=False, finished_seq=110, report=told)
    return Overview({"hall": source}, {}, {("hall", "busy"): 3}, 0, {}, {}, 1 << 20, 0)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ({}, ["playing 75 s", "0.4 s old"]),
        ({"phase": CameraPhase.WAITING, "error": "cannot reach rtsp://***@cam: refused", "reconnects": 7,
          "seen_us": NOW_US - 4_000_000_000},
         ["away 75 s", "1:06 h old", "cannot reach rtsp://***@cam: refused", "7"]),
        ({"phase": CameraPhase.CONNECTING, "seen_us": None}, ["connecting 75 s", "none yet"]),
        ({"problems": ("camera_dark", "camera_moved")}, ["camera_dark, camera_moved"]),
        ({"reported_us": NOW_US - 200_000_000}, ["nobody reads it for 3:20 min"]),
        ({"stream": "h264, 640x480, 15.0 pictures/s"}, ["h264, 640x480, 15.0 pictures/s"]),
    ],
)  # fmt: skip
def test_status_tells_how_a_camera_stands(report: dict[str, Any], words: list[str]) -> None:
    shown = text_of(view(overview(**report), NOW_US))
    assert all(word in shown for word in ["hall", "120", *words]), shown


def test_status_for_programs_has_what_people_see() -> None:
    now = overview(problems=("camera_dark",), reconnects=2, error="lost it")
    camera = msgspec.json.decode(as_json(now, NOW_US))["cameras"]["hall"]
    assert camera["phase"] == "playing"
    assert (camera["read"], camera["picture_age_s"], camera["reconnects"]) == (True, 0.4, 2)
    assert (camera["problems"], camera["error"], camera["published"]) == (["camera_dark"], "lost it", 120)


def test_a_camera_of_which_nothing_is_reported_is_shown_as_before() -> None:
    now = Overview({"hall": Source(2, 119, ended=False)}, {}, {}, 0, {}, {}, 0, 0)
    assert "open" in text_of(view(now, NOW_US))
    assert "phase" not in msgspec.json.decode(as_json(now, NOW_US))["cameras"]["hall"]


def test_a_run_shows_the_standing_of_a_camera_that_has_no_length() -> None:
    now = overview(phase=CameraPhase.WAITING, reconnects=1, problems=("camera_stalled",), error="refused")
    meter = Meter(now, {"hall": Source(2, 9, finished_seq=9)}, {}, 0.0, wall_us=lambda: NOW_US)
    progress = meter.measure(now, 1.0)
    shown = text_of(live_view(progress, 0))
    assert all(word in shown for word in ("away 75 s", "1 reconnects", "camera_stalled", "refused")), shown
    assert progress_line(progress).startswith("hall 101 frames (away 75 s, camera_stalled);")


def event(kind: EventKind, phase: Phase, *, track: int | None = None, live: bool = True) -> Event:
    return Event(
        camera="hall", run=1, seq=0, pts_us=5_000_000, live=live, id="x", update=0, kind=kind, phase=phase,
        track=track, started_pts_us=0, raised_pts_us=None, captured_us=NOW_US, confidence=0.9,
        detail="no picture comes" if track is None else "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "phase", "style"),
    [
        (EventKind.MONITORING_LOST, Phase.CONFIRMED, "bold white on red"),
        (EventKind.MONITORING_LOST, Phase.RECOVERED, "bold green"),
        (EventKind.MONITORING_RESTORED, Phase.CONFIRMED, "bold green"),
        (EventKind.CAMERA_STALLED, Phase.SUSPECTED, "bold yellow"),
        (EventKind.CAMERA_STALLED, Phase.STILL, "bold red"),
        (EventKind.CAMERA_BACK, Phase.CONFIRMED, "bold green"),
        (EventKind.FALL, Phase.CONFIRMED, "bold red"),
        (EventKind.FALL, Phase.RECOVERED, "bold green"),
        (EventKind.SIT_DOWN, Phase.CONFIRMED, "bold cyan"),
    ],
)
def test_alarming_is_what_somebody_must_look_at(kind: EventKind, phase: Phase, style: str) -> None:
    assert event_style(event(kind, phase)) == style


def test_an_event_about_a_camera_names_no_person_but_says_what_is_wrong() -> None:
    line = event_line(event(EventKind.CAMERA_STALLED, Phase.CONFIRMED)).plain
    at = time.strftime("%H:%M:%S", time.localtime(NOW_US / 1e6))
    assert line == f"{at}  camera_stalled confirmed  hall: no picture comes"


def test_an_event_of_a_recording_has_its_media_time() -> None:
    fall = event(EventKind.FALL, Phase.CONFIRMED, track=3, live=False)
    assert event_line(fall).plain == " 0:05.00  fall confirmed  hall, person 3  confidence 0.90"


def test_the_time_of_day_of_a_live_incident_follows_from_its_media_time() -> None:
    stalled = event(EventKind.CAMERA_STALLED, Phase.CONFIRMED)
    assert moment(stalled, 0) == time.strftime("%H:%M:%S", time.localtime(NOW_US / 1e6 - 5))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 s"),
        (9.94, "9.9 s"),
        (42.0, "42 s"),
        (205.0, "3:25 min"),
        (18_120.0, "5:02 h"),
        (4e5, "4 days"),
    ],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text
