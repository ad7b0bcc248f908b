"""A recording as a source: the very pictures that were recorded."""

from collections.abc import Iterator
from functools import partial

from services.ingest.reading.address import path_of
from services.ingest.reading.folder import decoded
from services.ingest.reading.recording import Recording
from services.ingest.reading.roll import Loaded, Mark, Shot
from shared.settings import Camera


class ReplayRoll:
    """The frames of a recording; see `Roll`. A mark is the place in the file behind a frame.

    Media time begins with the first frame. What wall time it was then is not handed out: to those who measure
    how late a picture is, a replay happens now.

    Raises:
        SourceError: no such file, or it is no recording.
    """

    kind = "replay"
    rated = True

    def __init__(self, camera: Camera) -> None:
        path = path_of(camera.source)
        self._recording = Recording(path)
        self.name = f"replay://{path}"
        self.end_reason = "end of recording"
        self.damaged = 0
        self.stream = f"recording of {self._recording.header.camera}, JPEG"

    @property
    def length_us(self) -> None:
        """Only reading all of it would tell."""

    def shots(self, after: Mark | None) -> Iterator[Shot]:
        begin = self._recording.start
        first_us = next((frame.pts_us for _, frame in self._recording.frames(begin) if frame is not None), 0)
        last_us = -1
        for place, frame in self._recording.frames(begin if after is None else int(after)):
            if frame is None or frame.pts_us - first_us <= last_us:
                self.damaged += 1
                continue
            last_us = frame.pts_us - first_us
            yield Shot(place, last_us, partial(_load, frame.jpeg))
        if self._recording.cut:
            self.end_reason = "the recording breaks off: read up to its last whole picture"

    def close(self) -> None:
        self._recording.close()


def _load(jpeg: bytes) -> Loaded | None:
    image = decoded(jpeg)
    return None if image is None else Loaded(image, jpeg)
