"""The rules as a stage: one frame with tracks and the camera's memories in, events and new memories out."""

from collections.abc import Sequence
from pathlib import Path

from typing_extensions import override

from services.actions.rulebook import Rulebook
from shared.actions import CameraState, Watch
from shared.messages import Frame, Message
from shared.settings import Actions as ActionsSettings
from shared.settings import Camera, ConfigWatch, Settings
from shared.worker import Done, Stage, Work
from shared.worker.process import BUS_PASSWORD


class ActionsStage(Stage[CameraState]):
    """What the rules make of tracks, each by itself."""

    name = "actions"
    state_type = CameraState
    state_version = 2

    def __init__(
        self, settings: ActionsSettings, cameras: Sequence[Camera] = (), config: ConfigWatch | None = None
    ) -> None:
        self._rulebook = Rulebook(config, Watch(settings, cameras))

    @override
    def fresh(self) -> CameraState:
        return CameraState()

    @override
    def wants_picture(self, message: Frame) -> bool:
        return False

    @override
    def process(self, works: Sequence[Work[CameraState]]) -> list[Done[CameraState]]:
        watch = self._rulebook.look()
        return [Done(*watch.step(work.message, work.state)) for work in works]

    @override
    def finish(self, state: CameraState) -> tuple[Message, ...]:
        """Open incidents are closed."""
        return self._rulebook.look().finish(state)


def build(settings: Settings, config: Path | None = None) -> ActionsStage:
    """The stage as the configuration wants it, and as its file will say."""
    watch = ConfigWatch(config, settings, passwords=BUS_PASSWORD)
    return ActionsStage(settings.actions, settings.cameras, watch)
