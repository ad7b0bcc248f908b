"""How a tracker decides: one set of numbers, and the sets that are known by name."""

from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, NamedTuple

import msgspec

from shared.errors import UserError
from shared.tracking.observations import Integers, Single
from shared.tracking.scalars import integer, single

Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=600)]
Hits = Annotated[int, msgspec.Meta(ge=1, le=1000)]

MAX_TRACKS = 1024
# In squared standard deviations: twice as many.
_LOOSENED = 4.0


class Levels(NamedTuple):
    """What every step compares with, as NumPy takes it in at once; see `Policy` for the meanings."""

    sure_score: Single
    least_score: Single
    birth_score: Single
    least_iou: Single
    unsure_iou: Single
    score: Single
    last: Single
    surprise: Single
    gate: Single
    variance: float
    adapt: float
    confirm_us: Integers
    confirm_hits: Integers


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Everything that a tracker may do differently. All times are media time, all lengths body sizes: the
    longer side of a person's box.

    Who is matched at all:
        sure_score, least_score: persons from the first on are matched with preference and start tracks; from
            the second on they may continue a track.
        birth_score: ... start tracks; None: as `sure_score`.
        least_iou, unsure_iou: least overlap of a pair, of an unsure person's.
        surprise, gate: squared standard deviations, of four numbers together, between expected and seen box
            where nothing speaks for a pair any more; below, how near it is to the expected one counts as much
            as overlap. A pair may have `gate` times as many. None: overlap alone.

    Who is preferred (weights of a mean of likenesses in [0, 1]; a likeness that is unknown is left out):
        iou, keypoints, embedding, momentum: overlap and `surprise`; OKS; cosine; whether the person is where
            the track was heading (OC-SORT).
        score: the likeness is multiplied by 1 - score * (1 - the person's score); 1: as in ByteTrack.
        buffer: boxes are grown on each side by this share of their sides before the overlap is measured.
        height: the overlap is multiplied by that of the heights.
        last: share of the overlap with the last observation in the mean of it and that with the expected box.

    Who comes back:
        recover_iou: what the first match left is matched again, by overlap with the last observation instead
            of the expected box; None: not.
        reach, reach_per_s, reach_max: where `reach` is above 0 it is matched again by the distance of the
            centres instead: `reach` and more with the time unseen, up to `reach_max`; `size_ratio` bounds
            how much larger or smaller one is than the other.
        reentry_cosine, reentry_reach: lost tracks are found by their looks alone, this near; None: not.
        stranger_cosine: who was away for half a second and looks less alike now is somebody else; None:
            nobody is. For both see the figures in services/pose/README.md.
        reupdate_s: after a longer gap the filter is led along the straight path that was not seen.

    Motion:
        acceleration: spectral density in body sizes^2 / s^3.
        adapt: how fast a track's acceleration follows the surprises of its sightings; 0: it does not.
        dance: where more than this share of the tracks are more restless than newborn ones people dance:
            nobody's next place can be foreseen, and `loose` decides instead. None: never.
        observation_sigma: standard deviation of a centre in sides of the box; that of a side is twice it.
        fade_s, fade_sides_s: time constants of the velocities.

    Life:
        confirm_s, confirm_hits: a track is confirmed once it is so old and was seen so often.
        tentative_s, lost_s: a track unseen for longer ends; lost_low_s if it was low near the floor.
        lost_misses: it ends with so many pictures that do not show it; None: only time counts.
        max_tracks, memory_bytes: no new ones beyond so many, or so much memory; None: without bound.
        gallery: share of a new embedding in the mean.
        keypoints_s: time constant of the smoothed keypoints.
    """

    sure_score: Fraction = 0.5
    least_score: Fraction = 0.1
    birth_score: Fraction | None = None
    least_iou: Fraction = 0.05
    unsure_iou: Fraction = 0.3
    surprise: Annotated[float, msgspec.Meta(gt=0)] | None = 25.0
    gate: Annotated[float, msgspec.Meta(ge=1)] = 1.0
    reach: Positive = 0.4
    reach_per_s: Positive = 1.5
    reach_max: Positive = 1.2
    size_ratio: Annotated[float, msgspec.Meta(ge=1)] = 4.0
    iou: Positive = 1.0
    keypoints: Positive = 1.0
    embedding: Positive = 1.0
    momentum: Positive = 0.0
    score: Fraction = 0.0
    buffer: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.0
    height: bool = True
    last: Fraction = 0.0
    recover_iou: Fraction | None = None
    reentry_cosine: Fraction | None = 0.85
    stranger_cosine: Fraction | None = 0.78
    reentry_reach: Positive = 4.0
    reupdate_s: Seconds | None = None
    acceleration: Annotated[float, msgspec.Meta(gt=0)] = 0.5
    adapt: Fraction = 0.1
    dance: Fraction | None = 0.5
    observation_sigma: Annotated[float, msgspec.Meta(gt=0)] = 0.035
    fade_s: Annotated[float, msgspec.Meta(gt=0)] = 3.0
    fade_sides_s: Annotated[float, msgspec.Meta(gt=0)] = 0.5
    confirm_s: Seconds = 0.15
    confirm_hits: Hits = 1
    tentative_s: Seconds = 0.3
    lost_s: Seconds = 3.0
    lost_low_s: Seconds = 10.0
    lost_misses: Hits | None = None
    max_tracks: Annotated[int, msgspec.Meta(ge=1, le=MAX_TRACKS)] = 256
    memory_bytes: Annotated[int, msgspec.Meta(ge=1)] | None = None
    gallery: Fraction = 0.1
    keypoints_s: Seconds = 0.05

    @cached_property
    def levels(self) -> Levels:
        """Its numbers for arrays."""
        return Levels(
            single(self.sure_score),
            single(self.least_score),
            single(self.sure_score if self.birth_score is None else self.birth_score),
            single(self.least_iou),
            single(self.unsure_iou),
            single(self.score),
            single(self.last),
            single(self.surprise or 0.0),
            single(self.gate * (self.surprise or 0.0)),
            self.observation_sigma**2,
            self.adapt,
            integer(round(self.confirm_s * 1e6)),
            integer(self.confirm_hits),
        )

    @cached_property
    def loose(self) -> "Policy":
        """The same where people dance: it bears twice the surprise, brings back whom less overlap speaks for,
        and asks as much where somebody was as where he is expected.

        Source: matching with last observations, Cao et al., "Observation-Centric SORT", arXiv:2203.14360.
        """
        return msgspec.structs.replace(
            self,
            gate=_LOOSENED * self.gate,
            recover_iou=None if self.recover_iou is None else self.recover_iou / _LOOSENED,
            last=max(self.last, 0.5),
        )

    @classmethod
    def default(cls) -> "Policy":
        """For falls: whom overlap has left is matched by distance, since a fall changes the whole box."""
        return cls()

    @classmethod
    def simple(cls) -> "Policy":
        """Overlap alone; confirmed with the third hit, ended with the fifth miss."""
        return msgspec.structs.replace(
            cls.sort(), confirm_hits=3, lost_misses=5, lost_s=60.0, tentative_s=60.0
        )

    @classmethod
    def sort(cls) -> "Policy":
        """Source: Bewley et al., "Simple Online and Realtime Tracking", arXiv:1602.00763; ages in seconds."""
        return cls(
            least_score=0.5,
            least_iou=0.3,
            surprise=None,
            height=False,
            reach=0.0,
            keypoints=0.0,
            embedding=0.0,
            reentry_cosine=None,
            stranger_cosine=None,
            acceleration=1.0,
            adapt=0.0,
            dance=None,
            observation_sigma=0.05,
            fade_s=1.0,
            fade_sides_s=0.2,
            confirm_s=0.0,
            confirm_hits=3,
            tentative_s=0.1,
            lost_s=1.0,
            lost_low_s=1.0,
            max_tracks=MAX_TRACKS,
        )

    @classmethod
    def bytetrack(cls) -> "Policy":
        """Source: Zhang et al., "ByteTrack", arXiv:2110.06864; both stages in one assignment."""
        return msgspec.structs.replace(
            cls.sort(),
            least_score=0.1,
            birth_score=0.6,
            least_iou=0.2,
            unsure_iou=0.5,
            score=1.0,
            confirm_hits=2,
        )

    @classmethod
    def ocsort(cls) -> "Policy":
        """Source: Cao et al., "Observation-Centric SORT", arXiv:2203.14360."""
        return msgspec.structs.replace(
            cls.sort(), least_score=0.1, unsure_iou=0.5, momentum=0.2, recover_iou=0.3, reupdate_s=0.15
        )

    @classmethod
    def crowd(cls) -> "Policy":
        """For many people: as `default`, but what is left is matched by overlap, and ends sooner."""
        return cls(
            reach=0.0,
            keypoints=0.0,
            embedding=0.0,
            recover_iou=0.2,
            reentry_cosine=None,
            stranger_cosine=None,
            confirm_s=0.0,
            tentative_s=0.1,
            lost_s=1.0,
            lost_low_s=1.0,
            max_tracks=MAX_TRACKS,
        )


PRESETS: dict[str, Callable[[], Policy]] = {
    "default": Policy.default,
    "simple": Policy.simple,
    "sort": Policy.sort,
    "bytetrack": Policy.bytetrack,
    "ocsort": Policy.ocsort,
    "crowd": Policy.crowd,
}


def policy_of(preset: str, overrides: dict[str, Any] | None = None) -> Policy:
    """The preset of that name with single numbers exchanged.

    Raises:
        UserError: there is no such preset or number, or the number is out of its bounds.
    """
    if preset not in PRESETS:
        raise UserError(f"no tracker policy {preset!r}: there are {', '.join(PRESETS)}")
    values = msgspec.structs.asdict(PRESETS[preset]()) | (overrides or {})
    try:
        return msgspec.convert(values, Policy)
    except msgspec.ValidationError as error:
        raise UserError(f"tracker policy {preset!r}: {error}") from error
