"""A camera that speaks MJPEG over HTTP, with the troubles that cameras have."""

import contextlib
import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np

BOUNDARY = "frame"


class MjpegCamera:
    """Sends numbered pictures to everybody who asks; `watching` counts who does at present.

    `dies_after`: a connection ends after so many pictures; `mute`: nobody gets pictures.
    """

    def __init__(self, fps: float = 20.0) -> None:
        self.fps = fps
        self.dies_after: int | None = None
        self.mute = False
        self.connections = 0
        self.watching = 0
        self.most_watching = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        camera = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with camera._watched(), contextlib.suppress(OSError):
                    self.send_response(200)
                    self.send_header("Content-Type", f"multipart/x-mixed-replace;boundary={BOUNDARY}")
                    self.end_headers()
                    for data in camera._pictures():
                        head = (
                            f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                        )
                        self.wfile.write(head.encode() + data + b"\r\n")

            def log_message(self, *args: object) -> None:
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/video"

    def __enter__(self) -> "MjpegCamera":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        with self._lock:
            self.connections += 1
            self.watching += 1
            self.most_watching = max(self.most_watching, self.watching)
        try:
            yield
        finally:
            with self._lock:
                self.watching -= 1

    def _pictures(self) -> Iterator[bytes]:
        sent = 0
        while not self._closing.wait(1 / self.fps):
            if self.dies_after is not None and sent >= self.dies_after:
                return
            if not self.mute:
                sent += 1
                yield picture(time.time_ns())


def picture(seed: int) -> bytes:
    """A small picture unlike the others."""
    image = np.random.default_rng(seed).integers(0, 255, (6, 8, 3)).astype(np.uint8)
    large = cv2.resize(image, (96, 72), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", large)[1].tobytes()
