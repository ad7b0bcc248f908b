"""Live cameras, on the network or plugged in: pictures as they come; what was missed is gone."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import av
import msgspec

from services.ingest.reading.capture import Captured, SourceError, place_of
from services.ingest.reading.clock import CaptureClock, LiveClock
from services.ingest.reading.decoding import Decoder, VideoPacket
from services.ingest.reading.developing import Developer, Rate
from services.ingest.reading.segments import Evener
from shared.settings import Camera

_BARREN_S = 30.0  # cameras that save bits send a key picture every 10 s or so
# FFmpeg's side data of packets for which the sender told its clock: int64 us, int32 flags
_TOLD: Final = "prft"
_RATED = 10  # pictures, for the rate to be told


class LivePlace(msgspec.Struct, frozen=True, array_like=True, tag="live"):
    """The last picture that was handed out: how many there were, and its time on both clocks."""

    handed_out: int
    pts_us: int
    wall_us: int


@dataclass(frozen=True)
class Clocks:
    """Wall time, and time that nobody sets, in microseconds."""

    wall_us: Callable[[], int] = lambda: time.time_ns() // 1000
    steady_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000


@dataclass(frozen=True)
class _Arrival:
    """When a packet came, on both clocks, and what the camera's own clock showed."""

    wall_us: int
    steady_us: int
    camera_us: int | None


