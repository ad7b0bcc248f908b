"""What worker, nursery and players say to each other: MessagePack behind a length, over socket pairs."""

import select
import socket
import struct
from collections import deque
from typing import Any

import msgspec

MAX_BYTES = 1_000_000  # of one message: a camera's settings take a few thousand
_LENGTH = struct.Struct("<I")
_READ_BYTES = 65_536
_MOST_DESCRIPTORS = 16  # in one read


class Fork(msgspec.Struct, frozen=True, tag=True):
    """To the nursery, with the descriptor of the player's socket: make a player.

    `rendered`: its source is a scene, whose renderer is large and better loaded once for all.
    """

    player: int
    rendered: bool = False


class Kill(msgspec.Struct, frozen=True, tag=True):
    """To the nursery: end this player at once."""

    player: int


class Forked(msgspec.Struct, frozen=True, tag=True):
    """From the nursery: the player lives."""

    player: int
    pid: int


class Gone(msgspec.Struct, frozen=True, tag=True):
    """From the nursery: the player has ended, with this exit code (negative: the signal that killed it)."""

    player: int
    status: int


class Task(msgspec.Struct, frozen=True, tag=True):
    """To a player: what to do. The sections of the settings are mappings that `shared.settings` understands.

    `farewell`: publish nothing but the end of the camera's run, for this reason.
    """

    camera: dict[str, Any]
    bus: dict[str, Any]
    ingest: dict[str, Any]
    health: dict[str, Any]
    frames: dict[str, Any]
    farewell: str = ""


class Token(msgspec.Struct, frozen=True, tag=True):
    """To a player: your worker lives, and the camera is still its own."""


class Leave(msgspec.Struct, frozen=True, tag=True):
    """To a player: finish the picture in hand, let go of the camera and end."""


class Beat(msgspec.Struct, frozen=True, tag=True):
    """From a player: it lives. Counts are since its start.

    `overdue_s` is how long one of its parts has been silent beyond what it may be; `frame_age_s` how long ago
    the last picture came (None: none did).
    """

    playing: bool
    overdue_s: float
    published: int
    dropped: dict[str, int]
    reconnects: int
    frame_age_s: float | None


Message = Fork | Kill | Forked | Gone | Task | Token | Leave | Beat

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


class ClosedError(Exception):
    """The other end is gone."""


class Channel:
    """One end of a stream socket; nothing here waits but `wait`.

    A peer that does not read makes what is sent wait here; it is never cut in the middle. `descriptors` are
    those that came with messages, in order; whoever takes one closes it.
    """

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self.descriptors: deque[int] = deque()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: Message) -> None:
        """Hand over a message; nothing where the other end is gone."""
        data = _encoder.encode(message)
        self._outgoing += _LENGTH.pack(len(data)) + data
        self.flush()

    def offer(self, message: Message) -> None:
        """Hand over a message that the next one makes worthless: not to somebody who does not read."""
        self.flush()
        if not self._outgoing:
            self.send(message)

    def send_with(self, message: Message, descriptor: int) -> None:
        """Hand over a message and a copy of the descriptor.

        Raises:
            ClosedError: the other end is gone, or has read nothing for long.
        """
        self.flush()
        data = _encoder.encode(message)
        whole = _LENGTH.pack(len(data)) + data
        try:
            sent = socket.send_fds(self._socket, [whole], [descriptor]) if not self._outgoing else 0
        except OSError as error:
            raise ClosedError(str(error)) from None
        if not sent:
            raise ClosedError("it does not read")
        self._outgoing += whole[sent:]

    def flush(self) -> None:
        """Send on what waits, as far as the other end takes it."""
        try:
            while self._outgoing:
                del self._outgoing[: self._socket.send(self._outgoing)]
        except BlockingIOError:
            return
        except OSError:
            self._outgoing.clear()  # whoever receives from here is told

    def receive(self) -> list[Message]:
        """All whole messages that have come.

        Raises:
            ClosedError: the other end is gone, or says what is no message.
        """
        try:
            while self._read():
                pass
        except OSError as error:
            raise ClosedError(str(error)) from None
        messages = self._taken()
        if not messages and self._ended:
            raise ClosedError("it has closed")
        return messages

    def wait(self, timeout_s: float) -> bool:
        """Whether something came, the end included, within this time."""
        return bool(select.select([self._socket], [], [], timeout_s)[0])

    def close(self) -> None:
        self._socket.close()

    _ended = False

    def _read(self) -> bool:
        """Whether there may be more."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, _READ_BYTES, _MOST_DESCRIPTORS)
        except BlockingIOError:
            return False
        self.descriptors += descriptors
        self._incoming += data
        self._ended = self._ended or not data
        return bool(data)

    def _taken(self) -> list[Message]:
        messages: list[Message] = []
        start = 0
        while len(self._incoming) - start >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._incoming, start)
            if size > MAX_BYTES:
                raise ClosedError(f"it sends a message of {size} bytes")
            end = start + _LENGTH.size + size
            if len(self._incoming) < end:
                break
            messages.append(_decoded(self._incoming[start + _LENGTH.size : end]))
            start = end
        del self._incoming[:start]
        return messages


def _decoded(data: bytearray) -> Message:
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise ClosedError(f"it sends what is no message: {error}") from None
