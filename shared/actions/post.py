"""What is kept of one camera beside its tracks: its rules, and its places in pictures of one size."""

from collections.abc import Iterator

from shared.actions.duties import Duty, Roster
from shared.actions.places import Places
from shared.messages import Frame
from shared.rules.rule import Needs
from shared.settings import Actions as Settings
from shared.settings import Camera


class Post:
    """One camera as it is configured.

    Args:
        settings: of all cameras.
        camera: none: it has neither zones nor lines, nor rules of its own.
    """

    def __init__(self, settings: Settings, camera: Camera | None) -> None:
        self._camera = camera
        rules = settings.rules.overridden(None if camera is None else camera.rules)
        self._roster = Roster(rules, settings.timezone, _met(camera))
        self._size_px = (0, 0)
        self._places = Places((), (), 0, 0)

    def duties(self, wall_us: int) -> list[tuple[Duty, bool]]:
        """The rules that are switched on, and whether each is on duty at a wall time."""
        return self._roster.at(wall_us)

    def places(self, frame: Frame) -> Places:
        """The camera's places in a picture of this frame's size."""
        size_px = frame.width_px, frame.height_px
        if self._camera is not None and size_px != self._size_px:
            self._places = Places(self._camera.zones, self._camera.lines, *size_px)
            self._size_px = size_px
        return self._places


def _met(camera: Camera | None) -> Iterator[Needs]:
    if camera is not None and camera.zones:
        yield Needs.ZONES
    if camera is not None and camera.lines:
        yield Needs.LINES
