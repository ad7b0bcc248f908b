"""The built-in scene as a source: rendered as fast as it is read."""

from collections.abc import Iterator
from functools import partial

from services.ingest.reading.capture import SourceError
from services.ingest.reading.roll import Loaded, Mark, Shot
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Camera


class SceneRoll:
    """The frames of a scene; see `Roll`. A mark is a frame's index.

    Raises:
        SourceError: there is no such scene.
    """

    kind = "scene"
    rated = True

    def __init__(self, camera: Camera) -> None:
        try:
            self._scene = Scene(parse(camera.source))
        except ValueError as error:
            raise SourceError(f"camera {camera.name}: {error}") from None
        self.name = camera.source
        self.end_reason = "end of scene"
        self.damaged = 0
        self.stream = f"scene, {self._scene.width_px}x{self._scene.height_px}, {self._scene.fps:g} pictures/s"

    @property
    def length_us(self) -> int:
        return round(self._scene.frame_count / self._scene.fps * 1_000_000)

    def shots(self, after: Mark | None) -> Iterator[Shot]:
        first = 0 if after is None else int(after) + 1
        for index in range(first, self._scene.frame_count):
            yield Shot(index, round(index * 1_000_000 / self._scene.fps), partial(self._render, index))

    def close(self) -> None:
        """Nothing is held."""

    def _render(self, index: int) -> Loaded:
        return Loaded(self._scene.render(index))
