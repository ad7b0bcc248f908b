"""Video files: every picture once, resumable at the exact picture."""

import logging
from collections.abc import Iterator
from fractions import Fraction

import av
import msgspec

from services.ingest.reading.capture import Captured, SourceError, place_of, redacted
from services.ingest.reading.decoding import Decoder
from services.ingest.reading.developing import Developer, Rate
from shared.settings import Camera

_CUT_SLACK_US = 500_000  # headers round, and count sound that outlasts the pictures

_log = logging.getLogger(__name__)


class Place(msgspec.Struct, frozen=True, array_like=True, tag="file"):
    """Where a reader stands: all that another one needs to go on with exactly the next picture.

    `handed_out` and `decoded` count pictures since the source began; `pts` and `origin` are time stamps of
    the container (of the last picture, and of media time 0). `counted` says that stamps were missing or went
    backwards, so that only counting from the beginning leads back here. `due_us` is the rate's.
    """

    handed_out: int
    decoded: int
    pts: int | None
    pts_us: int
    origin: int | None
    counted: bool
    due_us: float | None = None


class MediaClock:
    """Turns a container's time stamps into media time: microseconds that strictly increase.

    Media time 0 is the stream's first time stamp as the container states it, otherwise that of the first
    picture. A picture without a stamp, or with one that goes backwards, comes one nominal step after the
    last, and the stamps that follow count from there.
    """

    def __init__(
        self, time_base: Fraction, step_us: int, origin: int | None, last_us: int | None = None
    ) -> None:
        self._time_base_us = time_base * 1_000_000
        self._step_us = step_us
        self._last_us = last_us
        self.origin = origin
        self.counted = False

    def at(self, pts: int | None) -> int:
        """Media time of the next picture, in microseconds."""
        if pts is not None and (self.origin is None or (self._last_us is None and pts < self.origin)):
            self.origin = pts
        if pts is None or self.origin is None:
            media_us = self._amended(None)
        else:
            media_us = round((pts - self.origin) * self._time_base_us)
            if self._last_us is not None and media_us <= self._last_us:
                media_us = self._amended(pts)
        self._last_us = media_us
        return media_us

    def ticks(self, media_s: float) -> int | None:
        """The time stamp at or before a media time; None while the origin is unknown."""
        return None if self.origin is None else self.origin + int(media_s * 1_000_000 / self._time_base_us)

    @property
    def last_us(self) -> int | None:
        """Media time of the last picture."""
        return self._last_us

    def _amended(self, pts: int | None) -> int:
        self.counted = True
        media_us = 0 if self._last_us is None else self._last_us + self._step_us
        if pts is not None:
            self.origin = pts - round(media_us / self._time_base_us)
        return media_us


