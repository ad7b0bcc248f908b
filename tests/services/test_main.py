"""The command, as people type it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import yaml
from typer.testing import CliRunner, Result

from services.console.command import app
from shared.bus.server import EmbeddedServer
from shared.models import cache, registry
from shared.settings import Settings, load

_ROOT = Path(__file__).resolve().parents[2]
_LIMIT_S = 30.0


def kinestream(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, (environment.pop("PYTHONPATH", None), str(_ROOT))))
    return subprocess.run(
        [sys.executable, "-m", "services", *arguments],
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def refused(done: subprocess.CompletedProcess[str] | Result, *words: str) -> None:
    """One clear line on stderr, exit code 2, nothing else."""
    code = done.exit_code if isinstance(done, Result) else done.returncode
    assert code == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("kinestream: ")
    assert all(word in done.stderr for word in words), done.stderr


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(memory_mb=64) as running:
        yield running


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "nowhere.mp4"], ["nowhere.mp4"]),
        (["run", "{tmp}/empty.mp4"], ["empty.mp4"]),
        (["run", "{tmp}/text.mp4"], ["text.mp4"]),
        (["run", "http://127.0.0.1:9/video.mp4"], ["127.0.0.1:9"]),
        (["run", "rstp://ann:hunter2@cam/1"], ["rstp://***@cam/1", "did you mean rtsp://?"]),
        (["run", "rtsp:/ann:hunter2@cam/1"], ["rtsp:/***", "two slashes"]),
        (["run", "rtsp://ann:hun/ter2@cam/1"], ["rtsp://***", "username and password_file"]),
        (["run", "synth://nonsense"], ["nonsense"]),
        (["run", "synth://demo?heigt=2"], ["heigt", "height"]),
        (["run", "synth://walk", "--start", "9999"], ["9999"]),
        (["run", "synth://walk", "--crop", "1,2,3"], ["--crop 1,2,3", "x0,y0,x1,y1"]),
        (["run", "synth://walk", "--crop", "9,9,3,3"], ["--crop 9,9,3,3"]),
        (["run", "synth://walk", "--crop", "0,0,9000,9000"], ["crop"]),
        (["run", "synth://walk", "--name", "a b"], ["--name 'a b'"]),
        (["run", "synth://walk", "synth://sit", "--name", "a", "--name", "a"], ["--name a", "twice"]),
        (["run", "synth://walk", "--events", "{tmp}/no/such/file"], ["--events"]),
        (["run"], ["SOURCE"]),
        (["run", "synth://walk", "--config", "{tmp}/none.yaml"], ["none.yaml"]),
        (["run", "synth://walk", "--config", "{tmp}/misspelt.yaml"], ["memroy_mb", "memory_mb"]),
        (["run", "synth://walk", "--redis", "http://x"], ["redis://"]),
        (["run", "synth://walk", "--redis", "redis://127.0.0.1:9"], ["127.0.0.1:9"]),
        (["run", "synth://walk", "--redis", "unix:///no/such/socket"], ["/no/such/socket"]),
        (["worker", "posse"], ["posse", "pose"]),
        (["models", "pull", "no-such-model"], ["no-such-model"]),
        (["config", "check", "{tmp}/misspelt.yaml"], ["memroy_mb", "memory_mb"]),
        (["status"], ["--redis"]),
        (["events", "tail"], ["--redis"]),
        (["dead", "list"], ["--redis"]),
        (["init", "{tmp}/misspelt.yaml"], ["exists", "--force"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_gets_one_clear_line_and_exit_code_2(
    tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("this is no video\n" * 100)
    (tmp_path / "misspelt.yaml").write_text("bus:\n  memroy_mb: 64\n")
    refused(invoke(*(argument.format(tmp=tmp_path) for argument in arguments)), *words)


def test_a_process_that_is_refused_ends_with_the_line_and_no_traceback() -> None:
    refused(kinestream("run", "nowhere.mp4"), "nowhere.mp4")


def test_a_missing_onnx_runtime_is_said_before_anything_starts(tmp_path: Path) -> None:
    blocker = "import sys\nsys.modules['onnxruntime'] = None\n"
    (tmp_path / "sitecustomize.py").write_text(blocker)
    refused(kinestream("run", "synth://walk", PYTHONPATH=str(tmp_path)), "ONNX Runtime", "kinestream[cpu]")


def test_a_model_file_with_another_hash_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(f"runtime:\n  models_dir: {tmp_path}/models\n")
    path = cache.onnx_path(registry.find("selfie"), tmp_path / "models")
    path.parent.mkdir()
    path.write_bytes(b"not what it was")
    refused(invoke("models", "verify", "--config", str(config)), "selfie", "kinestream models pull")


def test_no_password_reaches_the_screen() -> None:
    done = invoke("status", "--redis", "redis://:hunter2@127.0.0.1:9")
    refused(done, "127.0.0.1:9")
    assert "hunter2" not in done.stderr


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[psutil.Popen]:
    """The command as a process of its own, until the block ends."""
    command = [sys.executable, "-m", "services", *arguments]
    environ = {**os.environ, "PYTHONPATH": str(_ROOT), **environment}
    with psutil.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            yield running
        finally:
            running.kill()


def test_the_list_of_processes_shows_no_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(_LIMIT_S)
        source = f"rtsp://ann:hunter2@127.0.0.1:{silent.getsockname()[1]}/1"
        with started("run", source, "--redis=redis://:hunter2@127.0.0.1:9") as running:
            silent.accept()[0].close()  # by now it has the camera in hand
            shown, environment = " ".join(running.cmdline()), running.environ()
    assert "hunter2" not in f"{shown} {environment}"
    assert shown.startswith("kinestream run 'rtsp://***@127.0.0.1:")


def test_a_worker_is_named_in_the_list_of_processes(server: EmbeddedServer) -> None:
    with started("worker", "tracker", KINESTREAM_BUS__URL=server.url) as worker:
        deadline_s = time.monotonic() + _LIMIT_S
        while " ".join(worker.cmdline()).rstrip() != "kinestream: tracker":
            assert time.monotonic() < deadline_s, worker.cmdline()
            time.sleep(0.02)


def test_every_command_says_how_it_is_used() -> None:
    for command in ("run", "demo", "status", "worker", "init", "models", "events", "dead", "config"):
        shown = invoke(command, "--help")
        assert shown.exit_code == 0
        assert f"kinestream {command}" in shown.stdout or "Commands" in shown.stdout


def test_version_is_said() -> None:
    assert invoke("--version").stdout.startswith("kinestream ")


def test_the_written_configuration_loads_back_as_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    assert invoke("init", str(path)).exit_code == 0
    assert load(path) == Settings()
    assert invoke("config", "check", str(path)).exit_code == 0


def test_the_written_configuration_names_and_explains_every_setting(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    invoke("init", str(path))
    text = path.read_text()
    said = " ".join(line.strip(" #") for line in text.splitlines())
    for name, section in Settings.model_fields.items():
        assert f"{name}:" in text
        fields = getattr(section.annotation, "model_fields", {})
        for key, field in fields.items():
            assert f"  {key}:" in text
            assert (field.description or "").split(";")[0] in said


def test_the_example_camera_of_the_written_configuration_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    invoke("init", str(path))
    _, _, example = path.read_text().partition("\n#cameras:")
    shown = "cameras:\n" + "\n".join(line.removeprefix("#") for line in example.splitlines())
    path.write_text(shown)
    assert [camera.source for camera in load(path).cameras] == ["synth://demo"]


def test_the_schema_describes_the_configuration() -> None:
    schema = json.loads(invoke("config", "schema").stdout)
    assert set(schema["properties"]) == set(Settings.model_fields)


@pytest.mark.parametrize(("option", "key"), [((), "$defs"), (("--asyncapi",), "channels")])
def test_events_are_described_for_subscribers(option: tuple[str, ...], key: str) -> None:
    assert key in json.loads(invoke("events", "schema", *option).stdout)


def test_status_of_an_idle_server_is_json_for_programs(server: EmbeddedServer) -> None:
    shown = json.loads(invoke("status", "--redis", server.url, "--json").stdout)
    assert shown["cameras"] == {}
    assert shown["stages"]["pose"] == {"lag": 0, "workers": [], "frames": 0}
    assert "no camera has begun yet" in invoke("status", "--redis", server.url).stdout


def test_a_worker_replaces_the_command_and_reads_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "k.yaml"
    config.write_text(yaml.safe_dump({"bus": {"url": "redis://127.0.0.1:9"}}))
    done = kinestream("worker", "tracker", "--config", str(config))
    assert done.returncode == 1  # whoever runs it starts it again: the server may come
    assert done.stderr.splitlines()[-1].startswith("kinestream tracker: 127.0.0.1:9 does not answer")
