"""Recorded tracks of one clip: what the rule stage got of it, so that rules can be scored in seconds.

A file `NAME.ktr` is a row of MessagePack binaries (0xC6, a big-endian length of four bytes, the content), so
that any MessagePack library can walk through it. The content of the first is the header, a map; that of each
further one a `Frame` of the stream `tracks`, as on the bus but without its trace and picture, in the order
of their `seq`. A file is written whole under another name and then renamed: one that is there is complete,
and its header tells how many frames it has, and their checksum. Limits: 1 MB a frame, `MOST_FRAMES`,
`MOST_BYTES`.
"""

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec

from services.evaluate.errors import EvaluationError
from shared.messages import MAX_MESSAGE_BYTES, Frame, decode, encode

SUFFIX = ".ktr"
MOST_FRAMES = 1_000_000
MOST_BYTES = 4 * 2**30

_FORMAT = "kinestream tracks"
_VERSION = 1
_HEAD_BYTES = 5
_BINARY = b"\xc6"
_MOST_HEADER_BYTES = 65_536


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording is of, and by which chain.

    Attributes:
        clip: its path below the folder of clips.
        sha256: of the clip's file.
        chain: the options that decide what tracks there are, by their names in the configuration.
        code: fingerprint of the code that made them.
        software: version of Kinestream.
        frames: how many follow.
        crc32: of all their contents, one after the other.
    """

    format: str = _FORMAT
    version: int = _VERSION
    clip: str
    sha256: str
    chain: dict[str, str]
    code: str
    software: str
    frames: Annotated[int, msgspec.Meta(ge=0, le=MOST_FRAMES)]
    crc32: int


_header_decoder = msgspec.msgpack.Decoder(Header)


def path_of(folder: Path, clip: str) -> Path:
    """Where a folder keeps the recording of a clip."""
    return folder / f"{clip}{SUFFIX}"


def stripped(frame: Frame) -> Frame:
    """A frame without what is another at each run: wall-clock traces and the place of its picture."""
    return msgspec.structs.replace(frame, trace=(), frame_id="")


def write_recording(path: Path, origin: Header, frames: Sequence[Frame]) -> None:
    """Write a recording; `origin`'s count and checksum are filled in.

    Raises:
        EvaluationError: it cannot be written, or is too large.
    """
    contents = [encode(stripped(frame)) for frame in sorted(frames, key=lambda frame: frame.seq)]
    size = sum(len(content) + _HEAD_BYTES for content in contents)
    if len(contents) > MOST_FRAMES or size > MOST_BYTES:
        raise EvaluationError(
            f"{path}: {len(contents)} frames of {size / 1e6:.0f} MB are too much: cut the clip"
        )
    crc = 0
    for content in contents:
        crc = zlib.crc32(content, crc)
    header = msgspec.structs.replace(origin, frames=len(contents), crc32=crc)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, (msgspec.msgpack.encode(header), *contents))
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror}") from None


def _write(path: Path, contents: Iterable[bytes]) -> None:
    """All of it, or nothing."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            for content in contents:
                file.write(record_of(content))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def record_of(content: bytes) -> bytes:
    """One MessagePack binary."""
    return _BINARY + len(content).to_bytes(4, "big") + content


def read_header(path: Path) -> Header:
    """What a recording is of.

    Raises:
        EvaluationError: there is none, or this version does not read it.
    """
    with _opened(path) as file:
        return _header(path, file)


def read_recording(path: Path) -> tuple[Header, tuple[Frame, ...]]:
    """A recording and its frames.

    Raises:
        EvaluationError: there is none, it is damaged, or this version does not read it.
    """
    with _opened(path) as file:
        header = _header(path, file)
        crc, frames = 0, []
        for content in records_in(file, MAX_MESSAGE_BYTES):
            crc = zlib.crc32(content, crc)
            frames.append(_frame(path, content))
    if len(frames) != header.frames or crc != header.crc32:
        raise EvaluationError(f"{path} is damaged: remove it and record the clip again")
    return header, tuple(frames)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}; record it with --record") from None


def _header(path: Path, file: BinaryIO) -> Header:
    foreign = EvaluationError(f"{path} holds no recorded tracks: make them with --record")
    try:
        header = _header_decoder.decode(next(records_in(file, _MOST_HEADER_BYTES), b""))
    except msgspec.MsgspecError:
        raise foreign from None
    if header.format != _FORMAT:
        raise foreign
    if header.version != _VERSION:
        raise EvaluationError(
            f"{path} has version {header.version}, this program reads {_VERSION}: record the clip again"
        )
    return header


def records_in(file: BinaryIO, most: int) -> Iterator[bytes]:
    """The contents of whole records from here on, each of up to `most` bytes; the file stays behind the last.

    What follows, if anything does, is damaged or was cut off.
    """
    while True:
        start = file.tell()
        head = file.read(_HEAD_BYTES)
        size = int.from_bytes(head[1:], "big")
        fits = len(head) == _HEAD_BYTES and head[:1] == _BINARY and 0 < size <= most
        content = file.read(size) if fits else b""
        if not fits or len(content) != size:
            file.seek(start)
            return
        yield content


def _frame(path: Path, content: bytes) -> Frame:
    try:
        message = decode(content)
    except ValueError:
        raise EvaluationError(f"{path} is damaged: remove it and record the clip again") from None
    if not isinstance(message, Frame):
        raise EvaluationError(f"{path} holds something else than frames: record the clip again")
    return message
