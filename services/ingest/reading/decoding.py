"""Pictures out of a video file or stream, through PyAV."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias

import av

from services.ingest.reading.capture import SourceError
from services.ingest.reading.hardware import came_from_hardware, hardware
from services.ingest.reading.opening import Opening

_FALLBACK_RATE = Fraction(25)
_SILENCE = av.error.ExitError  # what FFmpeg calls a timeout of PyAV
_EXIT = av.error.tag_to_code(b"EXIT")

_MOST_PIXELS = 2**26  # of a picture: 8K has half of that; a stream may claim what no memory holds
_NO_TIMESTAMPS = 0x80  # AVFMT_NOTIMESTAMPS
_SEGMENTED = ("hls", "dash")
_INTRA_ONLY = ("wrapped_avframe",)
_DEVICE_FORMAT = "v4l2"

VideoPacket: TypeAlias = "av.Packet[av.VideoStream]"
Admit = Callable[[VideoPacket], bool]

_log = logging.getLogger(__name__)


class Decoder:
    """Decodes the first video stream of a source in order of presentation.

    One thread decodes: more of them save no processor time, only wall time that the stages need more, and
    what a damaged stream decodes to would depend on their timing.

    What no timeout ends: looking up a host's name, and a driver that does not answer. Neither may another
    thread close the container while this one reads; whoever needs more than that ends the process.
    """

    def __init__(self, opening: Opening) -> None:
        """Open.

        Raises:
            SourceError: nothing there, unreachable, or no video.
        """
        self._opening = opening
        self._hardware = hardware(opening.hwaccel)
        self._by_hardware: bool | None = None  # none: no picture yet
        if self._hardware.why:
            _log.warning("%s: decoded in %s", opening.name, self.decoder)
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
    def unstamped(self) -> bool:
        """Whether the format carries no time stamps, so that any there are were made up."""
        return bool(self._container.format.flags & _NO_TIMESTAMPS)

    @property
    def wall_stamped(self) -> bool:
        """Whether stamps are wall time."""
        return self._opening.wall_stamped

    @property
    def in_segments(self) -> bool:
        """Whether pictures come many at once, a segment at a time."""
        return self._container.format.name in _SEGMENTED

    @property
    def intra_only(self) -> bool:
        """Whether every picture stands for itself."""
        codec = self._stream.codec_context.codec
        return bool(codec.intra_only) or self._stream.codec_context.name in _INTRA_ONLY

    @property
    def name(self) -> str:
        """The source, as it may be shown."""
        return self._opening.name

    @property
    def codec(self) -> str:
        """The codec's name."""
        return str(self._stream.codec_context.name)

    @property
    def profile(self) -> str | None:
        """The codec's profile, where the stream tells it."""
        return self._stream.codec_context.profile

    @property
    def nominal_fps(self) -> float | None:
        """Pictures a second as the stream says it, where it does."""
        rate = self._stream.average_rate
        return float(rate) if rate else None

    @property
    def decoder(self) -> str:
        """What decodes, and why not what was asked for."""
        asked = self._hardware
        if asked.kind == "none":
            return "software"
        if asked.why:
            what = "decoding hardware" if asked.kind == "auto" else asked.kind
            return f"software, for {what} is not there ({asked.why})"
        if self._by_hardware is False:
            return f"software, for {asked.kind} does not decode this {self.codec}"
        return asked.kind

    @property
    def cut(self) -> bool:
        """Whether the last packet read was incomplete."""
        return self._cut

    def pictures(self, admit: Admit | None = None) -> Iterator[av.VideoFrame | None]:
        """Every picture from here on; None stands for one that could not be decoded.

        A picture with `is_corrupt` set was decoded around damage.

        Args:
            admit: looks at each packet before it is decoded, and says whether it shall be; what it leaves in
                `packet.opaque`, its pictures have in theirs.

        Raises:
            av.error.FFmpegError: the container cannot be read on.
        """
        for packet in self._packets():
            if packet.size:
                self._cut = packet.is_corrupt
                if admit is not None and not admit(packet):
                    continue
            yield from self._decoded(packet)

    def _packets(self) -> Iterator["VideoPacket"]:
        """Every packet, each within the read timeout.

        Where nothing comes for so long, FFmpeg first hands out the packet that its parser held back to see
        where it ends, and reports the silence only when it lasts as long again.
        """
        limit_s = self._opening.read_timeout_s
        packets = self._container.demux(self._stream)
        while True:
            began_s = time.monotonic()
            packet = next(packets, None)
            if packet is None:
                return
            if limit_s is not None and time.monotonic() - began_s >= limit_s:
                raise _SILENCE(_EXIT, "nothing came")
            yield packet

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

    def failure(self, error: OSError | av.error.FFmpegError) -> str:
        """Why reading failed."""
        if isinstance(error, _SILENCE):
            return f"nothing came for {self._opening.read_timeout_s:g} s"
        return error.strerror or type(error).__name__

    def _open(self) -> None:
        opening = self._opening
        try:
            container = av.open(
                opening.url,
                format=opening.format,
                timeout=(opening.open_timeout_s, opening.read_timeout_s),
                options=dict(opening.options),
                metadata_errors="replace",
                hwaccel=self._hardware.accelerator,
            )
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise SourceError(_refusal(opening, error)) from None
        unfit = _unfitness(container.streams.video)
        if unfit:
            container.close()
            raise SourceError(f"{opening.name} {unfit}")
        self._container = container
        self._stream = container.streams.video[0]
        codec = self._stream.codec_context
        codec.thread_count, codec.thread_type = 1, "NONE"
        codec.copy_opaque = opening.live
        codec.options = {"max_pixels": str(_MOST_PIXELS)}
        for stream in container.streams if opening.live else ():
            if stream is not self._stream:
                stream.discard = av.stream.Discard.all  # sound that goes on would hide that pictures stopped

    def _decoded(self, packet: "VideoPacket | None") -> Iterator[av.VideoFrame | None]:
        try:
            frames = self._stream.codec_context.decode(packet if packet is not None and packet.size else None)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            yield None
            return
        if self._by_hardware is None and frames and self._hardware.accelerator is not None:
            self._by_hardware = came_from_hardware(frames[0])
            if not self._by_hardware:
                _log.warning("%s: decoded in %s", self._opening.name, self.decoder)
        yield from frames

    def _key_at_or_before(self, pts: int, target: int) -> bool:
        self._container.seek(target, stream=self._stream)
        key = next((packet for packet in self._container.demux(self._stream) if packet.is_keyframe), None)
        return key is not None and key.pts is not None and key.pts <= pts


