"""A wire between client and server that can swallow a reply."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.bus.connect import connect
from shared.bus.redis_transport import RedisTransport


class Wire:
    """A socket in front of the server; when told, it swallows one reply and hangs up."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.path = folder / "wire"
        self.swallow = False
        self._server = server
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(self._server))
            for source, sink, replies in ((near, far, False), (far, near, True)):
                thread = threading.Thread(target=self._carry, args=(source, sink, replies), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket, replies: bool) -> None:
        with source, sink:
            while data := self._receive(source):
                if replies and self.swallow:
                    self.swallow = False
                    break
                sink.sendall(data)
            for end in (source, sink):
                self._hang_up(end)

    @staticmethod
    def _receive(source: socket.socket) -> bytes:
        try:
            return source.recv(1 << 16)
        except OSError:
            return b""

    @staticmethod
    def _hang_up(end: socket.socket) -> None:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        self._hang_up(self._listener)
        self._listener.close()
        for thread in self._threads:
            thread.join()


@contextmanager
def wired(url: str, folder: Path) -> Iterator[tuple[RedisTransport, Wire]]:
    wire = Wire(folder, Path(url.removeprefix("unix://")))
    client = connect(f"unix://{wire.path}")
    try:
        yield RedisTransport(client, 1), wire
    finally:
        client.close()
        wire.close()
