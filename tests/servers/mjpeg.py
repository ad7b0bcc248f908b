"""An HTTP camera that sends JPEG pictures one after the other (`multipart/x-mixed-replace`)."""

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import cv2
import numpy as np

from tests.servers.painting import Look, Room

_BOUNDARY = "picture"
_END_S = 5.0


class MjpegServer:
    """Runs while entered; its pictures carry numbers that `counting` reads.

    Args:
        user: who may look; empty: everybody.
        password: the user's.
        size: width and height in pixels.
        fps: pictures a second.
        lengths: whether each picture says how long it is; cheap cameras leave it out.
        port: 0: any.
    """

    def __init__(
        self,
        *,
        user: str = "",
        password: str = "",
        size: tuple[int, int] = (320, 240),
        fps: float = 15.0,
        lengths: bool = True,
        port: int = 0,
    ) -> None:
        self.look: Look = "moving"
        self.sending = True
        self.number = 0
        self._login = f"{user}:{password}" if user else ""
        self._fps = fps
        self._lengths = lengths
        self.change(size)
        self._generation = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{self._login + '@' if self._login else ''}127.0.0.1:{self.port}/video"

    def change(self, size: tuple[int, int]) -> None:
        """Pictures of another size from now on."""
        self._size = size
        self._room = Room(*size)

    def cut(self) -> None:
        """End all connections in the middle of a picture."""
        self._generation += 1

    def _jpeg(self) -> bytes:
        width, height = self._size
        planar = np.frombuffer(self._room.picture(self.number, self.look), np.uint8)
        done, data = cv2.imencode(".jpg", planar[: width * height].reshape(height, width))
        assert done
        return data.tobytes()

    def parts(self) -> Iterator[bytes]:
        """What is sent, piece by piece, each at its time; ends by a cut, in the middle of a picture."""
        generation, due_s = self._generation, time.monotonic()
        while True:
            due_s += 1 / self._fps
            time.sleep(max(0.0, due_s - time.monotonic()))
            self.number += self.look != "frozen"
            if not self.sending:
                continue
            jpeg = self._jpeg()
            length = f"Content-Length: {len(jpeg)}\r\n" if self._lengths else ""
            part = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode() + jpeg + b"\r\n"
            if generation != self._generation:
                yield part[: len(part) // 2]
                return
            yield part

    def allowed(self, authorization: str | None) -> bool:
        expected = f"Basic {base64.b64encode(self._login.encode()).decode()}"
        return not self._login or authorization == expected

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if not camera.allowed(self.headers["Authorization"]):
                    self.send_response(HTTPStatus.UNAUTHORIZED)
                    self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                    self.end_headers()
                    return
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
                self.end_headers()
                with suppress(OSError):
                    for part in camera.parts():
                        self.wfile.write(part)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                pass

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_END_S)
