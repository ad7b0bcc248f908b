"""Several cameras that look at one ground: where they see it, and how people are followed across them."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from shared.section import Section
from shared.settings.stages import Work

Pixel = tuple[float, float]
Metres = tuple[float, float]
Side = Annotated[int, Field(ge=16, le=16_384)]
CameraName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class GroundPoint(Section):
    """A place on the ground that can be told in the camera's picture: the corner of a line, a mark."""

    px: Pixel = Field(description="x, y in the picture")
    m: Metres = Field(description="x, y on the ground, the same axes for all cameras of the venue")


class LensBend(Section):
    """How the camera's lens bends straight lines, as `cv2.calibrateCamera` tells it."""

    focal_px: Pixel = Field(description="along x and y")
    centre_px: Pixel = Field(description="the principal point")
    distortion: tuple[float, ...] = Field(description="k1, k2, p1, p2 and up to k3, k4, k5, k6")

    @field_validator("distortion")
    @classmethod
    def _as_opencv_takes_it(cls, distortion: tuple[float, ...]) -> tuple[float, ...]:
        if len(distortion) not in (4, 5, 8):
            raise ValueError(f"{len(distortion)} numbers: give 4, 5 or 8 (k1, k2, p1, p2, k3, k4, k5, k6)")
        return distortion

    @field_validator("focal_px")
    @classmethod
    def _positive(cls, focal_px: Pixel) -> Pixel:
        if min(focal_px) <= 0:
            raise ValueError("must be above 0")
        return focal_px


class VenueCamera(Section):
    """Where one camera sees the ground."""

    points: tuple[GroundPoint, ...] = Field(
        min_length=4, max_length=64, description="four or more, better eight, spread over what it sees"
    )
    size_px: tuple[Side, Side] | None = Field(
        None,
        description="width and height of the picture that the points were marked in; none: the picture as it"
        " is analysed (after masks, crop, rotation and scaling)",
    )
    lens: LensBend | None = Field(None, description="none: the picture is taken as straight")
    clock_offset_s: float | None = Field(
        None,
        ge=-60,
        le=60,
        description="added to the camera's time; none: estimated from people whom several cameras see",
    )


class Area(Section):
    """A rectangle on the ground, in metres."""

    low: Metres = Field(description="x, y of one corner")
    high: Metres = Field(description="x, y of the opposite corner, both larger")

    @model_validator(mode="after")
    def _has_an_area(self) -> Self:
        if self.high[0] <= self.low[0] or self.high[1] <= self.low[1]:
            raise ValueError("high must be above low in x and in y")
        return self


class Fusion(Section):
    """When sightings of several cameras are one person; all times are media time."""

    together_m: float = Field(
        0.3, ge=0, le=5, description="how far apart two cameras may see one person for reasons of their own"
    )
    confirm_s: float = Field(
        0.3, ge=0, le=5, description="a camera's track is watched for so long before it gets an id"
    )
    gap_s: float = Field(
        8.0, ge=0, le=120, description="a person whom nobody sees for longer comes back as another"
    )
    stale_s: float = Field(0.5, gt=0, le=5, description="a track not seen for so long counts as unseen")
    speed_m_s: float = Field(
        10.0, gt=0, le=20, description="nobody is faster; a gap is bridged no farther than this goes"
    )
    max_people: int = Field(96, ge=1, le=256, description="remembered at once")


class Effort(Section):
    """What counts as distance and as a sprint.

    Source: 25.2 km/h is the threshold that most studies of football use, though there is no consensus
    (Gualtieri et al. 2023, https://doi.org/10.3389/fspor.2023.1116293).
    """

    sprint_m_s: float = Field(7.0, gt=0, le=15, description="a sprint is at least this fast (25.2 km/h) ...")
    sprint_s: float = Field(1.0, ge=0, le=10, description="... for so long without a break ...")
    sprint_break_s: float = Field(0.5, ge=0, le=10, description="... longer than this")
    sway_m: float = Field(
        0.3, ge=0.05, le=5, description="who sways about a place by less than this goes no distance"
    )


class Venue(Work):
    """Cameras that see one ground; people get ids of the venue, places in metres, speed and distance."""

    name: str = Field("venue", pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    cameras: dict[CameraName, VenueCamera] = Field(min_length=1, max_length=32)
    field: Area | None = Field(None, description="what people do outside of it is not followed; none: all is")
    margin_m: float = Field(1.0, ge=0, le=100, description="... farther outside than this")
    fusion: Fusion = Fusion()
    effort: Effort = Effort()
    every_s: float = Field(
        0.1, ge=0, le=10, description="tell everybody's place so often, by the venue's clock"
    )
    wait_s: float = Field(
        0.5,
        ge=0,
        le=10,
        description="a live camera's picture waits up to so long for those that others took earlier (films"
        " wait for each other)",
    )