def _refusal(opening: Opening, error: OSError | av.error.FFmpegError | ValueError) -> str:
    name = opening.name
    if isinstance(error, _SILENCE):
        return (
            f"cannot reach {name}: no answer within {opening.open_timeout_s:g} s; check address and network"
        )
    reason = getattr(error, "strerror", None) or type(error).__name__
    if opening.format == _DEVICE_FORMAT:
        return f"cannot open {name}: {reason}; {_device_hint(error)}"
    if opening.live:
        return f"cannot reach {name}: {reason}; check the address, the password and the network"
    if isinstance(error, FileNotFoundError):
        return f"no such file: {name}"
    if isinstance(error, av.error.InvalidDataError):
        return f"{name} is not a video that FFmpeg can read, is empty, or its header is cut off"
    return f"cannot read {name}: {reason}"


def _unfitness(streams: Sequence[av.VideoStream]) -> str:
    """Why no picture can come of the first of these; empty where it can."""
    if not streams or streams[0].codec_context is None:  # none: FFmpeg has no decoder for it
        return "has no video stream that can be decoded: name a source with pictures"
    codec = streams[0].codec_context
    if codec.width * codec.height > _MOST_PIXELS:
        return f"has pictures of {codec.width}x{codec.height} pixels: at most {_MOST_PIXELS} are taken"
    return ""


def _device_hint(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "let this user read it (group video)"
    if isinstance(error, FileNotFoundError):
        return "plug the camera in, or name another device"
    return "is it a camera, and does no other program use it?"


def _clock_text_us(text: str) -> int | None:
    """Microseconds of `HH:MM:SS.fraction`, as Matroska notes a stream's duration."""
    parts = text.split(":")
    try:
        hours, minutes, seconds = (Fraction(part) for part in parts)
    except ValueError:
        return None
    return round((hours * 3600 + minutes * 60 + seconds) * 1_000_000)
