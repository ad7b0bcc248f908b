"""`kinestream explain` on a server with real events on it, and in files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from services.actions.stage import ActionsStage
from services.console.command import app
from shared.bus.connect import open_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.relay import Relay
from shared.bus.server import EmbeddedServer
from shared.bus.topology import CHAIN
from shared.messages import End, Frame
from shared.metrics import StageMetrics
from shared.settings import Actions, Bus
from shared.worker import Stage
from shared.worker.loop import Options, Worker
from shared.worker.stage import PassThrough
from tests.services.console.toy_pipeline import All
from tests.services.evaluate.explain.made import SEATED_AND_FALLEN, recorded
from tests.services.figures import Take, film
from tests.shared.worker.toys import publish

TAKE = Take(fps=15, duration_s=8)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """Somebody sits down and falls from the chair, as the rules' own stage has told it."""
    with EmbeddedServer(memory_mb=64) as running:
        bus = open_bus(Bus(url=SecretStr(running.url)))
        play(bus, film([SEATED_AND_FALLEN], TAKE))
        yield running


def play(bus: RedisTransport, frames: list[Frame]) -> None:
    source = bus.begin("room")
    for frame in frames:
        publish(bus, msgspec.structs.replace(frame, run=source.run))
    last = frames[-1]
    publish(bus, End(camera="room", run=source.run, seq=last.seq + 1, pts_us=last.pts_us + 66_667))
    options = Options(batch=32, wait_ms=1, prefetch=False)
    stages: list[Stage[Any]] = [PassThrough(link.stage) for link in CHAIN[:-1]]
    for stage in (*stages, ActionsStage(Actions())):
        worker = Worker(stage, bus, All(bus.partitions), options, StageMetrics(stage.name))
        while bus.lags()[stage.name]:
            worker.step()
    while Relay(bus).step(0):
        pass


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["explain", *arguments])


def test_the_newest_fall_on_the_server_is_explained_and_drawn(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = invoke("--redis", server.url)
    assert shown.exit_code == 0, shown.stderr
    for words in (
        "fall confirmed: room, person 1",
        "suspected",
        "how far the hips came down",
        "reached at 0:04.",
    ):
        assert words in shown.stdout
    (file,) = tmp_path.iterdir()
    assert f"drawn: {file.name}" in shown.stdout
    assert file.read_text().startswith("<!DOCTYPE html>")


def test_an_event_is_found_by_its_id_and_drawn_where_told(server: EmbeddedServer, tmp_path: Path) -> None:
    row = json.loads(invoke("last", "--redis", server.url, "--json").stdout)
    path = tmp_path / "fall.png"
    shown = invoke(row["id"], "--redis", server.url, "--out", str(path))
    assert shown.exit_code == 0, shown.stderr
    assert path.read_bytes().startswith(b"\x89PNG")
    assert row["id"] in shown.stdout


def test_programs_get_json_and_no_file(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    row = json.loads(invoke("--redis", server.url, "--json").stdout)
    assert [each["phase"] for each in row["phases"]][:3] == ["descent", "suspected", "confirmed"]
    assert len(row["curves"]["drop_m"]["points"]) > 20
    assert not list(tmp_path.iterdir())


def test_events_of_a_file_and_of_the_server_say_the_same(server: EmbeddedServer, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    arguments = ["events", "tail", "--redis", server.url, "--from", "0", "--no-follow", "--json"]
    path.write_text(CliRunner().invoke(app, arguments).stdout)
    assert invoke("--events", str(path), "--json").stdout == invoke("--redis", server.url, "--json").stdout


def test_a_kind_without_curves_says_where_they_are(server: EmbeddedServer, tmp_path: Path) -> None:
    shown = invoke("--kind", "sit_down", "--redis", server.url, "--out", str(tmp_path / "a.html"))
    assert shown.exit_code == 0, shown.stderr
    assert "no curves: events of this kind carry none; recorded tracks have them" in shown.stdout


def test_recorded_tracks_are_explained_without_a_server(tmp_path: Path) -> None:
    path = recorded(tmp_path, [SEATED_AND_FALLEN], TAKE)
    shown = invoke("--tracks", str(path), "--kind", "sit_down", "--out", str(tmp_path / "a.html"))
    assert shown.exit_code == 0, shown.stderr
    assert "sit down confirmed: room, person 1" in shown.stdout
    assert "pictures from 0:0" in shown.stdout


def test_an_event_that_is_not_there_is_refused_with_the_nearest(server: EmbeddedServer) -> None:
    shown = invoke("room-1-1-fall-1", "--redis", server.url)
    assert shown.exit_code == 2
    assert "no event room-1-1-fall-1 in the server, which keeps events for" in shown.stderr
    assert "nearest: room-1-1-fall-" in shown.stderr


def test_an_event_of_an_earlier_run_has_expired(server: EmbeddedServer) -> None:
    shown = invoke("room-0-1-fall-1", "--redis", server.url)
    assert shown.exit_code == 2
    assert "any more: of 'room' it keeps runs from 1" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tracks", "a", "--events", "b"], "--tracks and --events are two places"),
        (["--out", "a.jpg"], "--out a.jpg: give a name that ends in .html, .png, .svg"),
        (["--tracks", "none.ktr"], "none.ktr cannot be read"),
        ([], "no server is configured"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(arguments: list[str], said: str) -> None:
    shown = invoke(*arguments)
    assert shown.exit_code == 2
    assert said in shown.stderr
    assert len(shown.stderr.splitlines()) == 1
