"""Clips through the stages of the pipeline in this process, one picture after the other, and kept.

The tracks are those that the bus brings, to the bit (shared/rules/FALLS.md); what is different here is what a
benchmark asks for: other pictures, or other people for pose to look for.
"""

import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from typing_extensions import override

from services.detector.stage import DetectorStage
from services.detector.stage import build as build_detector
from services.evaluate.events.recording import Header, read_header, read_recording, write_recording
from services.ingest.reading.sources import open_source
from services.pose.people import People
from services.pose.stage import build as build_pose
from services.segmentation.stage import SegmentationStage
from services.segmentation.stage import build as build_segmentation
from services.tracker.stage import TrackerStage
from shared.bus.frames import Image, Picture
from shared.bus.rings import shrunk
from shared.messages import Frame
from shared.settings import Camera, Settings
from shared.worker import Stage, Work
from shared.worker.stage import S
from tests.services.footage import frame_in, frame_of

Film = tuple[Frame, ...]


class Taken(Picture):
    """A picture in hand, looked at as stages look at those in shared memory."""

    def __init__(self, image: Image) -> None:
        self.spent_ns = 0
        self._image = image

    @override
    def bgr(self, reduce: int = 1) -> Image:
        return shrunk(self._image, reduce)


class Stages:
    """Detector, pose, segmentation and tracker; their models are loaded once something is played."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _detector(self) -> DetectorStage:
        return build_detector(self._settings)

    @cached_property
    def _pose(self) -> Stage[Any]:
        return build_pose(self._settings)

    @cached_property
    def _segmentation(self) -> SegmentationStage:
        return build_segmentation(self._settings)

    @cached_property
    def _tracker(self) -> TrackerStage:
        return TrackerStage(self._settings.tracker)

    def play(
        self,
        camera: Camera,
        change: Callable[[Image], Image] = lambda image: image,
        look_for: Callable[[People, Frame], People] = lambda people, _frame: people,
    ) -> Film:
        """What is tracked in a camera's source.

        Args:
            camera: from its first picture to its last.
            change: makes of each picture, (H, W, 3) BGR, the one that the stages see.
            look_for: the people that pose looks for in a frame, of those whom it knows.

        Raises:
            SourceError: the source cannot be read.
        """
        known, people = self._detector.fresh(), People()
        nothing, tracks = self._segmentation.fresh(), self._tracker.fresh()
        film = []
        reader = open_source(camera, None)
        try:
            for seq, taken in enumerate(reader):
                image = change(taken.image)
                frame, picture = frame_of(image, seq, taken.pts_us, camera.name, run=1), Taken(image)
                frame, known = through(self._detector, frame, known, picture)
                frame, people = through(self._pose, frame, look_for(people, frame), picture)
                frame, nothing = through(self._segmentation, frame, nothing, picture)
                frame, tracks = through(self._tracker, frame, tracks, None)
                film.append(frame)
        finally:
            reader.close()
        return tuple(film)


def through(stage: Stage[S], frame: Frame, state: S, picture: Picture | None) -> tuple[Frame, S]:
    """One frame through a stage."""
    (done,) = stage.process([Work(frame, state, picture)])
    return frame_in(done), done.state


def kept(path: Path, origin: Header, play: Callable[[], Sequence[Frame]]) -> Film:
    """The recording at `path`; played, and written there, where there is none or the clip, the options or the
    code of the stages were others. So a run that was interrupted goes on.

    Raises:
        EvaluationError: it is damaged, or cannot be written.
    """
    if not (path.exists() and _same(read_header(path), origin)):
        print(f"playing {origin.clip} for {path}", file=sys.stderr, flush=True)
        write_recording(path, origin, play())
    return read_recording(path)[1]


def _same(recorded: Header, wanted: Header) -> bool:
    """Whether both are of the same pictures by the same stages."""
    counted = msgspec.structs.replace(wanted, frames=recorded.frames, crc32=recorded.crc32)
    return recorded == msgspec.structs.replace(counted, software=recorded.software)
