"""An HTTP server for whatever a camera or a villain may send."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Page:
    """What is sent for one path, piece by piece; how long it is stands in the headers or nowhere."""

    content: str
    pieces: Callable[[], Iterable[bytes]]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def page(content: str, body: bytes) -> Page:
    """Something with an end."""
    return Page(content, lambda: (body,), headers={"Content-Length": str(len(body))})


def stream(content: str, body: bytes) -> Page:
    """Something that could go on, but for the connection."""
    return Page(content, lambda: (body,))


@contextmanager
def serving(pages: Mapping[str, Page]) -> Iterator[str]:
    """Serve pages by their paths; gives the address of `/`, without the slash."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = pages.get(self.path)
            if asked is None:
                self.send_error(404)
                return
            self.send_response(asked.status)
            self.send_header("Content-Type", asked.content)
            for name, value in asked.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # whoever looked has gone
                for piece in asked.pieces():
                    self.wfile.write(piece)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5.0)
