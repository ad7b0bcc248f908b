"""What subscribers are told: the updates of incidents."""

from enum import StrEnum

import msgspec

from shared.messages.message import Count, Message, Trace

MAX_SAMPLES = 64  # of an event's curves


class EventKind(StrEnum):
    FALL = "fall"
    FOUND_ON_FLOOR = "found_on_floor"
    SIT_DOWN = "sit_down"
    STAND_UP = "stand_up"
    LYING = "lying"
    BED_EXIT = "bed_exit"
    LONG_STILL = "long_still"
    ARMS_RAISED = "arms_raised"
    WANDERING = "wandering"
    ZONE_ENTER = "zone_enter"
    ZONE_EXIT = "zone_exit"
    LINE_CROSS = "line_cross"
    SPRINT = "sprint"
    JUMP = "jump"
    CAMERA_STALLED = "camera_stalled"
    CAMERA_FROZEN = "camera_frozen"
    CAMERA_DARK = "camera_dark"
    CAMERA_COVERED = "camera_covered"
    CAMERA_MOVED = "camera_moved"
    CAMERA_BACK = "camera_back"
    MONITORING_LOST = "monitoring_lost"
    MONITORING_RESTORED = "monitoring_restored"


class Phase(StrEnum):
    """Falls go suspected, confirmed, still (repeated), then recovered or lost. Other kinds that last do so as
    far as it makes sense, where recovered is their ordinary end; the short ones are only confirmed.
    """

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    STILL = "still"
    RECOVERED = "recovered"
    LOST = "lost"


class Curves(msgspec.Struct, frozen=True):
    """What a track showed in the seconds before an event: a column each, oldest first, ten samples a second.

    Each update of an incident carries its own seconds, so that all of them together tell the whole of it,
    long after the tracks have been trimmed. None where something was not seen; where nothing was there is no
    sample.

    Attributes:
        ago_ms: how long before `pts_us` of the event.
        hip_px: y of the middle of the hips, downwards.
        scale_px_m: pixels in a metre of the body.
        rise_px: how far the shoulders are over the hips.
        feet_px: y of the lower ankle.
        low_pct: how much the body looked like lying, 0 to 100.
        postures: what single pictures showed: since `ago_ms`, and its name.
    """

    ago_ms: tuple[int, ...]
    hip_px: tuple[float, ...]
    scale_px_m: tuple[float, ...]
    rise_px: tuple[int, ...]
    feet_px: tuple[int | None, ...]
    low_pct: tuple[int, ...]
    postures: tuple[tuple[int, str], ...]

    def __post_init__(self) -> None:
        """Refuse columns of different lengths, and more than `MAX_SAMPLES` samples."""
        columns = (self.hip_px, self.scale_px_m, self.rise_px, self.feet_px, self.low_pct)
        count = len(self.ago_ms)
        if count > MAX_SAMPLES or len(self.postures) > count or any(len(each) != count for each in columns):
            raise ValueError(f"curves are columns of one length, at most {MAX_SAMPLES}")


class Event(Message, frozen=True, kw_only=True, tag="event"):
    """One update of one incident.

    `id` is deterministic: camera, run, track, kind and start. `update` counts the updates of that incident
    from 0. `pts_us` is
    the media time of the frame that caused this update; `raised_pts_us` that of the incident's confirmation.
    `track` is None where the event is about the camera or its chain, not a person; `detail` is one line for
    people that says what the numbers of `evidence` cannot. `curves` are what the track showed before it, of
    kinds that somebody may want explained: `kinestream explain` draws them.
    """

    id: str
    update: Count
    kind: EventKind
    phase: Phase
    track: int | None
    started_pts_us: int
    raised_pts_us: int | None
    captured_us: int
    confidence: float
    zone: str | None = None
    evidence: dict[str, float] = msgspec.field(default_factory=dict)
    detail: str = ""
    trace: tuple[Trace, ...] = ()
    snapshot: str | None = None
    clip: str | None = None
    curves: Curves | None = None


def event_id(
    camera: str, run: int, track: int | None, kind: EventKind, started_pts_us: int, part: str = ""
) -> str:
    """The same incident gets the same id however often it is computed; `part` tells those apart that differ
    in nothing else.
    """
    return f"{camera}-{run}-{track or 0}-{kind}-{started_pts_us}" + (f"-{part}" if part else "")
