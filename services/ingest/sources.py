"""Opens a camera's source, whatever its kind."""

from urllib.parse import urlsplit

from services.ingest.capture import Captured, SourceError, SourceReader, redacted
from services.ingest.decoding import Decoder
from services.ingest.files import FileReader
from services.ingest.network import LiveReader
from shared.settings import Camera

__all__ = ["Captured", "SourceError", "SourceReader", "check", "is_network", "open_source", "redacted"]

_TIMEOUT_S = 10.0  # of connecting, and of each read: cameras send several times a second
_FILM_SCHEMES = ("http", "https")  # behind these may be a film with an end; the others are cameras
_OPTIONS = {
    "rtsp": {"rtsp_transport": "tcp"},
    "rtsps": {"rtsp_transport": "tcp"},
}  # UDP loses packets silently


def open_source(camera: Camera, position: bytes | None) -> SourceReader:
    """A reader that goes on after `position`, as an earlier reader of this camera handed it out.

    Raises:
        SourceError: missing, unreachable, or not a video.
    """
    scheme = urlsplit(camera.source).scheme.lower() if "://" in camera.source else ""
    if scheme == "synth":
        # Renderer and SciPy take half a second to load, which no other source needs.
        from services.ingest.scenes import SceneReader  # noqa: PLC0415

        return SceneReader(camera, position)
    if not is_network(camera.source):
        return FileReader(camera, position, Decoder(camera.source))
    decoder = Decoder(camera.source, _TIMEOUT_S, _OPTIONS.get(scheme))
    if scheme in _FILM_SCHEMES and not decoder.endless:
        return FileReader(camera, position, decoder)
    return LiveReader(camera, position, decoder)


def is_network(source: str) -> bool:
    """Whether a source may come back by itself after it failed."""
    return "://" in source and urlsplit(source).scheme.lower() not in ("file", "synth")


def check(camera: Camera) -> None:
    """Look whether the camera's source can be opened and its first picture decoded.

    Raises:
        SourceError: it cannot; nothing was published.
    """
    reader = open_source(camera, None)
    try:
        if next(iter(reader), None) is None:
            raise SourceError(f"{redacted(camera.source)} holds no pictures")
    finally:
        reader.close()
