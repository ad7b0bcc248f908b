"""Sources that hold single pictures, each of which can be had by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec

from services.ingest.reading.capture import Captured, SourceError, place_of
from services.ingest.reading.developing import Developer, Rate
from shared.bus.frames import Image
from shared.settings import Camera

Mark = int | str  # of a picture: what a roll finds it again by


@dataclass(frozen=True)
class Loaded:
    """(H, W, 3) BGR, and the JPEG bytes that it was decoded from, where it was."""

    image: Image
    jpeg: bytes | None = None


@dataclass(frozen=True)
class Shot:
    """A picture that is there to be loaded; `load` gives none where it is damaged."""

    mark: Mark
    pts_us: int
    load: Callable[[], Loaded | None]


class Roll(Protocol):
    """Pictures in strictly increasing media time.

    `kind` tells its marks from another's; `name` may be shown. `stream` describes the pictures. `end_reason`
    is valid once the shots are exhausted. `damaged` counts what is too damaged to be a shot. `rated` says
    that the camera's `fps` is a limit here.
    """

    kind: str
    name: str
    stream: str
    end_reason: str
    damaged: int
    rated: bool

    @property
    def length_us(self) -> int | None:
        """How long the pictures go on, where that is known."""

    def shots(self, after: Mark | None) -> Iterator[Shot]:
        """The pictures after the marked one; none: all.

        Raises:
            SourceError: the marked one is gone, or reading fails.
        """

    def close(self) -> None:
        """Let go of what is open."""


class RollPlace(msgspec.Struct, frozen=True, array_like=True, tag="roll"):
    """The last picture that was handed out, how many there were, and when the rate wants the next."""

    kind: str
    handed_out: int
    mark: Mark
    pts_us: int
    due_us: float | None = None


class RollReader:
    """Reads a roll from `position`, or from the camera's start; see `SourceReader`.

    Args:
        camera: start, end, rate, and what is done to pictures.
        position: of the last picture that an earlier reader handed out.
        roll: closed with the reader.
    """

    def __init__(self, camera: Camera, position: bytes | None, roll: Roll) -> None:
        self.live = camera.real_time
        self.endless = False
        self.corrupt = 0
        self.end_reason = roll.end_reason
        self._camera = camera
        self._roll = roll
        self._place = place = place_of(position, RollPlace)
        if place is not None and place.kind != roll.kind:
            raise SourceError(f"{roll.name}: the stored place is one of another source: begin a new run")
        self.pts_us = 0 if place is None else place.pts_us
        self._developer = Developer(camera)
        fps = camera.fps if roll.rated else None
        self._rate = Rate(fps) if place is None else Rate(fps, place.pts_us, place.due_us)

    @property
    def stream(self) -> str:
        return self._roll.stream

    def __iter__(self) -> Iterator[Captured]:
        """Pictures after the place, up to `max_frames` since the source began.

        Raises:
            SourceError: the crop does not fit, there is no picture, or the marked one is gone.
        """
        limit = self._camera.max_frames
        handed_out = 0 if self._place is None else self._place.handed_out
        for shot, loaded in self._wanted() if handed_out != limit else ():
            handed_out += 1
            self.pts_us = shot.pts_us
            here = RollPlace(self._roll.kind, handed_out, shot.mark, shot.pts_us, self._rate.due_us)
            yield self._captured(shot, loaded, msgspec.msgpack.encode(here))
            if handed_out == limit:
                break
        if not handed_out:
            raise SourceError(self._emptiness())
        self.end_reason = f"stopped after {limit} frames" if handed_out == limit else self._roll.end_reason

    def close(self) -> None:
        self._roll.close()

    def _wanted(self) -> Iterator[tuple[Shot, Loaded]]:
        start_us = round(self._camera.start_s * 1_000_000)
        damaged = 0
        for shot in self._roll.shots(None if self._place is None else self._place.mark):
            self.corrupt += self._roll.damaged - damaged
            damaged = self._roll.damaged
            if shot.pts_us < start_us or not self._rate.wants(shot.pts_us):
                continue
            loaded = shot.load()
            if loaded is None:
                self.corrupt += 1
            else:
                yield shot, loaded
        self.corrupt += self._roll.damaged - damaged

    def _captured(self, shot: Shot, loaded: Loaded, position: bytes) -> Captured:
        image = self._developer.developed(loaded.image)
        changed = self._camera.masks or self._camera.crop or self._camera.rotate
        same = not changed and image.shape == loaded.image.shape
        return Captured(image, shot.pts_us, position, jpeg=loaded.jpeg if same else None)

    def _emptiness(self) -> str:
        name, start_s, length_us = self._roll.name, self._camera.start_s, self._roll.length_us
        if self.corrupt:
            return f"no picture of {name} can be decoded: all {self.corrupt} are damaged"
        if start_s > 0:
            length = "" if length_us is None else f", it lasts {length_us / 1e6:.2f} s"
            return f"{name} has no picture at or after {start_s:g} s{length}: start earlier"
        return f"{name} holds no pictures"
