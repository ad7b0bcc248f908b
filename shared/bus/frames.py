"""Pictures between ingest and the stages: how they are packed, fetched and unpacked."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (H, W, 3) BGR

REFERENCE = b"KSR1"  # begins an entry's body that only says where the picture is; a JPEG begins FF D8

_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


class PictureError(ValueError):
    """A frame body that cannot be decoded, or is no longer kept."""


class Picture(Protocol):
    """A frame's picture, decoded when somebody looks; `spent_ns` is the CPU time that took so far."""

    spent_ns: int

    def bgr(self, reduce: int = 1) -> Image:
        """The picture at 1/`reduce` (1, 2, 4 or 8) of its size, rounded up; (H, W, 3) BGR.

        Raises:
            PictureError: the bytes are not a picture.
        """


class Jpeg:
    """A picture as JPEG; a reduced look is decoded at that size, which costs a fraction."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.spent_ns = 0
        self._decoded: dict[int, Image] = {}

    def bgr(self, reduce: int = 1) -> Image:
        image = self._decoded.get(reduce)
        if image is None:
            started_ns = time.thread_time_ns()
            data = np.frombuffer(self._data, np.uint8)
            decoded = cv2.imdecode(data, _REDUCED[reduce]) if data.size else None
            if decoded is None:
                raise PictureError(f"a frame body of {len(self._data)} bytes is not a JPEG")
            self.spent_ns += time.thread_time_ns() - started_ns
            image = self._decoded[reduce] = decoded.astype(np.uint8, copy=False)
        return image


def encode_jpeg(image: Image, quality: int) -> bytes:
    """Pack (H, W, 3) BGR as JPEG; `quality` 1 to 100."""
    ok, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise PictureError(f"a picture of shape {image.shape} cannot be packed as JPEG")
    return data.tobytes()


class FrameWriter(Protocol):
    """Keeps the pictures of one camera; one process at a time should write them."""

    @property
    def window(self) -> int:
        """How many of the camera's messages may be in flight: what was asked for, or less where less fits.

        Valid after `put`: the message that carries its picture is published under this bound.
        """

    def put(self, image: Image, quality: int, seq: int) -> bytes:
        """Keep the picture of message `seq`; what its entry in the `frames` stream shall carry.

        `seq` counts the camera's messages (see `Header`); the same one may come again with another picture,
        as long as no message of that number is stored. `quality` 1 to 100, where the picture becomes a JPEG.
        """

    def close(self) -> None:
        """Let another process write; what is kept stays readable."""


@dataclass(frozen=True)
class Held:
    """Pictures of one camera that lie together: how many at most, and the bytes that are taken for them."""

    camera: str
    slots: int
    size_bytes: int


class FrameStore(Protocol):
    """Where pictures are between ingest and the stages: the seam for other ways than the server's memory."""

    def writer(self, camera: str, window: int) -> FrameWriter:
        """For ingest: keeps the pictures of `camera`, of which up to `window` are in flight."""

    def get(self, body: bytes) -> Picture:
        """The picture of an entry that carries `body`; whatever is wrong with it shows when it is looked
        at.
        """

    def held(self) -> Sequence[Held]:
        """What the store holds outside of the server, now."""


class JpegWriter:
    """Pictures as JPEG in their entries."""

    def __init__(self, window: int) -> None:
        self.window = window

    def put(self, image: Image, quality: int, seq: int) -> bytes:
        return encode_jpeg(image, quality)

    def close(self) -> None:
        """Nothing is held."""


class Elsewhere:
    """A picture of which only a reference came, where nobody can follow it."""

    spent_ns = 0

    def bgr(self, reduce: int = 1) -> Image:
        raise PictureError(
            "the picture is in shared memory (frames.store: shm), which this worker does not use"
            " (frames.store: redis): give all workers of the host the same `frames` section"
        )


class RedisFrames:
    """Pictures as JPEG in their entries: any host reads them, and they go when the stream is trimmed."""

    def writer(self, camera: str, window: int) -> FrameWriter:
        return JpegWriter(window)

    def get(self, body: bytes) -> Picture:
        return Elsewhere() if body.startswith(REFERENCE) else Jpeg(body)

    def held(self) -> Sequence[Held]:
        return ()