class FileReader:
    """Reads a file from `position`, or from the camera's start; see `SourceReader`.

    Args:
        camera: start, end and crop.
        position: of the last picture that an earlier reader handed out.
        decoder: the opened file, nothing read yet; closed with the reader.
    """

    def __init__(self, camera: Camera, position: bytes | None, decoder: Decoder) -> None:
        self.live = camera.real_time
        self.endless = False
        self.corrupt = 0
        self.end_reason = "end of file"
        self._camera = camera
        self._place = place_of(position, Place)
        self.pts_us = 0 if self._place is None else self._place.pts_us
        self._developer = Developer(camera)
        self._decoder = decoder
        place = self._place
        stamps_lead_back = place is not None and not place.counted
        self._clock = MediaClock(
            decoder.time_base,
            decoder.step_us,
            place.origin if place is not None and stamps_lead_back else decoder.start,
            place.pts_us if place is not None and stamps_lead_back else None,
        )
        self._rate = Rate(camera.fps) if place is None else Rate(camera.fps, place.pts_us, place.due_us)
        self._size = ""
        self._failure = ""

    @property
    def stream(self) -> str:
        rate = f"{1e6 / self._decoder.step_us:.4g} pictures/s"
        size = (self._size,) if self._size else ()
        return ", ".join((self._decoder.codec, *size, rate, self._decoder.decoder, "media time by stamps"))

    def __iter__(self) -> Iterator[Captured]:
        """Pictures after the place, up to `max_frames` since the source began.

        Raises:
            SourceError: the crop does not fit, or no picture can be decoded.
        """
        limit = self._camera.max_frames
        handed_out = 0 if self._place is None else self._place.handed_out
        for frame, pts_us, decoded in self._wanted() if handed_out != limit else ():
            handed_out += 1
            self.pts_us = pts_us
            self._size = f"{frame.width}x{frame.height}"
            here = Place(
                handed_out,
                decoded,
                frame.pts,
                pts_us,
                self._clock.origin,
                self._clock.counted,
                self._rate.due_us,
            )
            yield Captured(self._developer.image(frame), pts_us, msgspec.msgpack.encode(here))
            if handed_out == limit:
                break
        if not handed_out:
            raise SourceError(self._emptiness())
        self.end_reason = f"stopped after {limit} frames" if handed_out == limit else self._ending()

    def close(self) -> None:
        self._decoder.close()

    def _wanted(self) -> Iterator[tuple[av.VideoFrame, int, int]]:
        """Good pictures after the place and not before the camera's start: picture, media time, count."""
        start_us = round(self._camera.start_s * 1_000_000)
        passed = self._place.decoded if self._place is not None else 0
        for decoded, frame in self._counted():
            if frame is None or frame.is_corrupt:
                self.corrupt += decoded > passed
                continue
            pts_us = self._clock.at(frame.pts)
            if decoded > passed and pts_us >= start_us and self._rate.wants(pts_us):
                yield frame, pts_us, decoded

    def _counted(self) -> Iterator[tuple[int, av.VideoFrame | None]]:
        """Decoded pictures and how many there have been since the source began.

        Where stamps lead back, these are the pictures after the place; otherwise all, to be counted again.
        """
        place, decoded, after = self._place, 0, None
        if place is not None and not place.counted and place.pts is not None:
            decoded, after = place.decoded, place.pts
            self._decoder.rewind(after)
        elif self._camera.start_s > 0 and (start := self._clock.ticks(self._camera.start_s)) is not None:
            self._decoder.rewind(start)
        for frame in self._pictures():
            if after is not None:
                stamp = None if frame is None else frame.pts
                if stamp is None or stamp <= after:
                    after = None if stamp == after else after
                    continue
                after = None
            decoded += 1
            yield decoded, frame

    def _pictures(self) -> Iterator[av.VideoFrame | None]:
        try:
            yield from self._decoder.pictures()
        except av.error.FFmpegError as error:
            self._failure = self._decoder.failure(error)
            yield from self._decoder.rest()

    def _ending(self) -> str:
        """Why the pictures ended, said aloud where the file should have gone on."""
        last_us = self._clock.last_us or 0
        whole_us = self._decoder.duration_us
        short = whole_us is not None and last_us + self._decoder.step_us < whole_us - _CUT_SLACK_US
        if not (short or self._failure or self._decoder.cut):
            return "end of file"
        whole = f" of {whole_us / 1e6:.2f} s" if short and whole_us is not None else ""
        detail = f" ({self._failure})" if self._failure else ""
        reason = f"the file is cut short: analysed up to {last_us / 1e6:.2f} s{whole}{detail}"
        _log.warning("camera %s: %s: %s", self._camera.name, redacted(self._camera.source), reason)
        return reason

    def _emptiness(self) -> str:
        source, start_s = redacted(self._camera.source), self._camera.start_s
        if self.corrupt:
            return f"no picture of {source} can be decoded: all {self.corrupt} are damaged"
        if start_s > 0:
            whole_us = self._decoder.duration_us
            length = "" if whole_us is None else f", it lasts {whole_us / 1e6:.2f} s"
            return f"{source} has no picture at or after {start_s:g} s{length}: start earlier"
        return f"{source} holds no pictures"
