"""Network cameras: pictures as they come; what was missed is gone."""

import time
from collections.abc import Callable, Iterator

import av
import msgspec

from services.ingest.capture import Captured, SourceError, redacted
from services.ingest.decoding import Decoder, Developer
from services.ingest.files import MediaClock
from shared.settings import Camera


class LivePlace(msgspec.Struct, frozen=True, array_like=True):
    """The last picture that was handed out: how many there were, and its time on both clocks."""

    handed_out: int
    pts_us: int
    wall_us: int


class LiveReader:
    """Reads a stream that nobody can rewind; see `SourceReader`.

    Media time starts at 0. A reader that takes over goes on from the last picture's media time by the wall
    time that passed since, so that a gap in the pictures is a gap in media time.

    Args:
        camera: end and crop.
        position: of the last picture that an earlier reader handed out.
        decoder: the opened stream, nothing read yet; closed with the reader.
        wall_us: the wall clock.
    """

    def __init__(
        self,
        camera: Camera,
        position: bytes | None,
        decoder: Decoder,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self.live = True
        self.endless = True
        self.stream = ""
        self.corrupt = 0
        self.end_reason = "end of stream"
        self._camera = camera
        self._place = msgspec.msgpack.decode(position, type=LivePlace) if position else None
        self.pts_us = 0 if self._place is None else self._place.pts_us
        self._developer = Developer(camera.crop)
        self._decoder = decoder
        self._wall_us = wall_us

    def __iter__(self) -> Iterator[Captured]:
        """Pictures as they come.

        Raises:
            SourceError: the connection is lost, or the crop does not fit.
        """
        limit = self._camera.max_frames
        handed_out = 0 if self._place is None else self._place.handed_out
        clock = MediaClock(self._decoder.time_base, self._decoder.step_us, None)
        gap_us: int | None = None
        for frame in self._good() if handed_out != limit else ():
            handed_out += 1
            gap_us = self._gap_us() if gap_us is None else gap_us
            here = LivePlace(handed_out, gap_us + clock.at(frame.pts), self._wall_us())
            self.pts_us = here.pts_us
            yield Captured(self._developer.image(frame), here.pts_us, msgspec.msgpack.encode(here))
            if handed_out == limit:
                break
        if handed_out != limit:
            raise SourceError(f"{redacted(self._camera.source)} stopped sending")
        self.end_reason = f"stopped after {limit} frames"

    def close(self) -> None:
        self._decoder.close()

    def _good(self) -> Iterator[av.VideoFrame]:
        try:
            for frame in self._decoder.pictures():
                if frame is None or frame.is_corrupt:
                    self.corrupt += 1
                else:
                    yield frame
        except (av.error.FFmpegError, OSError) as error:
            reason = error.strerror or type(error).__name__
            raise SourceError(f"lost {redacted(self._camera.source)}: {reason}") from None

    def _gap_us(self) -> int:
        """Media time of the first picture."""
        if self._place is None:
            return 0
        return self._place.pts_us + max(self._decoder.step_us, self._wall_us() - self._place.wall_us)
