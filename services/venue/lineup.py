"""Pictures of several cameras in the order in which they were taken, however they come."""

from bisect import insort
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from services.venue.sightings import Sightings
from shared.messages import Array, Frame, Message

MOST_FRAMES = 256  # that wait, of all cameras
MOST_BYTES = 131_072  # ... and what they show
GONE_US = 2_000_000  # a live camera so far behind the others is not waited for


class Held(msgspec.Struct, frozen=True):
    """What a camera saw in a picture, or that its run is over (`tracks` is None then).

    `camera` to `live` are those of the message; `index` is the camera's among the venue's, `at_us` its own
    time, `place_us` the venue's, which never goes back.
    """

    camera: str
    run: int
    seq: int
    pts_us: int
    live: bool
    index: int
    at_us: int
    place_us: int
    tracks: Array | None = None
    metres: Array | None = None
    noise: Array | None = None
    looks: Array | None = None

    @classmethod
    def of(cls, frame: Frame, sightings: Sightings, place_us: int) -> "Held":
        """A picture."""
        looks = sightings.looks
        return cls(
            *_named(frame, sightings.camera),
            at_us=sightings.at_us,
            place_us=place_us,
            tracks=Array.of(sightings.tracks),
            metres=Array.of(sightings.metres),
            noise=Array.of(sightings.noise),
            looks=None if looks is None or not looks.any() else Array.of(looks.astype(np.float16)),
        )

    @classmethod
    def end(cls, message: Message, index: int, place_us: int) -> "Held":
        """The end of a camera's run, behind its last picture."""
        return cls(*_named(message, index), at_us=place_us, place_us=place_us)

    @property
    def sightings(self) -> Sightings | None:
        """What goes into the fusion; None where the run is over."""
        if self.tracks is None or self.metres is None or self.noise is None:
            return None
        return Sightings(
            camera=self.index,
            at_us=self.at_us,
            tracks=self.tracks.numpy(),
            metres=self.metres.numpy(),
            noise=self.noise.numpy(),
            looks=None if self.looks is None else self.looks.numpy(),
        )

    @property
    def size(self) -> int:
        """Bytes of its arrays."""
        arrays = (self.tracks, self.metres, self.noise, self.looks)
        return sum(len(array.data) for array in arrays if array is not None)


def _named(message: Message, index: int) -> tuple[str, int, int, int, bool, int]:
    return message.camera, message.run, message.seq, message.pts_us, message.live, index


def _order(held: Held) -> tuple[int, int, int]:
    return held.place_us, held.index, held.seq


class LineUp:
    """Lets pictures go by the venue's time, each once every camera that may show something earlier has come
    so far.

    A film is waited for as long as there is room, one that has not begun as well; of live cameras those that
    play, for `wait_us` of their time. It computes the same from the same pictures in the same order.
    """

    def __init__(self, cameras: Sequence[str], wait_us: int) -> None:
        self.held: list[Held] = []  # in order
        self.reached_us: dict[str, int] = {}  # how far the cameras that play have come
        self.over: set[str] = set()  # cameras whose run is over, until all are
        self.unaligned = 0  # let go too early
        self._cameras = cameras
        self._wait_us = wait_us

    def add(self, held: Held) -> None:
        """One more; of its camera it is the latest."""
        insort(self.held, held, key=_order)

    def release(self) -> Iterator[Held]:
        """Those whose turn has come."""
        while self.held:
            first = self.held[0]
            awaited = self._awaited(first)
            if awaited and not self._overdue(first):
                return
            self.unaligned += awaited
            yield self.held.pop(0)

    def release_all(self) -> Iterator[Held]:
        """All, in order."""
        while self.held:
            yield self.held.pop(0)

    def _awaited(self, first: Held) -> bool:
        """Whether another camera may still show something earlier."""
        if not first.live:
            ahead = first.place_us
            return any(self.reached_us.get(c, -1) < ahead for c in self._cameras if c not in self.over)
        newest_us = max(self.reached_us.values(), default=0)
        near_us = (at_us for at_us in self.reached_us.values() if newest_us - at_us <= GONE_US)
        return any(at_us < first.place_us for at_us in near_us)

    def _overdue(self, first: Held) -> bool:
        if len(self.held) > MOST_FRAMES or sum(held.size for held in self.held) > MOST_BYTES:
            return True
        newest_us = max(self.reached_us.values(), default=first.place_us)
        return first.live and newest_us - first.place_us >= self._wait_us
