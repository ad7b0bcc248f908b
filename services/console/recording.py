"""Copies the pictures that the stages get of a running camera into a file that `replay://` plays."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.console.errors import BadInputError, FailedError
from services.console.interrupts import Interrupts
from services.ingest.recording import Recorder
from shared.bus.frames import REFERENCE, FrameStore, encode_jpeg
from shared.bus.redis_transport import RedisTransport
from shared.bus.stores import open_written
from shared.bus.topology import CHAIN
from shared.bus.transport import Entry
from shared.messages import End, Frame, decode
from shared.settings import Frames

_FIRST_S = 15.0  # a camera that gives no picture for so long gives none
_SLACK_S = 10.0  # beyond the wanted time: the camera stalls
_WAIT_MS = 200
_PAGE = 32
_QUALITY = 90

Progress = Callable[[float, int], None]  # seconds of media time so far, bytes


@dataclass(frozen=True)
class Order:
    """What to record: `seconds` of media time, never more than `max_bytes`."""

    camera: str
    path: Path
    seconds: float
    max_bytes: int


@dataclass(frozen=True)
class Recorded:
    """What came of it, and why it ended."""

    pictures: int
    lost: int  # gone before they could be copied
    seconds: float
    size_bytes: int
    reason: str


def record(
    bus: RedisTransport, frames: Frames, order: Order, interrupts: Interrupts, progress: Progress
) -> Recorded:
    """Record until there is enough, the camera ends, or Ctrl-C.

    Raises:
        BadInputError: there is no such camera, or the file exists.
        FailedError: the camera has ended, or no picture came.
        SourceError: the disk is full.
        TransportError: the server is away.
    """
    known = bus.overview().sources
    if order.camera not in known:
        there = f"there are {', '.join(sorted(known))}" if known else "none has begun yet"
        raise BadInputError(f"no camera is called {order.camera}: {there}")
    if known[order.camera].ended:
        raise FailedError(f"nothing was recorded: the camera {order.camera} has ended")
    if order.path.exists():
        raise BadInputError(f"{order.path} exists already: name another file, or remove it")
    copy = _Copy(order, frames, progress)
    try:
        reason = copy.follow(bus, interrupts)
        return copy.result(reason)
    finally:
        copy.close()


class _Copy:
    """The file that grows."""

    def __init__(self, order: Order, frames: Frames, progress: Progress) -> None:
        self._order = order
        self._frames = frames
        self._progress = progress
        self._store: FrameStore | None = None
        self._recorder: Recorder | None = None
        self._run = 0
        self._first_us = self._last_us = 0
        self._pictures = self._lost = 0

    @property
    def _seconds(self) -> float:
        return (self._last_us - self._first_us) / 1e6

    def follow(self, bus: RedisTransport, interrupts: Interrupts) -> str:
        """Copy pictures as they come; why it ended."""
        began_s = time.monotonic()
        for entries in _pages(bus, self._order.camera):
            for entry in entries:
                reason = self._take(entry)
                if reason:
                    return reason
            if interrupts.count:
                return "interrupted"
            waited_s = time.monotonic() - began_s
            if self._pictures == 0 and waited_s > _FIRST_S:
                return "no picture came"
            if waited_s > self._order.seconds + _FIRST_S + _SLACK_S:
                return "the camera sends no more"
        raise AssertionError("pages never end")

    def result(self, reason: str) -> Recorded:
        """What there is.

        Raises:
            FailedError: nothing.
        """
        if self._recorder is None:
            raise FailedError(
                f"nothing was recorded: {reason}; `kinestream status` tells how the camera stands"
            )
        return Recorded(self._pictures, self._lost, self._seconds, self._recorder.size_bytes, reason)

    def close(self) -> None:
        if self._recorder is not None:
            self._recorder.close()

    def _take(self, entry: Entry) -> str:
        """Copy one picture; why nothing more is to come, or nothing."""
        try:
            message = decode(entry.data)
            if isinstance(message, End):
                return f"the camera has ended: {message.reason}"
            if not isinstance(message, Frame) or not entry.picture:
                return ""
            if self._recorder is not None and message.run != self._run:
                return "the camera was begun anew"
            jpeg = self._jpeg(entry.picture)
        except ValueError:  # an unreadable message, or a picture that is no longer kept
            self._lost += 1
            return ""
        return self._keep(message, jpeg)

    def _keep(self, message: Frame, jpeg: bytes) -> str:
        if self._recorder is None:
            self._recorder = Recorder(
                self._order.path, message.camera, message.captured_us, self._order.max_bytes
            )
            self._run, self._first_us = message.run, message.pts_us
        if not self._recorder.write(message.pts_us, message.captured_us, jpeg):
            return "the file has its largest size"
        self._pictures += 1
        self._last_us = message.pts_us
        self._progress(self._seconds, self._recorder.size_bytes)
        return "all of it" if self._seconds >= self._order.seconds else ""

    def _jpeg(self, body: bytes) -> bytes:
        if not body.startswith(REFERENCE):
            return body
        if self._store is None:
            self._store = open_written(self._frames, body)
        return encode_jpeg(self._store.get(body).bgr(), _QUALITY)


def _pages(bus: RedisTransport, camera: str) -> Iterator[list[Entry]]:
    """The camera's new entries of the frames stream, in order; an empty page where none came for a while.

    A configuration may have put the camera into any partition: the first entry of it tells which.
    """
    now = f"{bus.now_ms() - 1}-0"
    cursors = dict.fromkeys(range(bus.partitions), now)
    while True:
        batch = bus.read(CHAIN[0].stage, cursors, count=_PAGE, block_ms=_WAIT_MS)
        mine: list[Entry] = []
        for partition, entries in batch.entries.items():
            cursors[partition] = entries[-1].id if entries else cursors[partition]
            found = [entry for entry in entries if entry.header and entry.header.camera == camera]
            if found:
                mine, cursors = found, {partition: cursors[partition]}
                break
        yield mine