class LiveReader:
    """Reads a stream that nobody can rewind; see `SourceReader`.

    Media time starts at 0. A reader that takes over goes on from the last picture's media time by the wall
    time that passed since, so that a gap in the pictures is a gap in media time.

    Pictures that are known to be damaged are counted and left out. The few after them that build on the
    damage are handed out: with one lost packet a second, to wait for the next key picture would be to see
    nothing.

    `close` may come from another thread. The container is let go of by whoever reads it: a wait for the
    network cannot be cut short, but ends with the read timeout. A driver that hangs never returns; only the
    end of the process ends that.

    Args:
        camera: end, rate, and what is done to pictures.
        position: of the last picture that an earlier reader handed out.
        decoder: the opened stream, nothing read yet; closed with the reader.
        clocks: what time it is.
    """

    def __init__(
        self, camera: Camera, position: bytes | None, decoder: Decoder, clocks: Clocks | None = None
    ) -> None:
        self.live = True
        self.endless = True
        self.corrupt = 0
        self.end_reason = "end of stream"
        self._camera = camera
        self._place = place_of(position, LivePlace)
        self.pts_us = 0 if self._place is None else self._place.pts_us
        self._developer = Developer(camera)
        self._rate = Rate(camera.fps, None if self._place is None else self._place.pts_us)
        self._decoder = decoder
        self._clocks = clocks or Clocks()
        self._media = LiveClock(decoder.time_base, stamped=not decoder.unstamped)
        self._taken = CaptureClock()
        self._evener = Evener(lambda: self._clocks.steady_us() / 1e6) if decoder.in_segments else None
        self._keyed = decoder.intra_only
        self._arrival = _Arrival(self._clocks.wall_us(), self._clocks.steady_us(), None)
        self._good_us = self._arrival.steady_us
        self._seen = _Seen()
        self._closing = threading.Event()
        self._inside = threading.Lock()  # held while FFmpeg works

    @property
    def stream(self) -> str:
        times = f"media time by {self._media.name}, capture time by {self._taken.name}"
        return ", ".join((self._decoder.codec, *self._seen.words(), self._decoder.decoder, times))

    def __iter__(self) -> Iterator[Captured]:
        """Pictures as they come.

        Raises:
            SourceError: the connection is lost, or the crop does not fit.
        """
        limit = self._camera.max_frames
        handed_out = 0 if self._place is None else self._place.handed_out
        for frame, arrival, pts_us in self._timed() if handed_out != limit else ():
            if not self._rate.wants(pts_us):
                continue
            handed_out += 1
            image = self._developer.image(frame)
            self._hold_back(pts_us)
            self.pts_us = pts_us
            here = LivePlace(handed_out, pts_us, self._clocks.wall_us())
            taken_us = self._taken.at(arrival.camera_us, arrival.wall_us)
            yield Captured(image, pts_us, msgspec.msgpack.encode(here), taken_us)
            if handed_out == limit:
                break
        self.end_reason = f"stopped after {limit} frames"

    def close(self) -> None:
        self._closing.set()
        self._let_go()

    def _timed(self) -> Iterator[tuple[av.VideoFrame, _Arrival, int]]:
        """Good pictures, when each came, and its media time."""
        gap_us: int | None = None
        for frame in self._good():
            gap_us = self._gap_us() if gap_us is None else gap_us
            arrival = frame.opaque if isinstance(frame.opaque, _Arrival) else self._arrival
            pts_us = gap_us + self._media.at(frame.pts, arrival.steady_us)
            self._seen.add(frame, pts_us)
            yield frame, arrival, pts_us

    def _good(self) -> Iterator[av.VideoFrame]:
        pictures = self._decoder.pictures(self._admit)
        while True:
            frame = self._next(pictures)
            if frame is None or frame.is_corrupt:
                self.corrupt += 1
                continue
            yield frame
            self._good_us = self._clocks.steady_us()  # whoever took the picture took their time

    def _next(self, pictures: Iterator[av.VideoFrame | None]) -> av.VideoFrame | None:
        """The next picture; None: it could not be decoded.

        Raises:
            SourceError: no more will come.
        """
        name = self._decoder.name
        try:
            with self._inside:
                self._refuse_if_closed()
                frame = next(pictures)
        except StopIteration:
            raise SourceError(f"{name} stopped sending") from None
        except (av.error.FFmpegError, OSError) as error:
            self._refuse_if_closed()
            raise SourceError(f"lost {name}: {self._decoder.failure(error)}") from None
        finally:
            if self._closing.is_set():
                self._let_go()
        self._refuse_if_closed()
        return frame

    def _admit(self, packet: VideoPacket) -> bool:
        """Note when a packet came; before the first key picture nothing is decoded but grey.

        Raises:
            SourceError: for long there was no picture in what came.
        """
        wall_us, steady_us = self._clocks.wall_us(), self._clocks.steady_us()
        if steady_us - self._good_us > _BARREN_S * 1e6:
            raise SourceError(
                f"lost {self._decoder.name}: for {_BARREN_S:g} s it sent data without a picture that is whole"
            )
        self._keyed = self._keyed or packet.is_keyframe
        self._arrival = _Arrival(wall_us, steady_us, told_us(packet, self._decoder))
        packet.opaque = self._arrival
        return self._keyed

    def _hold_back(self, pts_us: int) -> None:
        """Wait until a picture is due that came with many others."""
        if self._evener is not None:
            self._closing.wait(self._evener.wait_s(pts_us))

    def _let_go(self) -> None:
        """Close the container, unless another thread reads from it: that one will."""
        if self._inside.acquire(blocking=False):
            try:
                self._decoder.close()
            finally:
                self._inside.release()

    def _refuse_if_closed(self) -> None:
        if self._closing.is_set():
            raise SourceError(f"{self._decoder.name} was closed")

    def _gap_us(self) -> int:
        """Media time of the first picture."""
        if self._place is None:
            return 0
        passed_us = self._clocks.wall_us() - self._place.wall_us
        return self._place.pts_us + max(self._decoder.step_us, passed_us)


class _Seen:
    """What the pictures were like so far."""

    def __init__(self) -> None:
        self._size = ""
        self._count = 0
        self._first_us = self._last_us = 0

    def add(self, frame: av.VideoFrame, pts_us: int) -> None:
        size = f"{frame.width}x{frame.height}"
        if size != self._size or self._count == 0:
            self._size, self._count, self._first_us = size, 0, pts_us
        self._count += 1
        self._last_us = pts_us

    def words(self) -> tuple[str, ...]:
        """Size and rate, as far as they are known."""
        if self._count <= _RATED:
            return (self._size,) if self._size else ()
        rate = (self._count - 1) * 1e6 / (self._last_us - self._first_us)
        return self._size, f"{rate:.1f} pictures/s"


def told_us(packet: VideoPacket, decoder: Decoder) -> int | None:
    """Wall time that the sender's clock showed when the picture was taken, where it told."""
    if decoder.wall_stamped:
        return None if packet.pts is None else round(packet.pts * decoder.time_base * 1_000_000)
    if not packet.has_sidedata(_TOLD):
        return None
    return int.from_bytes(bytes(packet.get_sidedata(_TOLD))[:8], sys.byteorder, signed=True)
