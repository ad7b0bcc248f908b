"""What a rule sees: one track in one frame, in media time and the body's own units."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from shared.messages import Box, Phase
from shared.rules.zone import Zone, ZoneKind


class Posture(StrEnum):
    """What a body does; `base` names the five that rules of sitting, standing and lying tell apart."""

    UNKNOWN = "unknown"
    STANDING = "standing"
    WALKING = "walking"
    SITTING = "sitting"
    BENDING = "bending"
    SQUATTING = "squatting"
    KNEELING = "kneeling"
    CRAWLING = "crawling"
    LYING = "lying"

    @property
    def base(self) -> "Posture":
        """On the feet, seated, lying, unknown, or else bending: on the way from one to the other."""
        return _BASE.get(self, self)


_BASE = {
    Posture.WALKING: Posture.STANDING,
    Posture.SQUATTING: Posture.BENDING,
    Posture.KNEELING: Posture.BENDING,
    Posture.CRAWLING: Posture.BENDING,
}


class Sight(StrEnum):
    """How much of the person this frame shows.

    `SEEN`: a body with shoulders and hips. `HIDDEN`: somebody is there, but too little of the body shows.
    `LOST`: the tracker still follows the track, but nobody is seen there. `UNKNOWN`: the tracker says nothing
    of the track, which may not have ended yet. `GONE`: the track or the run has ended.
    """

    SEEN = "seen"
    HIDDEN = "hidden"
    LOST = "lost"
    UNKNOWN = "unknown"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Features:
    """One body in one picture: `shared.actions.catalogue` says of each feature what it means.

    Heights are along the picture's vertical; metres are px over the scale; NaN where it cannot be seen. Bends
    of joints are 0 straight and 180 folded together.
    """

    hip_y_px: float
    scale_px_m: float
    rise_m: float
    hip_m: float
    head_m: float
    aspect: float
    thigh_deg: float
    knee_deg: float
    torso_deg: float
    torso_space_deg: float = math.nan
    thigh_picture_deg: float = math.nan
    elbow_left_deg: float = math.nan
    elbow_right_deg: float = math.nan
    knee_left_deg: float = math.nan
    knee_right_deg: float = math.nan
    hip_left_deg: float = math.nan
    hip_right_deg: float = math.nan
    symmetry: float = math.nan
    wrist_left_m: float = math.nan
    wrist_right_m: float = math.nan
    knees_m: float = math.nan
    step_m: float = math.nan
    hip_share: float = math.nan
    head_share: float = math.nan
    height_share: float = math.nan
    scale_share: float = math.nan
    presence: float = math.nan
    trust: float = math.nan
    hip_x_px: float = math.nan
    foot_x_px: float = math.nan
    foot_y_px: float = math.nan

    def known(self) -> dict[str, float]:
        """Those that are not NaN, by name."""
        values = {name: getattr(self, name) for name in FEATURES}
        return {name: value for name, value in values.items() if not math.isnan(value)}


FEATURES = tuple(field.name for field in fields(Features))


@dataclass(frozen=True, slots=True)
class Shape:
    """What box and silhouette show of a person, with or without a pose; see `shared.actions.catalogue`.

    `cut_*`: the person reaches that edge of the picture, so that more may lie beyond it.
    """

    box_aspect: float
    box_height_share: float = math.nan
    box_size_share: float = math.nan
    axis_deg: float = math.nan
    elongation: float = math.nan
    filled: float = math.nan
    cut_top: bool = False
    cut_bottom: bool = False
    cut_side: bool = False


@dataclass(frozen=True, slots=True)
class Motion:
    """What the last two seconds show of a body; see `shared.actions.catalogue`. NaN while too short."""

    speed_m_s: float = math.nan
    across_m_s: float = math.nan
    jump_m: float = math.nan
    stillness: float = math.nan
    rom_arms_deg: float = math.nan
    rom_legs_deg: float = math.nan
    stride_m: float = math.nan
    cadence_spm: float = math.nan
    area_change: float = math.nan


@dataclass(frozen=True)
class Descent:
    """From the highest moment of the window to now.

    Attributes:
        started_us: that moment.
        drop_m: how far the hips came down in the picture, in metres of the scale at that moment.
        trunk_drop_m: how far the shoulders came down.
        speed_m_s: the greatest mean speed over a third of a second on the way; None where a gap hides it.
        low_before: the least lowness up to that moment: who topples is tilted before the hips come down.
        steady_low_before: the same of two pictures in a row, since one may have been misread.
        steady_low_since: and that from then on, until the last picture.
        from_m: how high the hips were over the feet then; None where no ankle showed.
        feet_y_px: where the feet stood; None where no ankle showed.
        rested: the hips did not move up to that moment, of somebody who did not stand.
        newborn: the track had hardly begun then: nobody knows what the body did before.
    """

    started_us: int
    drop_m: float
    speed_m_s: float | None
    low_before: float
    steady_low_before: float = 0.0
    steady_low_since: float = 1.0
    trunk_drop_m: float = 0.0
    from_m: float | None = None
    feet_y_px: float | None = None
    rested: bool = False
    newborn: bool = False


@dataclass(frozen=True)
class LineSight:
    """Where a person is against a line.

    Attributes:
        name: of the line.
        offset_m: distance of the place from the line through its ends, in metres of the body's scale;
            positive on the inner side.
        along: which point of the line is nearest, 0 at the first end to 1 at the second; below 0 and above 1
            the person is beside the line.
    """

    name: str
    offset_m: float
    along: float


@dataclass(frozen=True)
class Moment:
    """One track in one frame.

    Attributes:
        pts_us: media time: all durations are counted in it.
        wall_us: wall time of the picture (Unix, UTC): for schedules only.
        sight: how much of the person the frame shows; `body` is there only where it is `SEEN`.
        box: x0, y0, x1, y1 in px, of a lost track where it is expected; None where it is not known.
        body: the features.
        low: how much the body looks like lying on the floor, 0 to 1.
        certainty: how clearly this picture shows the settled posture, 0 to 1.
        descent: the descent that ends now, if any is known.
        slide: the same over a longer time.
        posture: the settled posture, since `posture_since_us`.
        seen_posture: that of this picture alone.
        shape: what box and silhouette show; there wherever `box` is seen, also without a body.
        motion: what the last seconds show.
        detail: the posture told more finely, settled by itself: walking, squatting, kneeling and crawling
            too; unknown where too little has been seen for a while.
        detail_since_us: since when.
        confidence: of `detail`, 0 to 1.
        arms_up: how many wrists are over their shoulders, 0 to 2, settled.
        limbs: how well each limb is seen, 0 to 1: landmarks' visibility times its attention.
        fall: the phase of an open fall that explains the body's posture; as reported in this very frame where
            it ends now.
        lost_low: the tracker says that the person was low near the floor when last seen.
        place: where the person is in the picture, x, y in px: the feet, of who sits or lies the hips; None
            where this picture does not show it, and without zones and lines, for which alone it is.
        zones: the camera's zones that the person is in; where this picture does not show it, as last seen.
        lines: the camera's lines, as seen from `place`; empty without one.
        size_share: the size of the body against that of people who stood there, 1 for an average one; NaN
            where nobody has stood yet.
        trust: how surely the poses of about the last second are this body's, 0 to 1; NaN where nothing tells.
        beside: the body is cut off by the left or right edge of the picture, or expected beyond it.
    """

    pts_us: int
    wall_us: int
    sight: Sight
    box: Box | None = None
    body: Features | None = None
    low: float = 0.0
    certainty: float = 0.0
    descent: Descent | None = None
    slide: Descent | None = None
    posture: Posture = Posture.UNKNOWN
    posture_since_us: int = 0
    seen_posture: Posture = Posture.UNKNOWN
    shape: Shape | None = None
    motion: Motion = Motion()
    detail: Posture = Posture.UNKNOWN
    detail_since_us: int = 0
    confidence: float = 0.0
    arms_up: int = 0
    limbs: Mapping[str, float] = field(default_factory=dict)
    fall: Phase | None = None
    lost_low: bool = False
    place: tuple[float, float] | None = None
    zones: tuple[Zone, ...] = ()
    lines: tuple[LineSight, ...] = ()
    size_share: float = math.nan
    trust: float = math.nan
    beside: bool = False

    def step_s(self, seen_us: int, most_s: float) -> float:
        """Seconds since `seen_us`; at most `most_s`, whatever was dropped in between."""
        return min(most_s, max(0, self.pts_us - seen_us) / 1e6)

    def within(self, kinds: Collection[ZoneKind]) -> bool:
        """Whether the person is in a zone of one of these kinds."""
        return any(zone.kind in kinds for zone in self.zones)
