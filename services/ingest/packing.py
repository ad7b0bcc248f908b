"""Pictures and ends as the bus takes them."""

import time
from dataclasses import dataclass

from services.ingest.pictures import Taken
from shared import messages
from shared.bus.frames import FrameStore
from shared.bus.transport import Header, Publication
from shared.settings import Camera


@dataclass(frozen=True)
class Place:
    """The message of a camera that is to be stored next."""

    run: int
    seq: int
    pts_us: int


class Packer:
    """Makes publications of one camera."""

    def __init__(self, camera: Camera, frames: FrameStore) -> None:
        self._camera = camera
        self._frames = frames

    def frame(self, taken: Taken, place: Place, *, live: bool) -> Publication:
        """A picture, which the frame store keeps from here on."""
        started_us = time.time_ns() // 1000
        captured = taken.captured
        picture = self._frames.put(captured.image, self._camera.jpeg_quality)
        height, width = captured.image.shape[:2]
        frame = messages.Frame(
            camera=self._camera.name,
            run=place.run,
            seq=place.seq,
            pts_us=place.pts_us,
            live=live,
            captured_us=taken.arrived_us,
            width_px=width,
            height_px=height,
            trace=(messages.Trace("ingest", started_us, time.time_ns() // 1000),),
        )
        return Publication(header_of(frame), messages.encode(frame), picture, captured.position)

    def end(self, place: Place, reason: str, *, live: bool) -> Publication:
        """The end of a run."""
        end = messages.End(
            camera=self._camera.name,
            run=place.run,
            seq=place.seq,
            pts_us=place.pts_us,
            live=live,
            reason=reason,
        )
        return Publication(header_of(end), messages.encode(end), b"", b"", ends=True)


def header_of(message: messages.Message) -> Header:
    return Header(message.camera, message.run, message.seq, message.pts_us)
