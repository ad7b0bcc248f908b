"""Pictures, ends and what was noticed, as the bus takes them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.health.watcher import Change
from services.ingest.playing.pictures import Taken
from shared import messages
from shared.bus.frames import FrameWriter
from shared.bus.transport import Header, Output, Publication
from shared.settings import Camera


@dataclass(frozen=True)
class Place:
    """The message of a camera that is to be stored next."""

    run: int
    seq: int
    pts_us: int


class Packer:
    """Makes messages of one camera.

    Args:
        camera: whose.
        writer: keeps its pictures.
    """

    def __init__(self, camera: Camera, writer: FrameWriter) -> None:
        self._camera = camera
        self._writer = writer

    def frame(self, taken: Taken, place: Place, *, live: bool, motion: float | None) -> Publication:
        """A picture, which is kept from here on. One that was recorded as JPEG goes on as it is."""
        started_us = time.time_ns() // 1000
        captured = taken.captured
        picture = captured.jpeg or self._writer.put(captured.image, self._camera.jpeg_quality, place.seq)
        height, width = captured.image.shape[:2]
        frame = messages.Frame(
            camera=self._camera.name,
            run=place.run,
            seq=place.seq,
            pts_us=place.pts_us,
            live=live,
            captured_us=taken.arrived_us if captured.captured_us is None else captured.captured_us,
            motion=motion,
            width_px=width,
            height_px=height,
            trace=(messages.Trace("ingest", started_us, time.time_ns() // 1000),),
        )
        return Publication(_header_of(frame), messages.encode(frame), picture, captured.position)

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
        return Publication(_header_of(end), messages.encode(end), b"", b"", ends=True)

    def events(self, changes: Sequence[Change], place: Place, *, live: bool) -> tuple[Output, ...]:
        """What was noticed about the camera, told beside the message of this place."""
        return tuple(self._event(change, place, live=live) for change in changes)

    def _event(self, change: Change, place: Place, *, live: bool) -> Output:
        camera = self._camera.name
        event = messages.Event(
            camera=camera,
            run=place.run,
            seq=max(place.seq, 0),
            pts_us=change.pts_us,
            live=live,
            id=messages.event_id(camera, place.run, None, change.kind, change.started_pts_us),
            update=change.update,
            kind=change.kind,
            phase=change.phase,
            track=None,
            started_pts_us=change.started_pts_us,
            raised_pts_us=change.raised_pts_us,
            captured_us=time.time_ns() // 1000,
            confidence=change.confidence,
            evidence=change.evidence,
            detail=change.detail,
        )
        return Output(_header_of(event), messages.encode(event))


def _header_of(message: messages.Message) -> Header:
    return Header(message.camera, message.run, message.seq, message.pts_us)
