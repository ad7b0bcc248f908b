"""Looks what a source is, whether it works, and what it costs, as ingest will read it."""

from contextlib import closing
from dataclasses import dataclass, field, replace

import av

from services.ingest.probing.measuring import Notes, Progress, Stream
from services.ingest.probing.reach import Trouble, reach, trouble_of
from services.ingest.reading.address import Kind, is_network, kind_of
from services.ingest.reading.capture import SourceError, redacted
from services.ingest.reading.decoding import Decoder
from services.ingest.reading.developing import Developer
from services.ingest.reading.hardware import available
from services.ingest.reading.opening import opening_of
from services.ingest.reading.sources import open_source
from shared.bus.frames import Image
from shared.settings import Camera

__all__ = ["Probe", "Progress", "Stream", "Trouble", "probe"]

_DECODED = (Kind.NETWORK, Kind.DEVICE, Kind.FILE)
_FINAL = ("wrong_password", "needs_password", "forbidden", "no_such_path")  # whatever the transport


@dataclass(frozen=True)
class Probe:
    """What is known of a source after a look.

    `source` may be shown. `tried` are the transports that failed before, and why. `hardware` could decode
    here. `picture` is the last one, as it would be analysed.
    """

    source: str
    transport: str | None = None
    trouble: Trouble | None = None
    stream: Stream | None = None
    tried: tuple[str, ...] = ()
    hardware: tuple[str, ...] = ()
    picture: Image | None = field(default=None, repr=False, compare=False)

    @property
    def works(self) -> bool:
        """Whether pictures came."""
        return self.stream is not None


def probe(camera: Camera, seconds: float, progress: Progress) -> Probe:
    """Look at the camera's source for so many seconds.

    RTSP is tried over the camera's transport first, then over the other one.
    """
    name = redacted(camera.source)
    network = is_network(camera.source)
    if network:
        progress("connecting", 0.0)
        trouble = reach(camera.source, camera.open_timeout_s)
        if trouble is not None:
            return Probe(name, trouble=trouble)
    tried: list[str] = []
    found = Probe(name)
    for transport in _transports(camera):
        progress("opening" if transport is None else f"opening over {transport}", 0.0)
        variant = camera if transport is None else camera.model_copy(update={"transport": transport})
        try:
            stream, picture = _looked(variant, seconds, progress)
        except SourceError as error:
            trouble = trouble_of(error, camera)
            found = replace(found, trouble=found.trouble or trouble, transport=None)
            tried += [] if transport is None else [f"{transport}: {trouble.text}"]
            if trouble.kind in _FINAL:
                break
            continue
        return Probe(name, transport, None, stream, tuple(tried), available(), picture)
    return replace(found, tried=tuple(tried))


def _transports(camera: Camera) -> tuple[str | None, ...]:
    if not camera.source.lower().startswith(("rtsp://", "rtsps://")):
        return (None,)
    return (camera.transport, "udp" if camera.transport == "tcp" else "tcp")


def _looked(camera: Camera, seconds: float, progress: Progress) -> tuple[Stream, Image]:
    notes = Notes(seconds, progress)
    if kind_of(camera.source) in _DECODED:
        with closing(Decoder(opening_of(camera))) as decoder:
            notes.opened()
            _decode(camera, decoder, notes)
            return _noted(camera, notes, decoder)
    with closing(open_source(camera, None)) as reader:
        notes.opened()
        for captured in notes.timed(iter(reader)):
            notes.take(captured.pts_us, captured.image)
            if notes.over:
                break
        return _noted(camera, notes, None)


def _decode(camera: Camera, decoder: Decoder, notes: Notes) -> None:
    """Note packets and pictures as they come.

    Raises:
        SourceError: reading failed before there was a picture.
    """
    developer = Developer(camera)
    notes.keyed, notes.live = decoder.intra_only, decoder.endless
    tick_us = decoder.time_base * 1_000_000
    try:
        for frame in notes.timed(decoder.pictures(lambda packet: notes.admit(packet, decoder))):
            if frame is None or frame.is_corrupt:
                notes.damaged += 1
                continue
            with notes.cost():
                image = developer.image(frame)
            stamp = None if decoder.unstamped else frame.pts
            notes.decoded(frame)
            notes.take(notes.now_us if stamp is None else round(stamp * tick_us), image)
            if notes.over:
                return
    except (av.error.FFmpegError, OSError) as error:
        if notes.picture is None:
            raise SourceError(f"lost {decoder.name}: {decoder.failure(error)}") from error


def _noted(camera: Camera, notes: Notes, decoder: Decoder | None) -> tuple[Stream, Image]:
    if notes.picture is None:
        raise SourceError(f"{redacted(camera.source)} holds no picture that can be decoded")
    return notes.stream(decoder), notes.picture
