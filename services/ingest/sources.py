"""Opens a camera's source, whatever its kind."""

from services.ingest.capture import Captured, SourceError, SourceReader, redacted
from services.ingest.files import FileReader
from shared.settings import Camera

__all__ = ["Captured", "SourceError", "SourceReader", "check", "open_source", "redacted"]


def open_source(camera: Camera, position: bytes | None) -> SourceReader:
    """A reader that goes on after `position`, as an earlier reader of this camera handed it out.

    Raises:
        SourceError: missing, unreachable, or not a video.
    """
    return FileReader(camera, position)


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
