"""The built-in scene as a source: rendered as fast as it is read."""

import math
from collections.abc import Iterator

import msgspec

from services.ingest.capture import Captured, SourceError
from services.ingest.decoding import cropped
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Camera


class SceneReader:
    """Renders the frames after `position`; see `SourceReader`. A position is a frame's index.

    Raises:
        SourceError: there is no such scene, or it ends before the camera's start.
    """

    def __init__(self, camera: Camera, position: bytes | None) -> None:
        try:
            self._scene = Scene(parse(camera.source))
        except ValueError as error:
            raise SourceError(f"camera {camera.name}: {error}") from None
        self.live = camera.real_time
        self.endless = False
        self.stream = ""
        self.corrupt = 0
        self.end_reason = "end of scene"
        self._camera = camera
        self._first = math.ceil(camera.start_s * self._scene.fps)
        if self._first >= self._scene.frame_count:
            length_s = self._scene.frame_count / self._scene.fps
            raise SourceError(
                f"{camera.source} has no picture at or after {camera.start_s:g} s, it lasts {length_s:.2f} s:"
                " start earlier"
            )
        self._next = msgspec.msgpack.decode(position, type=int) + 1 if position else self._first
        self.pts_us = self._pts_us(self._next - 1) if position else 0

    def __iter__(self) -> Iterator[Captured]:
        """Pictures in order.

        Raises:
            SourceError: the crop does not fit.
        """
        limit = self._camera.max_frames
        last = self._scene.frame_count if limit is None else self._first + limit
        for index in range(self._next, min(last, self._scene.frame_count)):
            image = cropped(self._scene.render(index), self._camera.crop)
            self.pts_us = self._pts_us(index)
            yield Captured(image, self.pts_us, msgspec.msgpack.encode(index))
        if last < self._scene.frame_count:
            self.end_reason = f"stopped after {limit} frames"

    def close(self) -> None:
        """Nothing is held."""

    def _pts_us(self, index: int) -> int:
        return round(index * 1_000_000 / self._scene.fps)
