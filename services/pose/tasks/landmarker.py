"""One Pose Landmarker of MediaPipe's: a picture in, arrays out, in each of its three running modes.

Source: https://ai.google.dev/edge/mediapipe/solutions/vision/pose_landmarker/python
"""

import atexit
import os
import queue
import time
import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.pose.tasks.library import MediaPipeError, imported
from shared.bus.frames import Image
from shared.settings import MediaPipe
from shared.vision.blazepose import LANDMARKS
from shared.vision.boxes import Floats

_VISION = "mediapipe.tasks.python.vision"
_LIBRARIES = "libegl1 libgles2"  # Debian's names of what MediaPipe's library is linked with
_RESTART_MS = 1000  # media time that goes back further than this has begun again

_tasks: "weakref.WeakSet[Any]" = weakref.WeakSet()


@atexit.register  # before MediaPipe is imported, so that it runs after MediaPipe knows that the process ends
def _close_all() -> None:
    """Left to the collector, those that are open at the end would complain of a library that is half gone."""
    for task in tuple(_tasks):
        task.close()


@dataclass(frozen=True, eq=False)
class Found:
    """The N people of one picture.

    `landmarks` (N, 33, 5) float32: x and y as shares of the picture's width and height, z as a share of its
    width, visibility and presence in [0, 1]. `world` (N, 33, 3) float32 metres from the hips. `masks`: for
    each person (H, W) float32, how likely a pixel shows that person; none where they are not asked for.
    """

    landmarks: Floats
    world: Floats
    masks: tuple[NDArray[np.float32], ...]


class Clock:
    """Timestamps as a landmarker wants them: whole milliseconds of media time, each later than the last."""

    def __init__(self) -> None:
        self._zero_us: int | None = None
        self._last_ms = -1

    def has_restarted(self, pts_us: int) -> bool:
        """Whether media time went back so far that it is another recording: the landmarker's memory is not of
        it.
        """
        return self._zero_us is not None and self._since(pts_us) < self._last_ms - _RESTART_MS

    def stamp_ms(self, pts_us: int) -> int:
        """The timestamp of the next frame, from 0; one that repeats or goes back a little counts as 1 ms
        later.
        """
        self._last_ms = max(self._since(pts_us), self._last_ms + 1)
        return self._last_ms

    def _since(self, pts_us: int) -> int:
        if self._zero_us is None:
            self._zero_us = pts_us
        return (pts_us - self._zero_us) // 1000


class Bundle:
    """A bundle in memory that all landmarkers map: with a copy of its own each would take half as much memory
    again, and four times as long to open.
    """

    def __init__(self, data: bytes) -> None:
        descriptor = os.memfd_create("pose_landmarker.task")
        weakref.finalize(self, os.close, descriptor)
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(data)
        self.path = f"/proc/self/fd/{descriptor}"


class Landmarker:
    """Looks at the pictures of one camera, in their order; in running mode `image` at any."""

    def __init__(self, settings: MediaPipe, bundle: Bundle) -> None:
        """Raises:
        MediaPipeError: MediaPipe is not installed, or refuses the bundle or the options.
        """
        self.clock = Clock()
        self._mode = settings.running_mode
        self._answers: queue.SimpleQueue[tuple[int, Found]] = queue.SimpleQueue()
        self._task = _open(settings, bundle, self._answer)
        _tasks.add(self._task)
        core = imported(f"{_VISION}.core.image")
        self._image, self._format = core.Image, core.ImageFormat.SRGB

    def look(self, image: Image, pts_us: int, wait_s: float) -> Found | None:
        """Find the people of a picture.

        Args:
            image: (H, W, 3) RGB, contiguous.
            pts_us: its media time.
            wait_s: in running mode `live_stream`: how long the result may take.

        Returns:
            None where MediaPipe ignored the picture, or is not ready with it in time (`live_stream` only).
        """
        picture = self._image(self._format, image)
        match self._mode:
            case "image":
                return _found(self._task.detect(picture))
            case "video":
                return _found(self._task.detect_for_video(picture, self.clock.stamp_ms(pts_us)))
            case "live_stream":
                stamp_ms = self.clock.stamp_ms(pts_us)
                self._task.detect_async(picture, stamp_ms)
                return self._await(stamp_ms, wait_s)

    def close(self) -> None:
        """Give its memory and threads back; it waits for the picture in work."""
        self._task.close()

    def _answer(self, result: Any, _image: Any, stamp_ms: int) -> None:
        """The result callback, in a thread of MediaPipe's."""
        self._answers.put((stamp_ms, _found(result)))

    def _await(self, stamp_ms: int, wait_s: float) -> Found | None:
        """The result of this very picture; those of earlier ones come too late for anybody."""
        deadline_s = time.monotonic() + wait_s
        while True:
            try:
                answered_ms, found = self._answers.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except queue.Empty:
                return None
            if answered_ms == stamp_ms:
                return found


def _open(settings: MediaPipe, bundle: Bundle, answer: Any) -> Any:
    base_options = imported("mediapipe.tasks.python").BaseOptions
    vision = imported(_VISION)
    options = vision.PoseLandmarkerOptions(
        base_options=base_options(
            model_asset_path=bundle.path, delegate=base_options.Delegate[settings.delegate.upper()]
        ),
        running_mode=vision.RunningMode[settings.running_mode.upper()],
        num_poses=settings.num_poses,
        min_pose_detection_confidence=settings.min_pose_detection_confidence,
        min_pose_presence_confidence=settings.min_pose_presence_confidence,
        min_tracking_confidence=settings.min_tracking_confidence,
        output_segmentation_masks=settings.output_segmentation_masks,
        result_callback=answer if settings.running_mode == "live_stream" else None,
    )
    try:
        return vision.PoseLandmarker.create_from_options(options)
    except OSError as error:  # FileNotFoundError too: so MediaPipe reports a bundle that lacks something
        reason = " ".join(str(error).split())
        if ".so" in reason:
            reason += f"; run: sudo apt install {_LIBRARIES}"
        raise MediaPipeError(f"pose.backend: mediapipe: {reason}") from error
    except (ValueError, RuntimeError) as error:
        raise MediaPipeError(f"pose.mediapipe: MediaPipe refuses: {' '.join(str(error).split())}") from error


def _found(result: Any) -> Found:
    landmarks = [[(p.x, p.y, p.z, p.visibility, p.presence) for p in body] for body in result.pose_landmarks]
    world = [[(p.x, p.y, p.z) for p in body] for body in result.pose_world_landmarks]
    return Found(
        np.array(landmarks, np.float32).reshape(-1, LANDMARKS, 5),
        np.array(world, np.float32).reshape(-1, LANDMARKS, 3),
        tuple(mask.numpy_view()[..., 0].copy() for mask in result.segmentation_masks or ()),
    )
