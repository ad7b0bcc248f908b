"""The tracks of one camera: what a checkpoint holds, and its form for computing."""

from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.tracker.association import Bodies, Indices
from services.tracker.kalman import Floats, Motion
from shared.messages import Array, Person
from shared.vision.bodies import body_of
from shared.vision.skeletons.coco import COCO17, JOINTS

_JOINTS = COCO17.places(JOINTS)


class Known(msgspec.Struct, frozen=True, array_like=True):
    """One track's name and ages in media time."""

    track: int
    confirmed: bool
    born_us: int
    seen_us: int
    score: float


class TrackerState(msgspec.Struct, frozen=True):
    """Checkpoint of one camera: about 500 bytes for each track.

    `motion` is (T, 20): cx, cy, w, h, their velocities, and the four (pp, pv, vv); px and seconds.
    `shapes` is (T, 13, 3): x and y in px relative to the centre of the box, and visibility.
    """

    next_track: int = 1
    pts_us: int | None = None
    known: tuple[Known, ...] = ()
    motion: Array = Array.of(np.empty((0, 20)))
    shapes: Array = Array.of(np.empty((0, len(JOINTS), 3), np.float32))


@dataclass(frozen=True)
class Tracks:
    """T tracks: names and ages, motion, and shapes (T, 13, 3) as in `TrackerState`."""

    known: tuple[Known, ...]
    motion: Motion
    shapes: NDArray[np.float32]

    def take(self, rows: Indices) -> "Tracks":
        """The tracks of `rows`, in that order."""
        return Tracks(tuple(self.known[row] for row in rows), self.motion.take(rows), self.shapes[rows])

    def replaced(self, rows: Indices, new: "Tracks") -> "Tracks":
        """These tracks with those of `rows` exchanged for `new`, one for one."""
        known = list(self.known)
        for row, value in zip(rows, new.known, strict=True):
            known[row] = value
        old, seen = self.motion, new.motion
        motion = Motion(
            _put(old.position, rows, seen.position),
            _put(old.velocity, rows, seen.velocity),
            _put(old.covariance, rows, seen.covariance),
        )
        shapes = self.shapes.copy()
        shapes[rows] = new.shapes
        return Tracks(tuple(known), motion, shapes)

    def joined(self, new: "Tracks") -> "Tracks":
        """These tracks and then `new`."""
        old, young = self.motion, new.motion
        motion = Motion(
            np.concatenate([old.position, young.position]),
            np.concatenate([old.velocity, young.velocity]),
            np.concatenate([old.covariance, young.covariance]),
        )
        return Tracks(self.known + new.known, motion, np.concatenate([self.shapes, new.shapes]))

    def moved(self, motion: Motion) -> "Tracks":
        """The same tracks with another motion."""
        return replace(self, motion=motion)

    def bodies(self) -> Bodies:
        """What the tracks are expected to look like: the last shape carried along with the box."""
        keypoints = self.shapes.astype(np.float64)
        keypoints[..., :2] += self.motion.position[:, None, :2]
        return Bodies(self.motion.position, keypoints)


def _put(values: Floats, rows: Indices, new: Floats) -> Floats:
    changed = values.copy()
    changed[rows] = new
    return changed


def unpack(state: TrackerState) -> Tracks:
    """The tracks of a checkpoint."""
    values = state.motion.numpy().astype(np.float64)
    motion = Motion(values[:, :4], values[:, 4:8], values[:, 8:].reshape(-1, 4, 3))
    return Tracks(state.known, motion, state.shapes.numpy().astype(np.float32))


def pack(tracks: Tracks, next_track: int, pts_us: int) -> TrackerState:
    """The checkpoint of the tracks, exact to the bit."""
    motion = tracks.motion
    covariance = motion.covariance.reshape(-1, 12)
    values = np.concatenate([motion.position, motion.velocity, covariance], axis=1)
    return TrackerState(next_track, pts_us, tracks.known, Array.of(values), Array.of(tracks.shapes))


def observe(persons: tuple[Person, ...]) -> Bodies:
    """The persons of a frame; what their skeleton lacks of the joints is NaN, and all where there is none."""
    boxes = np.array([person.box for person in persons], np.float64).reshape(-1, 4)
    position = np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)
    position[:, 2:] = np.maximum(position[:, 2:], 1.0)
    keypoints = np.full((len(persons), len(JOINTS), 3), np.nan)
    for row, person in enumerate(persons):
        if body := body_of(person):
            keypoints[row] = body.points[_JOINTS][:, [0, 1, 3]]
    return Bodies(position, keypoints)


def shapes_of(bodies: Bodies) -> NDArray[np.float32]:
    """(N, 13, 3) the keypoints relative to the centres of the boxes."""
    shapes = bodies.keypoints.copy()
    shapes[..., :2] -= bodies.position[:, None, :2]
    return shapes.astype(np.float32)


def unseen_s(known: tuple[Known, ...], pts_us: int) -> Floats:
    """(T,) seconds of media time since each track was seen."""
    return np.array([max(0, pts_us - track.seen_us) / 1e6 for track in known], np.float64)
