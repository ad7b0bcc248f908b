"""`kinestream camera probe`, as people type it and as programs read it."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from services.console.advice import advise, snippet
from services.console.command import app
from services.ingest.probe import Probe, Stream
from shared.settings import Camera, load
from tests.services.ingest.clips import KINDS, make

GOOD = Stream(
    codec="h264", profile="Main", width_px=640, height_px=480, pictures=75, damaged=0, looked_s=5.0,
    nominal_fps=15.0, measured_fps=15.0, longest_gap_s=0.07, key_interval_s=1.0, bit_rate_kbps=500.0,
    b_frames=False, opened_s=0.3, first_picture_s=0.4, clock_offset_s=0.01, cpu_ms=1.0, decoder="software",
    brightness=0.5, contrast=0.2, live=True,
)  # fmt: skip
HALL = Camera(name="hall", source="rtsps://cam/1")


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["camera", *arguments])


def found(**changes: Any) -> Probe:
    return Probe("rtsps://cam/1", "tcp", None, replace(GOOD, **changes))


def test_a_stream_that_fits_needs_no_setting_and_no_note() -> None:
    advice = advise(HALL, found())
    assert (advice.settings, advice.notes) == ({}, ())


@pytest.mark.parametrize(
    ("changes", "settings", "note"),
    [
        ({"measured_fps": 30.0}, {"fps": 15}, ""),
        ({"width_px": 2560, "height_px": 1440}, {"longest_side_px": 1280}, "name that one as source"),
        ({"key_interval_s": 10.0}, {"open_timeout_s": 21.0}, "a key picture only every 10.0 s"),
        ({"key_interval_s": None}, {}, "fewer than two key pictures in 5 s"),
        ({"longest_gap_s": 4.0}, {"read_timeout_s": 16.0}, ""),
        ({"b_frames": True}, {}, "B-frames delay"),
        ({"clock_offset_s": -90.0}, {}, "the camera's clock is 90.0 s off"),
        ({"damaged": 3}, {}, "3 pictures came damaged"),
        ({"brightness": 0.02, "contrast": 0.0}, {}, "the picture is dark"),
        ({"contrast": 0.01}, {}, "no structure"),
    ],
)
def test_what_does_not_fit_is_set_or_said(
    changes: dict[str, Any], settings: dict[str, Any], note: str
) -> None:
    advice = advise(HALL, found(**changes))
    assert advice.settings == settings
    assert [note in line for line in advice.notes] == ([True] if note else [])


def test_the_transport_that_works_is_set_and_why_is_said() -> None:
    advice = advise(HALL, replace(found(), transport="udp", tried=("tcp: no answer",)))
    assert advice.settings == {"transport": "udp"}
    assert advice.notes == ("tcp: no answer: so udp is used",)


def test_the_snippet_is_a_configuration_without_the_password(tmp_path: Path) -> None:
    camera = Camera(name="hall", source="rtsp://ann:p%40ss@cam:554/live?channel=1&subtype=0")
    text = snippet(camera, found(measured_fps=30.0))
    assert "p%40ss" not in text
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "hall").write_text("p@ss\n")
    (tmp_path / "k.yaml").write_text(text)
    [loaded] = load(tmp_path / "k.yaml").cameras
    assert (loaded.source, loaded.fps) == (camera.source, 15)


def test_a_secret_in_the_query_is_left_out_of_the_snippet() -> None:
    text = snippet(Camera(name="hall", source="http://cam/video?usr=ann&pwd=pass1"), found())
    assert "pass1" not in text
    assert yaml.safe_load(text)["cameras"][0]["source"] == "http://cam/video?***"


def test_a_film_is_probed_and_a_picture_kept(tmp_path: Path) -> None:
    film = make(tmp_path, KINDS[0])
    done = invoke("probe", str(film), "--seconds", "1", "--save", str(tmp_path / "a.jpg"))
    assert done.exit_code == 0
    for word in ("works", "mpeg4", "96x64", "25.0 pictures/s", "for kinestream.yaml:", f'source: "{film}"'):
        assert word in done.stdout, done.stdout
    assert (tmp_path / "a.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_every_stream_of_a_configuration_is_probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "COLUMNS", "200")
    film = make(tmp_path, KINDS[0])
    cameras = [
        {"name": "hall", "source": str(film), "record_source": str(film)},
        {"name": "yard", "source": "rtsp://127.0.0.1:9/1"},
    ]
    path = tmp_path / "k.yaml"
    path.write_text(yaml.safe_dump({"cameras": cameras}))
    done = invoke("probe", "--config", str(path), "--seconds", "0.5")
    assert done.exit_code == 1
    words = (
        "hall",
        "analysis",
        "record",
        "96x64",
        "works",
        "yard",
        "fails",
        "nothing listens at 127.0.0.1:9",
    )
    assert all(word in done.stdout for word in words), done.stdout
    lines = invoke("probe", "--config", str(path), "--seconds", "0.5", "--json").stdout.splitlines()
    told = [json.loads(line) for line in lines]
    assert [(t["camera"], t["stream"], t["works"]) for t in told] == [
        ("hall", "source", True),
        ("hall", "record_source", True),
        ("yard", "source", False),
    ]
    assert told[2]["trouble"]["kind"] == "refused"
    assert told[0]["found"]["width_px"] == 96


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["probe"], "give either a SOURCE"),
        (["probe", "a.mp4", "--config", "k.yaml"], "give either a SOURCE"),
        (["probe", "rstp://cam/1"], "did you mean rtsp://?"),
        (
            ["probe", "rtsp://cam/1", "--password-file", "absent"],
            "--password_file: is given without username",
        ),
        (["probe", "rtsp://a:b@cam/1", "--username", "c"], "keep one of them"),
        (["probe", "--config", "absent.yaml"], "absent.yaml"),
        (["record", "hall", "a.ksr"], "--redis"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str], said: str) -> None:
    done = invoke(*arguments)
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr, done.stderr
