"""The tracker as a stage: one frame and the camera's tracks in, the named persons and the new tracks out."""

from collections.abc import Sequence
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from services.tracker.policies import policy_for
from shared.bus.frames import Picture
from shared.messages import Array, Frame, Message
from shared.settings import Settings
from shared.settings import Tracker as TrackerSettings
from shared.tracking import Memory, Tracker
from shared.tracking.flow import camera_motion, thumbnail
from shared.tracking.people import boxes_of, named, observe
from shared.worker import Done, Stage, Work

_POSE = "pose"
_REDUCE = 4  # the picture is decoded at a quarter of its size


class TrackerState(Memory, frozen=True):
    """Checkpoint of one camera: the tracker's memory and, where the camera may move, its last picture, small
    and grey.
    """

    thumb: Array | None = None

    @classmethod
    def of(cls, memory: Memory, thumb: Array | None) -> Self:
        """Both together."""
        return cls(**msgspec.structs.asdict(memory), thumb=thumb)


class TrackerStage(Stage[TrackerState]):
    """One tracker for each camera, restored from its checkpoint with every frame."""

    name = "tracker"
    state_type = TrackerState
    state_version = 2

    def __init__(self, settings: TrackerSettings) -> None:
        self._policy = policy_for(settings)
        self._follows_camera = settings.camera_motion

    @override
    def fresh(self) -> TrackerState:
        return TrackerState()

    @override
    def wants_picture(self, message: Frame) -> bool:
        return self._follows_camera and _POSE not in message.skipped

    @override
    def process(self, works: Sequence[Work[TrackerState]]) -> list[Done[TrackerState]]:
        return [self._step(work.message, work.state, work.picture) for work in works]

    @override
    def finish(self, state: TrackerState) -> tuple[Message, ...]:
        """Tracks say nothing when they end."""
        return ()

    def _step(self, frame: Frame, state: TrackerState, picture: Picture | None) -> Done[TrackerState]:
        if _POSE in frame.skipped:  # nobody has looked for people: those who are known are not missed either
            return Done((msgspec.structs.replace(frame, persons=()),), state)
        warp, thumb = self._motion(frame, state, picture)
        tracker = Tracker.restore(self._policy, state)
        found = tracker.step(frame.pts_us, observe(frame, warp))
        return Done((named(frame, found),), TrackerState.of(tracker.memory(), thumb))

    def _motion(
        self, frame: Frame, state: TrackerState, picture: Picture | None
    ) -> tuple[NDArray[np.float64] | None, Array | None]:
        """What the camera's motion has done to the picture since the last frame, and this frame's thumb."""
        if not self._follows_camera:
            return None, None
        if picture is None:
            raise ValueError(
                f"frame {frame.seq} of camera {frame.camera} came to the tracker without its picture"
            )
        thumb = thumbnail(picture.bgr(_REDUCE))
        if state.thumb is None:
            return None, Array.of(thumb)
        boxes = boxes_of(frame.persons)
        return camera_motion(state.thumb.numpy(), thumb, boxes, frame.width_px), Array.of(thumb)


def build(settings: Settings) -> TrackerStage:
    """The stage as the configuration wants it."""
    return TrackerStage(settings.tracker)
