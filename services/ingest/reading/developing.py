"""What is done to a picture between the decoder and everybody else, and how many pictures are wanted.

Masks come first, so that nothing hidden leaves ingest whatever is set beside them.
"""

import statistics
from collections import deque

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from services.ingest.reading.capture import SourceError
from shared.bus.frames import Image
from shared.settings import Camera

Crop = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels of the upright picture
_Corners = NDArray[np.float64]  # (N, 2) x, y as shares of the upright picture

_UPRIGHT = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
_CLOCKWISE = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
# Scaling and halved colour resolution spread a source pixel over its neighbours. Of random masks over noise
# at six scales, 2 px let something through where the picture became slightly smaller, 3 px never.
_GROWN_PX = 3
_SUB_PIXEL_BITS = 4  # of the corners of masks
_TOLERANCE = 0.4  # of the source's interval: earlier or later by less is jitter
_INTERVALS = 15  # the source's interval is the median of so many


class Developer:
    """Turns what a camera of these settings gave into the picture to analyse.

    In this order: upright (a file may say that it lies on its side), privacy masks, crop, size, rotation.
    The size of what comes in may change from picture to picture.
    """

    def __init__(self, camera: Camera) -> None:
        self._crop = camera.crop
        self._longest_px = camera.longest_side_px
        self._rotation = _CLOCKWISE.get(camera.rotate)
        self._masks = tuple(np.array(polygon, np.float64) for polygon in camera.masks)
        self._keep: Image | None = None
        self._reformatter = VideoReformatter()

    def image(self, frame: av.VideoFrame) -> Image:
        """(H, W, 3) BGR of a decoded picture.

        Without a crop the picture is made smaller while it is converted: 1080p to 640 px takes 0.7 ms on one
        core of a server, converting it whole and then shrinking it 2.6 ms. One thread converts: waking others
        for a millisecond of work costs more than it saves.

        Raises:
            SourceError: the crop reaches out of the picture.
        """
        width_px, height_px = frame.width, frame.height
        if self._crop is None:
            width_px, height_px = fitting(width_px, height_px, self._longest_px)
        smaller = (width_px, height_px) != (frame.width, frame.height)
        converted = self._reformatter.reformat(
            frame,
            width=width_px,
            height=height_px,
            format="bgr24",
            interpolation=Interpolation.AREA if smaller else None,
            threads=1,
        )
        bgr = np.asarray(converted.to_ndarray(), np.uint8)
        turn = _UPRIGHT.get(frame.rotation % 360)
        return self.developed(bgr if turn is None else np.asarray(cv2.rotate(bgr, turn), np.uint8))

    def developed(self, image: Image) -> Image:
        """(H, W, 3) BGR of an upright picture that came as an array, which stays as it is.

        Raises:
            SourceError: the crop reaches out of the picture.
        """
        image = cropped(self._masked(image), self._crop)
        height_px, width_px = image.shape[:2]
        size = fitting(width_px, height_px, self._longest_px)
        if size != (width_px, height_px):
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        if self._rotation is not None:
            image = np.asarray(cv2.rotate(image, self._rotation), np.uint8)
        return np.ascontiguousarray(image)

    def _masked(self, image: Image) -> Image:
        if not self._masks:
            return image
        if self._keep is None or self._keep.shape != image.shape:
            self._keep = _seen_through(self._masks, image.shape[1], image.shape[0])
        return np.asarray(cv2.bitwise_and(image, self._keep), np.uint8)


class Rate:
    """Chooses evenly, in media time, which pictures of a source are analysed.

    The first one is, and then those that come closest after each step of 1/`fps`, or before it by less than
    jitter explains. Steps do not drift with the pictures' jitter, but follow a source that is slower than it
    says: 15 of 29.97 is every second picture for ever. Choosing at most `fps`, it may choose a few per
    thousand less where the two rates have no common measure.

    Args:
        fps: pictures a second; None: all of them.
        after_us: media time of the picture that an earlier reader of this source chose last.
        due_us: what `due_us` was then; none: a step after that picture.
    """

    def __init__(self, fps: float | None, after_us: int | None = None, due_us: float | None = None) -> None:
        self._period_us = None if fps is None else 1_000_000 / fps
        self._last_us = after_us
        self._due_us = due_us
        if due_us is None and after_us is not None and self._period_us is not None:
            self._due_us = after_us + self._period_us
        self._intervals_us: deque[int] = deque(maxlen=_INTERVALS)

    @property
    def due_us(self) -> float | None:
        """Media time at which the next picture is due."""
        return self._due_us

    def wants(self, pts_us: int) -> bool:
        """Whether to analyse the picture of this media time; asked once for each picture, in order."""
        if self._period_us is None:
            return True
        last_us, self._last_us = self._last_us, pts_us
        if last_us is None or self._due_us is None or pts_us <= last_us:
            self._due_us = pts_us + self._period_us
            return True
        self._intervals_us.append(pts_us - last_us)
        slack_us = _TOLERANCE * min(statistics.median_low(self._intervals_us), self._period_us)
        late_us = pts_us - self._due_us
        if late_us < -slack_us:
            return False
        after_a_gap = late_us > self._period_us
        self._due_us = self._period_us + (pts_us if after_a_gap else max(self._due_us, pts_us - slack_us))
        return True


def fitting(width_px: int, height_px: int, longest_px: int | None) -> tuple[int, int]:
    """Width and height of a picture whose longer side is at most `longest_px`; even where it is made smaller.

    A picture that fits stays as it is.
    """
    if longest_px is None or max(width_px, height_px) <= longest_px:
        return width_px, height_px
    scale = longest_px // 2 * 2 / max(width_px, height_px)
    return max(2, round(width_px * scale / 2) * 2), max(2, round(height_px * scale / 2) * 2)


def cropped(image: Image, crop: Crop | None) -> Image:
    """The part of `image` inside `crop`, as a view.

    Raises:
        SourceError: the crop is empty or reaches out of the picture.
    """
    if crop is None:
        return image
    x0, y0, x1, y1 = crop
    height, width = image.shape[:2]
    if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        raise SourceError(
            f"crop {x0},{y0},{x1},{y1} does not lie inside the picture of {width}x{height} pixels:"
            " give x0,y0,x1,y1 with x0 < x1 and y0 < y1"
        )
    return image[y0:y1, x0:x1]


def _seen_through(masks: tuple[_Corners, ...], width_px: int, height_px: int) -> Image:
    """(H, W, 3): 0 where a mask hides the picture, grown by what scaling spreads, 255 elsewhere."""
    keep = np.full((height_px, width_px), 255, np.uint8)
    scale = np.array([width_px, height_px]) * 2**_SUB_PIXEL_BITS
    for polygon in masks:
        # A pixel's centre lies half a pixel from its corner, where shares count from.
        corners = np.round(polygon * scale - 2 ** (_SUB_PIXEL_BITS - 1)).astype(np.int32)
        hidden = np.zeros_like(keep)
        cv2.fillPoly(hidden, [corners], 255, shift=_SUB_PIXEL_BITS)
        cv2.polylines(hidden, [corners], True, 255, shift=_SUB_PIXEL_BITS)
        keep[hidden > 0] = 0
    keep = np.asarray(cv2.erode(keep, np.ones((2 * _GROWN_PX + 1, 2 * _GROWN_PX + 1), np.uint8)), np.uint8)
    return np.repeat(keep[..., None], 3, axis=2)
