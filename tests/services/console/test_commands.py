"""`events` and `dead` on a server with something on it."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from services.console.command import app
from services.console.workspace import Workspace
from shared.bus.connect import open_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.relay import Relay
from shared.bus.server import EmbeddedServer
from shared.bus.topology import CHAIN
from shared.metrics import StageMetrics
from shared.settings import Bus, Camera, Heartbeat, Monitor, Mqtt, Settings, load
from shared.worker import Stage
from shared.worker.loop import Options, Worker
from shared.worker.stage import PassThrough
from tests.services.console.toy_pipeline import All, Falls
from tests.shared.worker.toys import feed


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """Four updates of a fall, and a frame that the last stage could not process."""
    with EmbeddedServer(memory_mb=64) as running:
        bus = open_bus(Bus(url=SecretStr(running.url)))
        feed(bus, "hall", 13)
        _work(bus, tmp_path_factory.mktemp("falls"))
        yield running


def _work(bus: RedisTransport, folder: Path) -> None:
    options = Options(batch=16, wait_ms=1, prefetch=False)
    stages: list[Stage[Any]] = [PassThrough(link.stage) for link in CHAIN[:-1]]
    for stage in (*stages, Falls("poison", folder)):
        worker = Worker(stage, bus, All(bus.partitions), options, StageMetrics(stage.name))
        while bus.lags()[stage.name]:
            worker.step()
    Relay(bus).step(0)


def invoke(server: EmbeddedServer, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--redis", server.url])


def letter_name(server: EmbeddedServer) -> str:
    return str(json.loads(invoke(server, "dead", "list", "--json").stdout)["letter"])


def test_events_from_the_start_are_json_lines(server: EmbeddedServer) -> None:
    shown = invoke(server, "events", "tail", "--from", "0", "--no-follow", "--json").stdout
    assert [json.loads(line)["update"] for line in shown.splitlines()] == [0, 1, 2, 3]


def test_events_for_people_say_when_what_and_where(server: EmbeddedServer) -> None:
    shown = invoke(server, "events", "tail", "--from", "0", "--no-follow").stdout
    assert "fall suspected  hall, person 1" in shown
    assert "fall confirmed  hall, person 1" in shown


def test_events_go_on_after_an_id(server: EmbeddedServer) -> None:
    shown = invoke(server, "events", "tail", "--from", "0", "--no-follow").stdout.splitlines()
    second = shown[1].split()[0]
    after = invoke(server, "events", "tail", "--from", second, "--no-follow").stdout.splitlines()
    assert after == shown[2:]


def test_new_events_only_are_none_here(server: EmbeddedServer) -> None:
    assert invoke(server, "events", "tail", "--no-follow").stdout == ""


def test_a_place_that_is_no_entry_id_is_refused(server: EmbeddedServer) -> None:
    shown = invoke(server, "events", "tail", "--from", "yesterday")
    assert shown.exit_code == 2
    assert "--from yesterday" in shown.stderr


def test_status_counts_what_was_done(server: EmbeddedServer) -> None:
    shown = json.loads(invoke(server, "status", "--json").stdout)
    assert shown["cameras"]["hall"] == {"run": 1, "published": 14, "finished": 14, "ended": True}
    assert shown["dead_letters"] == 1


def test_a_dead_letter_is_listed_and_shown_with_its_traceback(server: EmbeddedServer) -> None:
    name = letter_name(server)
    listed = invoke(server, "dead", "list").stdout
    assert "hall" in listed
    assert "actions" in listed
    shown = invoke(server, "dead", "show", name).stdout
    assert "RuntimeError: this frame is bad" in shown
    assert "hall, run 1, seq 4, media time 0:00.40" in shown
    assert "Traceback" in shown


def test_a_letter_that_does_not_exist_is_refused(server: EmbeddedServer) -> None:
    for command in ("show", "retry", "drop"):
        shown = invoke(server, "dead", command, "0/1-1")
        assert shown.exit_code == 2
        assert "0/1-1" in shown.stderr


def test_a_dropped_letter_is_gone(tmp_path: Path) -> None:
    with EmbeddedServer(memory_mb=64) as fresh:
        bus = open_bus(Bus(url=SecretStr(fresh.url)))
        feed(bus, "hall", 6)
        _work(bus, tmp_path)
        assert "dropped" in invoke(fresh, "dead", "drop", letter_name(fresh)).stdout
        assert invoke(fresh, "dead", "list").stdout == "no dead letters\n"


def test_a_message_that_passes_now_is_dropped_unless_kept(tmp_path: Path) -> None:
    with EmbeddedServer(memory_mb=64) as fresh:
        bus = open_bus(Bus(url=SecretStr(fresh.url)))
        feed(bus, "hall", 6)
        _work(bus, tmp_path)
        name = letter_name(fresh)
        kept = invoke(fresh, "dead", "retry", name, "--keep")
        assert (kept.exit_code, kept.stdout) == (0, f"{name}: passes now\n")
        assert invoke(fresh, "dead", "retry", "all").stdout == f"{name}: passes now, dropped\n"
        assert bus.letters() == []


def test_settings_with_secrets_are_private_and_do_not_stay() -> None:
    mqtt = Mqtt(host="broker", username="ann", password=SecretStr("hunter2"))
    settings = Settings(
        bus=Bus(url=SecretStr("redis://:hunter2@host")),
        cameras=(Camera(name="hall", source="rtsp://ann:p%40s@cam/1"),),
        monitor=Monitor(heartbeat=Heartbeat(url=SecretStr("https://x/hunter2"), mqtt=mqtt)),
    )
    assert not any(secret in repr(settings) for secret in ("hunter2", "p%40s", "ann"))
    with Workspace() as workspace:
        config = workspace.write(settings)
        assert stat.S_IMODE(config.stat().st_mode) == 0o600
        assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700
        assert load(config) == settings
        workspace.keep()
    assert not config.exists()
    config.parent.rmdir()
