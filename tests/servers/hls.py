"""An HLS camera: ffmpeg cuts segments, an HTTP server hands them out."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.servers.publishing import Publisher, to_hls
from tests.servers.waiting import until

_END_S = 5.0


@dataclass(frozen=True)
class HlsServer:
    """What a test commands: the publisher behind the segments, and where they are."""

    publisher: Publisher
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/live.m3u8"


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@contextmanager
def serving_hls(folder: Path) -> Iterator[HlsServer]:
    """Publish into `folder` and serve it, from the first complete playlist on."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        with Publisher(to_hls(folder)) as publisher:
            until((folder / "live.m3u8").exists, "a playlist")
            yield HlsServer(publisher, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_END_S)
