"""What the pictures of a source are like and what they cost, noted while they come."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeVar

import av
import numpy as np

from services.ingest.decoding import Decoder, VideoPacket
from services.ingest.looks import grey
from services.ingest.network import told_us
from shared.bus.frames import Image

_BURST_US = 1_000_000  # what a server hands out at once comes within this
_FEWEST = 5  # pictures, for their rate to be told
_B_PICTURE = 3  # Source: AV_PICTURE_TYPE_B in https://ffmpeg.org/doxygen/trunk/avutil_8h.html

Progress = Callable[[str, float], None]  # what is done, and the share of it that is done
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Stream:
    """What came. Sizes in pixels, times in seconds; None where it does not apply or nobody can know.

    `key_interval_s` is the longest time between key pictures (none where there were not two), `longest_gap_s`
    between any two pictures. `clock_offset_s` is the camera's clock less ours, network and encoder included.
    `cpu_ms` is the processor time for decoding and converting one picture. `brightness` and `contrast` are
    mean and standard deviation of the last picture's grey levels, 0 to 1.
    """

    codec: str | None
    profile: str | None
    width_px: int
    height_px: int
    pictures: int
    damaged: int
    looked_s: float
    nominal_fps: float | None
    measured_fps: float | None
    longest_gap_s: float | None
    key_interval_s: float | None
    bit_rate_kbps: float | None
    b_frames: bool | None
    opened_s: float
    first_picture_s: float
    clock_offset_s: float | None
    cpu_ms: float
    decoder: str | None
    brightness: float
    contrast: float
    live: bool

    @property
    def cameras_per_core(self) -> float | None:
        """How many such streams one core decodes, at their own rate."""
        if not self.measured_fps or not self.cpu_ms:
            return None
        return 1000 / (self.cpu_ms * self.measured_fps)


class Notes:
    """Collects until `over`: so many seconds of wall or of media time after the first picture."""

    def __init__(self, seconds: float, progress: Progress) -> None:
        self.picture: Image | None = None
        self.damaged = 0
        self.live = False
        self.keyed = False  # a key picture came: what is before it cannot be decoded
        self._seconds = seconds
        self._progress = progress
        self._started_s = time.monotonic()
        self._opened_s = self._first_s = 0.0
        self._size = (0, 0)
        self._b_frames: bool | None = None
        self._times_us: list[int] = []
        self._span_us: tuple[int, int] | None = None
        self._came_us: list[int] = []
        self._keys_us: list[int] = []
        self._packet_bytes: list[int] = []
        self._offsets_us: list[int] = []
        self._cpu_ns = 0

    @property
    def now_us(self) -> int:
        """Time since the look began."""
        return round((time.monotonic() - self._started_s) * 1_000_000)

    @property
    def over(self) -> bool:
        """Whether enough was seen."""
        return self._looked_s >= self._seconds or self._media_s >= self._seconds

    def opened(self) -> None:
        """The source is open; pictures come next."""
        self._opened_s = self.now_us / 1e6

    @contextmanager
    def cost(self) -> Iterator[None]:
        """What is done inside counts as the price of pictures."""
        started_ns = time.thread_time_ns()
        try:
            yield
        finally:
            self._cpu_ns += time.thread_time_ns() - started_ns

    def timed(self, items: Iterator[_Item]) -> Iterator[_Item]:
        """The items; what it takes to make them is counted."""
        while True:
            with self.cost():
                item = next(items, _END)
            if isinstance(item, _End):
                return
            yield item

    def admit(self, packet: VideoPacket, decoder: Decoder) -> bool:
        """Note a packet; whether it can be decoded."""
        self.keyed = self.keyed or packet.is_keyframe
        at_us = self.now_us if packet.pts is None else round(packet.pts * decoder.time_base * 1_000_000)
        if packet.is_keyframe:
            self._keys_us.append(at_us)
        self._packet_bytes.append(packet.size)
        told = told_us(packet, decoder)
        if told is not None:
            self._offsets_us.append(told - time.time_ns() // 1000)
        return self.keyed

    def decoded(self, frame: av.VideoFrame) -> None:
        """Note what only a decoded picture tells."""
        self._size = (frame.width, frame.height)
        self._b_frames = bool(self._b_frames) or frame.pict_type == _B_PICTURE

    def take(self, pts_us: int, image: Image) -> None:
        """Note a picture as it will be analysed."""
        if self.picture is None:
            self._first_s = self.now_us / 1e6
        self.picture = image
        first_us, last_us = self._span_us or (pts_us, pts_us)
        self._span_us = (min(first_us, pts_us), max(last_us, pts_us))
        self._times_us.append(pts_us)
        self._came_us.append(self.now_us)
        self._progress("looking", min(max(self._looked_s, self._media_s) / self._seconds, 1.0))

    def stream(self, decoder: Decoder | None) -> Stream:
        """What was seen; there was a picture."""
        assert self.picture is not None
        look = grey(self.picture)
        height_px, width_px = self.picture.shape[:2]
        gaps_us = [after - before for before, after in pairwise(sorted(self._times_us))]
        span_s = self._media_s
        packets = len(self._packet_bytes)
        return Stream(
            codec=decoder.codec if decoder else None,
            profile=decoder.profile if decoder else None,
            width_px=self._size[0] or width_px,
            height_px=self._size[1] or height_px,
            pictures=len(self._times_us),
            damaged=self.damaged,
            looked_s=self._looked_s,
            nominal_fps=decoder.nominal_fps if decoder else None,
            measured_fps=self._steady_fps() or (len(gaps_us) / span_s if span_s > 0 else None),
            longest_gap_s=max(gaps_us) / 1e6 if gaps_us else None,
            key_interval_s=max((b - a for a, b in pairwise(sorted(self._keys_us))), default=0) / 1e6 or None,
            bit_rate_kbps=_kbps(self._packet_bytes, span_s * packets / max(len(gaps_us), 1)),
            b_frames=self._b_frames,
            opened_s=self._opened_s,
            first_picture_s=self._first_s,
            clock_offset_s=median(self._offsets_us) / 1e6 if self._offsets_us else None,
            cpu_ms=self._cpu_ns / 1e6 / len(self._times_us),
            decoder=decoder.decoder if decoder else None,
            brightness=float(np.mean(look)) / 255,
            contrast=float(np.std(look)) / 255,
            live=self.live,
        )

    def _steady_fps(self) -> float | None:
        """The rate of arrival of a live stream, without what its server had kept for a start."""
        steady = [at for at in self._came_us if at - self._came_us[0] >= _BURST_US]
        if not self.live or len(steady) < _FEWEST:
            return None
        return (len(steady) - 1) * 1e6 / (steady[-1] - steady[0])

    @property
    def _looked_s(self) -> float:
        return self.now_us / 1e6 - self._first_s if self.picture is not None else 0.0

    @property
    def _media_s(self) -> float:
        return (self._span_us[1] - self._span_us[0]) / 1e6 if self._span_us else 0.0


class _End:
    pass


_END = _End()


def _kbps(sizes: list[int], seconds: float) -> float | None:
    return sum(sizes) * 8 / 1000 / seconds if sizes and seconds > 0 else None
