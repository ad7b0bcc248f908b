"""Pictures out of a video file or stream, through PyAV."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from services.ingest.capture import SourceError, redacted
from shared.bus.frames import Image

_FALLBACK_RATE = Fraction(25)
_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}

Crop = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels of the upright picture


class Decoder:
    """Decodes the first video stream of `source` in order of presentation.

    One thread decodes: more of them save no processor time, only wall time that the stages need more, and
    what a damaged stream decodes to would depend on their timing.
    """

    def __init__(
        self, source: str, timeout_s: float | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        """Open.

        Args:
            source: a path or URL.
            timeout_s: limit of opening and of each read; none: wait for ever (a disk).
            options: what FFmpeg's demuxer and protocol are told.

        Raises:
            SourceError: nothing there, unreachable, or no video.
        """
        self._source = source
        self._timeout_s = timeout_s
        self._options = dict(options or {})
        self._cut = False
        self._open()

    @property
    def time_base(self) -> Fraction:
        return self._stream.time_base or Fraction(1, 1_000_000)

    @property
    def start(self) -> int | None:
        """The stream's first time stamp, where the container knows it."""
        return self._stream.start_time

    @property
    def step_us(self) -> int:
        """Time between two pictures at the nominal rate."""
        rate = self._stream.average_rate or self._stream.guessed_rate or _FALLBACK_RATE
        return round(1_000_000 / rate)

    @property
    def duration_us(self) -> int | None:
        """How long the container says the pictures go on, where it says so."""
        if self._stream.duration is not None:
            return round(self._stream.duration * self.time_base * 1_000_000)
        return _clock_text_us(self._stream.metadata.get("DURATION", ""))

    @property
    def endless(self) -> bool:
        """Whether nothing says how long this goes on: a camera rather than a film."""
        return self._container.duration is None

    @property
    def cut(self) -> bool:
        """Whether the last packet read was incomplete."""
        return self._cut

    def pictures(self) -> Iterator[av.VideoFrame | None]:
        """Every picture from here on; None stands for one that could not be decoded.

        A picture with `is_corrupt` set was decoded around damage.

        Raises:
            av.error.FFmpegError: the container cannot be read on.
        """
        for packet in self._container.demux(self._stream):
            if packet.size:
                self._cut = packet.is_corrupt
            yield from self._decoded(packet)

    def rest(self) -> Iterator[av.VideoFrame | None]:
        """The pictures that the decoder still holds after reading failed."""
        yield from self._decoded(None)

    def rewind(self, pts: int) -> None:
        """Stand where decoding forward yields every picture from `pts` on as if read from the beginning.

        That is a keyframe presented at or before `pts`, or the beginning. Seeking alone does not find it:
        containers are searched by decoding time, and some by byte position, so what was found is looked at.
        """
        first = self._stream.start_time
        back = 0
        try:
            while first is not None and pts - back > first:
                if self._key_at_or_before(pts, pts - back):
                    self._container.seek(pts - back, stream=self._stream)
                    return
                back = 2 * back or round(1 / self.time_base)
        except av.error.FFmpegError:
            pass  # no index, or it points behind the end of the file
        self._container.close()
        self._open()

    def close(self) -> None:
        self._container.close()

    def _open(self) -> None:
        try:
            container = av.open(self._source, timeout=self._timeout_s, options=self._options)
        except (av.error.FFmpegError, OSError) as error:
            raise SourceError(_refusal(self._source, error)) from None
        if not container.streams.video:
            container.close()
            raise SourceError(f"{redacted(self._source)} has no video stream: name a source with pictures")
        self._container = container
        self._stream = container.streams.video[0]
        self._stream.codec_context.thread_count = 1
        self._stream.codec_context.thread_type = "NONE"

    def _decoded(self, packet: "av.Packet[av.VideoStream] | None") -> Iterator[av.VideoFrame | None]:
        try:
            frames = self._stream.codec_context.decode(packet if packet is not None and packet.size else None)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            yield None
            return
        yield from frames

    def _key_at_or_before(self, pts: int, target: int) -> bool:
        self._container.seek(target, stream=self._stream)
        key = next((packet for packet in self._container.demux(self._stream) if packet.is_keyframe), None)
        return key is not None and key.pts is not None and key.pts <= pts


class Developer:
    """Turns decoded pictures into upright BGR, cut to the camera's crop."""

    def __init__(self, crop: Crop | None) -> None:
        self._crop = crop
        self._reformatter = VideoReformatter()

    def image(self, frame: av.VideoFrame) -> Image:
        """(H, W, 3) BGR.

        One thread converts: waking others for a millisecond of work costs more than it saves.

        Raises:
            SourceError: the crop reaches out of the picture.
        """
        bgr = self._reformatter.reformat(frame, format="bgr24", threads=1).to_ndarray()
        image = np.asarray(bgr, np.uint8)
        turn = _TURNS.get(frame.rotation % 360)
        if turn is not None:
            image = np.asarray(cv2.rotate(image, turn), np.uint8)
        return cropped(image, self._crop)


def cropped(image: Image, crop: Crop | None) -> Image:
    """The part of `image` inside `crop`, as a view.

    Raises:
        SourceError: the crop is empty or reaches out of the picture.
    """
    if crop is None:
        return image
    x0, y0, x1, y1 = crop
    height, width = image.shape[:2]
    if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        raise SourceError(
            f"crop {x0},{y0},{x1},{y1} does not lie inside the picture of {width}x{height} pixels:"
            " give x0,y0,x1,y1 with x0 < x1 and y0 < y1"
        )
    return image[y0:y1, x0:x1]


def _refusal(source: str, error: OSError | av.error.FFmpegError) -> str:
    name = redacted(source)
    reason = error.strerror or type(error).__name__
    if "://" in source:
        return f"cannot reach {name}: {reason}; check the address, the password and the network"
    if isinstance(error, FileNotFoundError):
        return f"no such file: {name}"
    if isinstance(error, av.error.InvalidDataError):
        return f"{name} is not a video that FFmpeg can read, is empty, or its header is cut off"
    return f"cannot read {name}: {reason}"


def _clock_text_us(text: str) -> int | None:
    """Microseconds of `HH:MM:SS.fraction`, as Matroska notes a stream's duration."""
    parts = text.split(":")
    try:
        hours, minutes, seconds = (Fraction(part) for part in parts)
    except ValueError:
        return None
    return round((hours * 3600 + minutes * 60 + seconds) * 1_000_000)
