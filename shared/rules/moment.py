"""What a rule sees: one track in one frame, in media time and the body's own units."""

import math
from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import StrEnum

from shared.messages import Box, Phase
from shared.rules.zone import Zone, ZoneKind


class Posture(StrEnum):
    UNKNOWN = "unknown"
    STANDING = "standing"
    SITTING = "sitting"
    BENDING = "bending"
    LYING = "lying"


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


@dataclass(frozen=True)
class Features:
    """One body in one picture. Heights are along the picture's vertical; metres are px over the scale; NaN
    where it cannot be seen.

    Attributes:
        hip_y_px: middle of the hips, downwards.
        scale_px_m: pixels in a metre at this body.
        rise_m: shoulders over hips; 0.45 upright, 0 lying, less head down. A trunk that points to or from
            the camera is foreshortened and so counts as far from upright as it looks.
        hip_m: hips over the lower ankle; 0.75 standing, 0.45 on a chair, below 0.2 on the floor.
        head_m: nose over the lower ankle; 1.4 standing, 1.0 on a chair, below 0.4 lying.
        aspect: width over height of head, trunk and legs (arms aside); 0.3 standing, above 2 lying across.
        thigh_deg: the mean direction of the thighs against straight down, in space; 0 standing, 90 on a
            chair. The mean, since walking swings one thigh forwards and the other backwards. Without world
            landmarks this and the knees' bend come from the picture, with the thighs' depth inferred.
        knee_deg: mean bend of the knees, in space; 0 straight, 90 on a chair, above 120 crouching.
        torso_deg: trunk against straight up, in the picture, 0 to 180.
        hip_x_px: middle of the hips, to the right.
        foot_x_px, foot_y_px: middle of the visible ankles.
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
    hip_x_px: float = math.nan
    foot_x_px: float = math.nan
    foot_y_px: float = math.nan

    def known(self) -> dict[str, float]:
        """Those that are not NaN, by name."""
        return {name: value for name, value in asdict(self).items() if not math.isnan(value)}


@dataclass(frozen=True)
class Descent:
    """From the highest moment of the window to now.

    Attributes:
        started_us: that moment.
        drop_m: how far the hips came down in the picture, in metres of the scale at that moment.
        trunk_drop_m: how far the shoulders came down.
        speed_m_s: the greatest mean speed over a third of a second on the way; None where a gap hides it.
        low_before: the least lowness up to that moment: who topples is tilted before the hips come down.
        hip_y_px: the hips at that moment, downwards.
        scale_px_m: pixels in a metre at that moment.
        from_m: how high the hips were over the feet then; None where no ankle showed.
        feet_y_px: where the feet stood; None where no ankle showed.
        rested: the hips did not move up to that moment.
    """

    started_us: int
    drop_m: float
    speed_m_s: float | None
    low_before: float
    trunk_drop_m: float = 0.0
    hip_y_px: float = 0.0
    scale_px_m: float = 1.0
    from_m: float | None = None
    feet_y_px: float | None = None
    rested: bool = False


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
        fall: the phase of an open fall that explains the body's posture; as reported in this very frame where
            it ends now.
        lost_low: the tracker says that the person was low near the floor when last seen.
        place: where the person is in the picture, x, y in px: the feet, of who sits or lies the hips; None
            where this picture does not show it.
        zones: the camera's zones that the person is in; where this picture does not show it, as last seen.
        lines: the camera's lines, as seen from `place`; empty without one.
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
    fall: Phase | None = None
    lost_low: bool = False
    place: tuple[float, float] | None = None
    zones: tuple[Zone, ...] = ()
    lines: tuple[LineSight, ...] = ()
    beside: bool = False

    def within(self, kinds: Collection[ZoneKind]) -> bool:
        """Whether the person is in a zone of one of these kinds."""
        return any(zone.kind in kinds for zone in self.zones)
