"""Opens a camera's source, whatever its kind."""

from contextlib import ExitStack, closing

from services.ingest.reading.address import Kind, is_live, is_network, kind_of
from services.ingest.reading.capture import Captured, SourceError, SourceReader, redacted
from services.ingest.reading.decoding import Decoder
from services.ingest.reading.files import FileReader
from services.ingest.reading.folder import FolderRoll
from services.ingest.reading.network import LiveReader
from services.ingest.reading.opening import longest_silence_s, opening_of
from services.ingest.reading.replay import ReplayRoll
from services.ingest.reading.roll import Roll, RollReader
from shared.settings import Camera

__all__ = [
    "Captured",
    "SourceError",
    "SourceReader",
    "check",
    "is_live",
    "is_network",
    "longest_silence_s",
    "open_source",
    "redacted",
]

_FILM_SCHEMES = ("http://", "https://")  # behind these may be a film with an end; the others are cameras


def open_source(camera: Camera, position: bytes | None) -> SourceReader:
    """A reader that goes on after `position`, as an earlier reader of this camera handed it out.

    Raises:
        SourceError: missing, unreachable, or not a video.
    """
    kind = kind_of(camera.source)
    with ExitStack() as opened:
        reader: SourceReader
        if kind in (Kind.FILE, Kind.NETWORK, Kind.DEVICE):
            decoder = opened.enter_context(closing(Decoder(opening_of(camera))))
            film = camera.source.lower().startswith(_FILM_SCHEMES) and not decoder.endless
            read = FileReader if kind is Kind.FILE or film else LiveReader
            reader = read(camera, position, decoder)
        else:
            reader = RollReader(camera, position, opened.enter_context(closing(_roll(camera, kind))))
        opened.pop_all()
    return reader


def _roll(camera: Camera, kind: Kind) -> Roll:
    if kind is Kind.REPLAY:
        return ReplayRoll(camera)
    if kind is Kind.FOLDER:
        return FolderRoll(camera)
    # Renderer and SciPy take half a second to load, which no other source needs.
    from services.ingest.reading.scenes import SceneRoll  # noqa: PLC0415

    return SceneRoll(camera)


def check(camera: Camera) -> None:
    """Look whether the camera's source can be opened and its first picture decoded, in software.

    Raises:
        SourceError: it cannot; nothing was published.
    """
    reader = open_source(camera.model_copy(update={"hwaccel": "none"}), None)
    try:
        if next(iter(reader), None) is None:
            raise SourceError(f"{redacted(camera.source)} holds no pictures")
    finally:
        reader.close()
