"""The calibrated cameras of a venue, and where the people of a picture are on its ground."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.venue.feet import feet_of
from services.venue.fusion import Fusion
from services.venue.motion import Floats
from services.venue.sightings import Sightings
from services.venue.tables import Flags, Whole
from shared.messages import Frame, Person
from shared.settings import Venue, VenueCamera
from shared.vision.calibration import CalibrationError, calibrate
from shared.vision.ground import Ground
from shared.vision.lens import Lens

# A place less certain than this is none: near the horizon a pixel is many metres.
_VAGUE_M = 3.0


@dataclass(frozen=True, eq=False)
class Points:
    """The marked points of a camera: (N, 2) pixels and (N, 2) metres."""

    px: Floats
    metres: Floats

    @classmethod
    def of(cls, camera: VenueCamera) -> "Points":
        """As the configuration has them."""
        return cls(
            np.array([point.px for point in camera.points]), np.array([point.m for point in camera.points])
        )


@dataclass(frozen=True, eq=False)
class Placed:
    """The persons of a picture who have a track, N of them, on the ground.

    Attributes:
        tracks: (N,) the camera's ids.
        metres: (N, 2); NaN where a person's place is not known.
        noise: (N, 2, 2) covariances, m^2; NaN likewise.
        looks: (N, D) embeddings, zero where one is missing; D is 0 where nobody has any.
        inside: (N,) whether the place lies within the camera's calibrated points.
        followed: (N,) whether it is known well enough, and lies in the venue's field.
    """

    tracks: Whole
    metres: Floats
    noise: Floats
    looks: Floats
    inside: Flags
    followed: Flags


class Site:
    """A venue's cameras, calibrated."""

    def __init__(self, venue: Venue) -> None:
        """Calibrate all of them.

        Raises:
            CalibrationError: a camera's points tell no ground, or the cameras do not see one and the same.
        """
        self.cameras = tuple(venue.cameras)
        self._venue = venue
        self.grounds: Mapping[str, Ground] = {
            name: ground_of(name, camera) for name, camera in venue.cameras.items()
        }
        _refuse_mirrored(self.grounds)

    def fusion(self) -> Fusion:
        """Nobody is known yet."""
        offsets = [camera.clock_offset_s for camera in self._venue.cameras.values()]
        return Fusion(offsets, self._venue.fusion, self._venue.effort)

    def place(self, frame: Frame) -> Placed:
        """Where the persons of a frame of one of the cameras are.

        Raises:
            KeyError: the frame is of another camera.
            ValueError: a person's skeleton is unknown.
        """
        persons = [person for person in frame.persons if person.track is not None]
        feet = feet_of(persons, frame.height_px)
        scale = self._scale(frame)
        located = self.grounds[frame.camera].locate(feet.px * scale, feet.sigma_px * scale)
        spread = np.nan_to_num(located.covariance, nan=1e9)
        sure = np.trace(spread, axis1=1, axis2=2) <= _VAGUE_M**2
        return Placed(
            tracks=np.array([person.track for person in persons], np.int64),
            metres=located.metres,
            noise=located.covariance,
            looks=_looks(persons),
            inside=located.inside,
            followed=sure & _in_field(self._venue, located.metres),
        )

    def sightings(self, frame: Frame) -> Sightings:
        """What the fusion takes in of a frame; raises as `place` does.

        A live camera's pictures go by when they were taken, a film's by its own time.
        """
        placed = self.place(frame)
        rows = placed.followed
        return Sightings(
            camera=self.cameras.index(frame.camera),
            at_us=frame.captured_us if frame.live else frame.pts_us,
            tracks=placed.tracks[rows],
            metres=placed.metres[rows],
            noise=placed.noise[rows],
            looks=placed.looks[rows],
        )

    def _scale(self, frame: Frame) -> Floats:
        """From the frame's pixels to those of the picture in which the points were marked."""
        size = self._venue.cameras[frame.camera].size_px
        if size is None:
            return np.ones(2)
        return np.array(size, np.float64) / [frame.width_px, frame.height_px]


def ground_of(name: str, camera: VenueCamera) -> Ground:
    """The calibration of one camera.

    Raises:
        CalibrationError: its points tell no ground.
    """
    points, bend = Points.of(camera), camera.lens
    lens = None if bend is None else Lens(bend.focal_px, bend.centre_px, bend.distortion)
    try:
        return calibrate(points.px, points.metres, lens)
    except CalibrationError as error:
        raise CalibrationError(f"venue.cameras.{name}: {error}") from None


def _refuse_mirrored(grounds: Mapping[str, Ground]) -> None:
    mirrored = [name for name, ground in grounds.items() if ground.mirrored]
    straight = [name for name, ground in grounds.items() if not ground.mirrored]
    if mirrored and straight:
        raise CalibrationError(
            f"venue.cameras: {mirrored[0]} sees the ground of {straight[0]} as in a mirror: in one of them x"
            " and y have changed places, or an axis runs the wrong way"
        )


def _in_field(venue: Venue, metres: Floats) -> Flags:
    if venue.field is None:
        return np.ones(len(metres), bool)
    low, high = np.array(venue.field.low) - venue.margin_m, np.array(venue.field.high) + venue.margin_m
    return np.asarray(((metres >= low) & (metres <= high)).all(axis=1), np.bool_)


def _looks(persons: Sequence[Person]) -> Floats:
    looks = [None if person.embedding is None else person.embedding.numpy() for person in persons]
    length = max((len(look) for look in looks if look is not None), default=0)
    known = [np.zeros(length) if look is None or len(look) != length else look for look in looks]
    return np.array(known, np.float64).reshape(len(persons), length)
