"""A camera's password stays out of everything that can be read from outside, whatever fails."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from services.console.command import app
from shared.bus.connect import visit_bus
from shared.bus.redis_transport import RedisTransport
from shared.camera import CameraPhase, CameraReport, decode_report
from shared.settings import Bus, Runtime
from tests.conftest import ServerFactory
from tests.servers import leaks
from tests.servers.ports import free_port
from tests.servers.rtsp import SECRET, RtspServer, require
from tests.servers.waiting import until

_ROOT = Path(__file__).resolve().parents[2]
_WRONG = "wr0ng-s3cret"
_START_S = 90.0


@contextmanager
def running(config: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`kinestream run` with all its files in a folder; Ctrl-C at the end."""
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "TMPDIR": str(folder)}
    command = [
        sys.executable,
        "-m",
        "services",
        "run",
        "--config",
        str(config),
        "--events",
        str(folder / "events"),
    ]
    with (
        (folder / "out").open("wb") as out,
        (folder / "err").open("wb") as err,
        subprocess.Popen(command, env=environment, stdout=out, stderr=err) as run,
    ):
        try:
            yield run
            run.send_signal(signal.SIGINT)
            run.wait(60)
        finally:
            run.kill()


def written(folder: Path, server: RtspServer, bus: str, runtime: Runtime) -> Path:
    """Two cameras: one with its password in a file, one whose URL holds a wrong one."""
    (folder / "password").write_text(SECRET)
    config = {
        "bus": {"url": bus},
        "runtime": {"models_dir": str(runtime.models_dir)},
        "frames": {"store": "redis"},
        "metrics": {"port": free_port()},
        "ingest": {"retry_longest_s": 1.0},
        "cameras": [
            {
                "name": "hall",
                "source": f"rtsp://127.0.0.1:{server.port}/camera?token={SECRET}",
                "username": "user",
                "password_file": "password",
                "read_timeout_s": 1.0,
            },
            {"name": "yard", "source": server.url(password=_WRONG), "open_timeout_s": 2.0},
        ],
    }
    path = folder / "kinestream.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def report(bus: RedisTransport, camera: str) -> CameraReport | None:
    return decode_report(bus.source(camera).report)


@pytest.mark.timeout(200)
def test_no_trace_of_a_password_is_left_by_a_run_whose_cameras_fail(
    redis_server: ServerFactory, runtime: Runtime, tmp_path: Path
) -> None:
    require()
    valkey = redis_server()
    with tempfile.TemporaryDirectory(prefix="ks-") as short:  # a socket's path may not be long
        folder = Path(short)
        with RtspServer(user="user", password=SECRET) as camera:
            config = written(tmp_path, camera, valkey.url, runtime)
            settings = yaml.safe_load(config.read_text())
            page = f"http://127.0.0.1:{settings['metrics']['port']}/metrics"
            bus = visit_bus(Bus.model_validate(settings["bus"]))

            def traces(pid: int) -> leaks.Traces:
                files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".yaml"]
                return leaks.gather(logs=files, bus=valkey.url, metrics=[page], pid=pid)

            def phase(name: str) -> CameraPhase | None:
                standing = report(bus, name)
                return standing.phase if standing else None

            with running(config, folder) as run:
                until(lambda: bus.source("hall").finished_seq > 5, "pictures", _START_S)
                until(lambda: "401" in (getattr(report(bus, "yard"), "error", "")), "the refusal")
                seen = [traces(run.pid)]
                camera.kill()
                until(lambda: phase("hall") is CameraPhase.WAITING, "the loss")
                seen.append(traces(run.pid))
                camera.start()
                finished = bus.source("hall").finished_seq
                until(lambda: bus.source("hall").finished_seq > finished + 5, "pictures again")
                seen.append(traces(run.pid))
            seen.append(leaks.gather(logs=[folder]))
    for secret in (SECRET, _WRONG):
        assert [place for at in seen for place in leaks.found(secret, at)] == []
    assert any("ingest" in place for place in seen[0])
    assert b"rtsp://***@127.0.0.1" in b"".join(seen[-1].values())


def test_a_probe_shows_no_password_whether_it_works_or_not() -> None:
    require()
    with RtspServer(user="user", password=SECRET) as camera:
        for url in (camera.url(), camera.url(password=_WRONG), camera.url() + "/nowhere"):
            done = CliRunner().invoke(app, ["camera", "probe", url, "--seconds", "0.5"])
            traces = {"stdout": done.stdout_bytes, "stderr": done.stderr_bytes or b""}
            assert leaks.found(SECRET, traces) + leaks.found(_WRONG, traces) == []
            assert done.exit_code == (0 if url == camera.url() else 1)
