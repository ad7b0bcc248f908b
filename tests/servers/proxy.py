"""A TCP proxy between a camera and its reader, which does to the connection what networks do.

with Proxy(server.port) as proxy:
    source = server.url(port=proxy.port)
    proxy.stall()
"""

import random
import socket
import struct
import threading
from contextlib import suppress
from typing import Self

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST
_CHUNK = 4096
_CONNECT_S = 2.0
_END_S = 5.0


class _Link:
    """One connection through the proxy: a thread for each direction."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.broken = False  # by `reset`: what it wakes closes nothing in an orderly way

    def reset(self) -> None:
        """End both sides as a broken line does."""
        self.broken = True
        for end in (self.client, self.server):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            _end(end, socket.SHUT_RD)

    def forget_server(self) -> None:
        _end(self.server)


class Proxy:
    """Forwards connections to a port of this machine until it is told to do harm; harm is for all of them.

    Args:
        target: the port behind it.
        seed: of the garbage.
    """

    def __init__(self, target: int, seed: int = 0) -> None:
        self._target = target
        self._drawn = random.Random(seed)
        self._flows = threading.Event()
        self._flows.set()
        self._closing = threading.Event()
        self._garbage = 0  # bytes to spoil yet
        self._bytes_a_second = 0.0
        self._refuses = False
        self._half_open = False
        self._links: list[_Link] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0

    def cut(self) -> None:
        """Reset every connection; new ones are welcome."""
        for link in self._links:
            link.reset()
        self._links = []

    def stall(self) -> None:
        """Nothing passes any more, and nothing is closed; new connections are accepted and hang, too."""
        self._flows.clear()

    def flow(self) -> None:
        """All is well again."""
        self._refuses = self._half_open = False
        self._bytes_a_second = 0.0
        self._flows.set()

    def garbage(self, count: int) -> None:
        """Spoil the next `count` bytes on their way to the reader."""
        self._garbage = count

    def slow(self, bytes_a_second: float) -> None:
        """Let so little through on its way to the reader."""
        self._bytes_a_second = bytes_a_second

    def refuse(self) -> None:
        """Reset every connection, new ones at once."""
        self._refuses = True
        self.cut()

    def half_open(self) -> None:
        """The camera is gone, and nobody tells the reader; new connections find nobody."""
        self._half_open = self._refuses = True
        for link in self._links:
            link.forget_server()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                server = socket.create_connection(("127.0.0.1", self._target), _CONNECT_S)
                server.settimeout(None)
            except OSError:
                _end(client)
                continue
            link = _Link(client, server)
            if self._refuses:
                link.reset()
                continue
            self._links.append(link)
            self._start(self._pump, link, True)
            self._start(self._pump, link, False)

    def _pump(self, link: _Link, to_reader: bool) -> None:
        source, sink = (link.server, link.client) if to_reader else (link.client, link.server)
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                self._flows.wait()
                if to_reader:
                    data = self._spoiled(data)
                    if self._bytes_a_second:
                        self._closing.wait(len(data) / self._bytes_a_second)
                sink.sendall(data)
        if not (self._half_open or link.broken):
            _end(sink)

    def _spoiled(self, data: bytes) -> bytes:
        count = min(self._garbage, len(data))
        self._garbage -= count
        return self._drawn.randbytes(count) + data[count:]

    def _start(self, body: object, *arguments: object) -> None:
        assert callable(body)
        thread = threading.Thread(target=body, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._half_open = False
        self._flows.set()
        _end(self._listener)
        self.cut()
        for thread in self._threads:
            thread.join(_END_S)


def _end(end: socket.socket, shut: int = socket.SHUT_RDWR) -> None:
    """Close; shutting it for reading, which sends nothing, wakes the thread that reads from it."""
    with suppress(OSError):
        end.shutdown(shut)
    end.close()
