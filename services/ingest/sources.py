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
