"""An RTSP camera for tests: Debian's gst-rtsp-server as a child process.

    with RtspServer(user="user", password=SECRET) as server:
        camera = Camera(name="hall", source=server.url())  # rtsp://user:s3cr3t-pass@127.0.0.1:PORT/camera
        server.picture("frozen")

x264 and x265 (GPL) are used by this test server only, never by Kinestream.
"""

import json
import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

import pytest

from tests.servers.painting import Look

SECRET = "s3cr3t-pass"

_ROOT = Path(__file__).parents[2]
_PYTHON = "/usr/bin/python3"  # Debian's, which sees the packages that apt installed
_ANSWER_S = 20.0
_IMPORTS = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer;"
    " Gst.init(None); assert all(map(Gst.ElementFactory.find, ('x264enc', 'rtph264pay', 'h264parse')))"
)


@cache
def missing() -> str | None:
    """Why there can be no RTSP server here; None where there can."""
    hint = "apt install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,bad,ugly}"
    if not Path(_PYTHON).exists():
        return f"no {_PYTHON}: {hint}"
    tried = subprocess.run([_PYTHON, "-c", _IMPORTS], capture_output=True, check=False)
    return f"no gst-rtsp-server for {_PYTHON}: {hint}" if tried.returncode else None


def require() -> None:
    """Skip the test where there can be no RTSP server."""
    reason = missing()
    if reason is not None:
        pytest.skip(reason)


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate signed by itself, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        f"/CN={name}",
    ]
    names = ["-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"]
    subprocess.run([*command, *names, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


class ServerError(RuntimeError):
    """The server did not start, or did not do what it was told."""


class RtspServer:
    """Runs from `start` (or `with`) to `stop`; can be killed and started again at the same port.

    Args:
        user: who may look; empty: everybody.
        password: the user's.
        auth: how the password is asked for.
        tls: a folder for a certificate; the camera then speaks rtsps.
        address: where it listens.
        within: a command to start it with, such as `ip netns exec NAME`.
        stream: changes of `STREAM`.
    """

    STREAM: Mapping[str, Any] = {
        "codec": "h264",
        "profile": "constrained-baseline",
        "key_every": 15,
        "kbps": 0,
        "width": 320,
        "height": 240,
        "fps": 15,
        "clip": "",
    }

    def __init__(
        self,
        *,
        user: str = "",
        password: str = "",
        auth: Literal["digest", "basic"] = "digest",
        tls: Path | None = None,
        address: str = "127.0.0.1",
        within: Sequence[str] = (),
        **stream: Any,
    ) -> None:
        certificate, key = make_certificate(tls) if tls is not None else ("", "")
        self._tls = tls is not None
        self._within = tuple(within)
        self._process: subprocess.Popen[str] | None = None
        self._options: dict[str, Any] = {
            "address": address,
            "port": 0,
            "user": user,
            "password": password,
            "auth": auth,
            "certificate": str(certificate),
            "key": str(key),
            "number": 0,
            "stream": {**self.STREAM, **stream},
        }
        self._ended_s = 0.0

    @property
    def port(self) -> int:
        """Chosen by the system at the first start, kept ever after."""
        return int(self._options["port"])

    @property
    def pid(self) -> int:
        return self._running.pid

    def url(self, *, password: str | None = None, port: int | None = None) -> str:
        """Where the camera is, with its user and password (or a wrong one); `port`: of a proxy before it."""
        user, known = self._options["user"], self._options["password"]
        who = f"{user}:{quote(known if password is None else password, safe='')}@" if user else ""
        return (
            f"{'rtsps' if self._tls else 'rtsp'}://{who}{self._options['address']}:{port or self.port}/camera"
        )

    def start(self) -> Self:
        """Start it and wait until it listens.

        Raises:
            ServerError: it does not come up.
        """
        if self._ended_s:
            missed = round((time.monotonic() - self._ended_s) * self._options["stream"]["fps"])
            self._options["number"] += missed
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "GST_REGISTRY_FORK": "no"}
        self._process = subprocess.Popen(
            [*self._within, _PYTHON, "-m", "tests.servers.rtsp_server"],
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        try:
            self._options["port"] = self._ask(self._options)["port"]
        except ServerError:
            self.kill()
            raise
        return self

    def kill(self) -> None:
        """End it at once; the kernel closes its connections. Pictures count on while it is dead."""
        with suppress(ServerError):
            self._options["number"] = self.number
            self._ended_s = time.monotonic()
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    stop = kill

    def picture(self, look: Look) -> int:
        """What is shown from now on; the number of the last picture."""
        return self._number({"do": "picture", "value": look})

    def send(self, sending: bool) -> int:
        """Whether pictures are sent; without them the connection stays open, and RTCP goes on."""
        return self._number({"do": "sending", "value": sending})

    def corrupt(self, pictures: int) -> int:
        """Damage the coded bytes of so many pictures from now on."""
        return self._number({"do": "corrupt", "value": pictures})

    def change(self, **stream: Any) -> int:
        """Other options of the stream, in the running session; another codec ends the connections."""
        return self._number({"do": "stream", **stream})

    def disconnect(self) -> int:
        """End all connections in good order."""
        return self._number({"do": "disconnect"})

    @property
    def number(self) -> int:
        """Of the last picture that was made."""
        return self._number({"do": "status"})

    @property
    def watched(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._ask({"do": "status"})["feeds"])

    @property
    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise ServerError("the RTSP server is not started")
        return self._process

    def _number(self, command: Mapping[str, Any]) -> int:
        return int(self._ask(command)["number"])

    def _ask(self, command: Mapping[str, Any]) -> dict[str, Any]:
        process = self._running
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(command) + "\n")
        except BrokenPipeError:
            raise ServerError(f"the RTSP server died: {process.poll()}") from None
        ready, _, _ = select.select([process.stdout], [], [], _ANSWER_S)
        line = process.stdout.readline() if ready else ""
        if not line:
            raise ServerError(f"the RTSP server does not answer: {process.poll()}")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise ServerError(reply["error"])
        return reply

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
