"""A server with a configuration file of ours."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_START_S = 10.0
_POLL_S = 0.01


@contextmanager
def serving(binary: Path, config: Path, folder: Path) -> Iterator[Path]:
    """Run the server on a socket in `folder`, with its data there; yields the socket.

    Raises:
        RuntimeError: it refused the file, or did not come up.
    """
    socket, log = folder / "server.sock", folder / "server.log"
    places = ["--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--logfile", str(log)]
    with subprocess.Popen([str(binary), str(config), *places], stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline_s = time.monotonic() + _START_S
            while not socket.exists():
                if process.poll() is not None or time.monotonic() > deadline_s:
                    process.kill()
                    raise RuntimeError(f"the server did not start: {process.communicate()[1]}")
                time.sleep(_POLL_S)
            yield socket
        finally:
            process.terminate()
