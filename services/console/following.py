"""Keeps a run's cameras as its configuration file says, while people edit it."""

from collections.abc import Callable
from dataclasses import dataclass

from services.console.screen import Screen
from services.console.seam import RunTransport
from shared.bus.transport import Source
from shared.settings import Camera, ConfigWatch, Settings, pinned_of


@dataclass(frozen=True)
class Follow:
    """The file to watch, and how its settings become those of the run (`--redis`, `--crop` and so on)."""

    watch: ConfigWatch
    adapt: Callable[[Settings], Settings]


class Follower:
    """Hands changes of the file on to the workers; what cannot be used is said and left.

    Args:
        follow: none: nothing ever changes.
        cameras: as the run began.
        write: stores settings where the workers see them.
        screen: to say what was changed.
    """

    def __init__(
        self,
        follow: Follow | None,
        cameras: tuple[Camera, ...],
        write: Callable[[Settings], object],
        screen: Screen,
    ) -> None:
        self._follow = follow
        self._cameras = {camera.name: camera for camera in cameras}
        self._write = write
        self._screen = screen
        self._told = ""
        self._pending: Settings | None = None

    def look(self, bus: RunTransport) -> dict[str, Source]:
        """Follow the file; the cameras that were added, begun.

        Raises:
            TransportError: the server is away; look again later.
        """
        if self._follow is None:
            return {}
        self._pending = self._follow.watch.look() or self._pending
        self._tell_error(self._follow.watch.error)
        if self._pending is None:
            return {}
        settings = self._follow.adapt(self._pending)
        before, cameras = self._cameras, {camera.name: camera for camera in settings.cameras}
        bus.pin(pinned_of(settings))
        begun = {name: bus.begin(name) for name in cameras if name not in before}
        self._write(settings)
        self._pending, self._cameras = None, cameras
        self._tell(before, cameras)
        return begun

    def _tell_error(self, error: str) -> None:
        if error and error != self._told:
            said = "; ".join(error.splitlines())
            self._screen.warn(f"the configuration is wrong, the last good one is kept: {said}")
        self._told = error

    def _tell(self, before: dict[str, Camera], after: dict[str, Camera]) -> None:
        changes = {
            "added": after.keys() - before.keys(),
            "removed": before.keys() - after.keys(),
            "changed": {name for name in before.keys() & after.keys() if before[name] != after[name]},
        }
        said = [f"{what} {', '.join(sorted(names))}" for what, names in changes.items() if names]
        self._screen.say(f"the configuration was changed: {'; '.join(said) or 'no camera'}")
