"""Recorded frames in one file, that a crash leaves readable up to its last whole frame.

The file is a row of MessagePack binaries (0xC6, a big-endian length of four bytes, the content), so that
any MessagePack library can walk through it. The content of the first is the header, an array `["kinestream
recording", version, camera, started_us]`; that of each further one is a frame, an array `[pts_us,
captured_us, crc32, jpeg]`. It is only ever appended to, each record by one write. What follows the last
whole record was cut off when the writer died, or is what a file system made of it.
"""

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from services.ingest.reading.capture import SourceError

MOST_JPEG_BYTES = 16 * 2**20
_NAME = "kinestream recording"
_VERSION = 1
_HEAD_BYTES = 5
_BINARY = 0xC6
_FRAME_BYTES = 64  # of a record beside its picture, at most
_MOST_RECORD_BYTES = MOST_JPEG_BYTES + _FRAME_BYTES


class Header(msgspec.Struct, frozen=True, array_like=True):
    """The first record: what was recorded, and when it began, in wall time."""

    name: str
    version: int
    camera: str
    started_us: int


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """One picture: its media time, when it was taken in wall time, and its JPEG bytes with their checksum."""

    pts_us: int
    captured_us: int | None
    crc32: int
    jpeg: bytes

    @property
    def whole(self) -> bool:
        """Whether the picture is the one that was recorded."""
        return zlib.crc32(self.jpeg) == self.crc32


_encoder = msgspec.msgpack.Encoder()
_header_decoder = msgspec.msgpack.Decoder(Header)
_frame_decoder = msgspec.msgpack.Decoder(Frame)


class Recorder:
    """Writes a recording, never more than `max_bytes`.

    A record that was written survives the death of the process; that of the machine, once it is on the disk,
    which `close` waits for.

    Args:
        path: a file that does not exist yet.
        camera: whose pictures they are.
        started_us: wall time.
        max_bytes: largest size of the file.

    Raises:
        SourceError: the file exists already, or cannot be made.
    """

    def __init__(self, path: Path, camera: str, started_us: int, max_bytes: int) -> None:
        self._path = path
        self._most = max_bytes
        self._size = 0
        self._last_us: int | None = None
        try:
            self._file = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600
            )
        except FileExistsError:
            raise SourceError(f"{path} exists already: name another file, or remove it") from None
        except OSError as error:
            raise SourceError(f"cannot make {path}: {error.strerror}") from None
        try:
            if not self._append(_encoder.encode(Header(_NAME, _VERSION, camera, started_us))):
                raise SourceError(f"{path}: {max_bytes} bytes are too few for a recording")
        except SourceError:
            os.close(self._file)
            raise

    @property
    def size_bytes(self) -> int:
        """Size of the file."""
        return self._size

    def write(self, pts_us: int, captured_us: int | None, jpeg: bytes) -> bool:
        """Append a picture; False, and nothing is written, where the file would become too large.

        Args:
            pts_us: media time, later than that of the picture before.
            captured_us: wall time at which it was taken, where that is known.
            jpeg: at most `MOST_JPEG_BYTES`.

        Raises:
            ValueError: media time does not increase, or the picture is too large.
            SourceError: it cannot be written, for the disk is full.
        """
        if self._last_us is not None and pts_us <= self._last_us:
            raise ValueError(f"media time {pts_us} us is not after {self._last_us} us")
        if not 0 < len(jpeg) <= MOST_JPEG_BYTES:
            raise ValueError(f"a picture of {len(jpeg)} bytes: 1 to {MOST_JPEG_BYTES} can be recorded")
        if not self._append(_encoder.encode(Frame(pts_us, captured_us, zlib.crc32(jpeg), jpeg))):
            return False
        self._last_us = pts_us
        return True

    def close(self) -> None:
        """Wait until all is on the disk, and let go of the file."""
        if self._file >= 0:
            file, self._file = self._file, -1
            try:
                os.fsync(file)
            finally:
                os.close(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, content: bytes) -> bool:
        record = bytes([_BINARY]) + len(content).to_bytes(4, "big") + content
        if self._size + len(record) > self._most:
            return False
        try:
            written = os.write(self._file, record)
            if written < len(record):  # the disk is nearly full: what follows would be behind half a record
                os.ftruncate(self._file, self._size)
                raise SourceError(f"cannot write {self._path}: no space left")
        except OSError as error:
            raise SourceError(f"cannot write {self._path}: {error.strerror}") from None
        self._size += len(record)
        return True


class Recording:
    """Reads a recording, which may still be written to: what is there when it is read.

    Raises:
        SourceError: no such file, or it is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise SourceError(f"cannot read {path}: {error.strerror}") from None
        try:
            content = self._content()
            self.header = _header_decoder.decode(content or b"")
        except (msgspec.DecodeError, OSError):
            self._file.close()
            raise SourceError(f"{path} is not a recording of Kinestream") from None
        if self.header.name != _NAME or self.header.version != _VERSION:
            self._file.close()
            raise SourceError(f"{path} is not a recording of Kinestream that this version reads")
        self.start = self._file.tell()
        self.cut = False

    def frames(self, start: int) -> Iterator[tuple[int, Frame | None]]:
        """Frames from a place in the file on, each with the place behind it; none for one that is damaged.

        Args:
            start: `self.start`, or a place that came with a frame.

        Raises:
            SourceError: the disk cannot be read.
        """
        try:
            self._file.seek(start)
            while (content := self._content()) is not None:
                yield self._file.tell(), _frame(content)
            self.cut = self._file.read(1) != b"" or self.cut
        except OSError as error:
            raise SourceError(f"cannot read {self._path}: {error.strerror}") from None

    def close(self) -> None:
        self._file.close()

    def _content(self) -> bytes | None:
        """The next record's content; none, and the place stays, where no whole record follows."""
        start = self._file.tell()
        head = self._file.read(_HEAD_BYTES)
        size = int.from_bytes(head[1:], "big")
        if len(head) == _HEAD_BYTES and head[0] == _BINARY and size <= _MOST_RECORD_BYTES:
            content = self._file.read(size)
            if len(content) == size:
                return content
        self._file.seek(start)
        return None


def _frame(content: bytes) -> Frame | None:
    try:
        frame = _frame_decoder.decode(content)
    except msgspec.DecodeError:
        return None
    return frame if frame.whole else None
