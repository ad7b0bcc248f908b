"""The rules as a stage: one frame with tracks and the camera's memories in, events and new memories out."""

from collections.abc import Sequence

from typing_extensions import override

from shared.actions import CameraState, Watch
from shared.messages import Frame, Message
from shared.settings import Actions as ActionsSettings
from shared.settings import Camera, Settings
from shared.worker import Done, Stage, Work


class ActionsStage(Stage[CameraState]):
    """Falls, sitting down, standing up and lying, each track by itself."""

    name = "actions"
    state_type = CameraState

    def __init__(self, settings: ActionsSettings, cameras: Sequence[Camera] = ()) -> None:
        self._watch = Watch(settings, cameras)

    @override
    def fresh(self) -> CameraState:
        return CameraState()

    @override
    def wants_picture(self, message: Frame) -> bool:
        return False

    @override
    def process(self, works: Sequence[Work[CameraState]]) -> list[Done[CameraState]]:
        return [Done(*self._watch.step(work.message, work.state)) for work in works]

    @override
    def finish(self, state: CameraState) -> tuple[Message, ...]:
        """Open incidents are closed."""
        return self._watch.finish(state)


def build(settings: Settings) -> ActionsStage:
    """The stage as the configuration wants it."""
    return ActionsStage(settings.actions, settings.cameras)
