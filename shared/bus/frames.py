"""Pictures between ingest and the stages: how they are packed, fetched and unpacked."""

import time
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (H, W, 3) BGR

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
            decoded = cv2.imdecode(np.frombuffer(self._data, np.uint8), _REDUCED[reduce])
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


class FrameStore(Protocol):
    """Where pictures are between ingest and the stages: the seam for other ways than the server's memory."""

    def put(self, image: Image, quality: int) -> bytes:
        """Keep a picture; what its entry in the `frames` stream shall carry."""

    def get(self, body: bytes) -> Picture:
        """The picture of an entry that carries `body`."""


class RedisFrames:
    """Pictures as JPEG in their entries: any host reads them, and they go when the stream is trimmed."""

    def put(self, image: Image, quality: int) -> bytes:
        return encode_jpeg(image, quality)

    def get(self, body: bytes) -> Picture:
        return Jpeg(body)
