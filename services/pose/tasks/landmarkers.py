"""The landmarkers of a worker: one for each camera, a bounded number, and whose memory each one holds."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from services.pose.tasks.landmarker import Landmarker
from shared import metrics
from shared.messages import Frame

_LOG = logging.getLogger(__name__)
_EVERYBODY = ""  # no camera has this name


class Place(msgspec.Struct, frozen=True):
    """The last frame of a camera that a landmarker has seen; before the first one the camera has no name."""

    camera: str = ""
    run: int = 0
    seq: int = -1

    @classmethod
    def of(cls, message: Frame) -> "Place":
        return cls(message.camera, message.run, message.seq)


@dataclass
class Held:
    """A landmarker and the frame that its memory ends with; None while it looks, and after it failed."""

    landmarker: Landmarker
    place: Place | None = None


class Landmarkers:
    """Opened at a camera's first frame, closed at its end, or when room is needed for another camera's."""

    def __init__(self, make: Callable[[], Landmarker], most: int, *, shared: bool) -> None:
        """`most`: so many are open at once; beyond it the one that was used longest ago is closed.

        `shared`: they have no memory, so that one serves all cameras.
        """
        self._make = make
        self._most = most
        self._shared = shared
        self._held: OrderedDict[str, Held] = OrderedDict()  # the one that was used longest ago first
        self._crowded = False

    def take(self, message: Frame, place: Place) -> Held:
        """The landmarker for a camera's next frame: with its memory of `place`, or a new one.

        Raises:
            MediaPipeError: a new one cannot be opened.
        """
        key = _EVERYBODY if self._shared else message.camera
        held = self._held.get(key)
        if held is not None and not self._shared and not _remembers(held, message, place):
            self._close(key)
            held = None
        if held is None:
            self._make_room(key)
            held = self._held[key] = Held(self._make())
        self._held.move_to_end(key)
        held.place = None
        self._count()
        return held

    def end(self, place: Place) -> None:
        """The camera's run is over."""
        held = self._held.get(place.camera)
        if held is not None and held.place == place:
            self._close(place.camera)
            self._count()

    def close(self) -> None:
        """Close all of them."""
        for camera in tuple(self._held):
            self._close(camera)
        self._count()

    def _make_room(self, camera: str) -> None:
        while len(self._held) >= self._most:
            oldest = next(iter(self._held))
            self._close(oldest)
            if not self._crowded:
                self._crowded = True
                _LOG.warning(
                    "camera %s: its landmarker was closed to open one for %s, and starts afresh: more cameras"
                    " here than pose.mediapipe.landmarkers: %d; raise it, or add workers",
                    oldest,
                    camera,
                    self._most,
                )

    def _close(self, camera: str) -> None:
        self._held.pop(camera).landmarker.close()

    def _count(self) -> None:
        metrics.pose_landmarkers.set(len(self._held))


def _remembers(held: Held, message: Frame, place: Place) -> bool:
    """Whether the memory of `held` is that of the frame before this one."""
    return held.place == place and not held.landmarker.clock.has_restarted(message.pts_us)
