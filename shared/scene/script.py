"""What one person does, second by second: motions in a row, what they look like, and the labelled events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.scene.motion import Course, Keyed, Motion, Still, Turn, Walk, fall, keyed
from shared.scene.posture import STANDING, Posture, Stance, place
from shared.scene.skeleton import Rows


class PostureKind(StrEnum):
    STANDING = "standing"
    WALKING = "walking"
    SITTING = "sitting"
    BENDING = "bending"
    FALLING = "falling"
    LYING = "lying"


class SceneEventKind(StrEnum):
    FALL = "fall"
    SIT_DOWN = "sit_down"
    STAND_UP = "stand_up"
    LYING = "lying"
    BEND = "bend"


@dataclass(frozen=True)
class SceneEvent:
    """Something that somebody does, in seconds of media time.

    Attributes:
        kind: what it is.
        person: who does it.
        start_s: the body leaves its posture.
        reached_s: it touches what it was moving to: ground, seat or bed; stands; is bent lowest.
        settled_s: and moves no more (a bend: stands again).
    """

    kind: SceneEventKind
    person: int
    start_s: float
    reached_s: float
    settled_s: float


@dataclass(frozen=True)
class _Segment:
    start_s: float
    motion: Motion
    looks: PostureKind
    becomes: PostureKind  # from `turns` (a share of the motion) on
    turns: float


class Script:
    """A person's part, written motion after motion; then rows and posture at any time.

    Before its start and after its end the person stays as at the first and the last moment.
    """

    def __init__(self, person: int, stature_m: float, start: Stance, speed_m_s: float) -> None:
        self.person, self.stature_m = person, stature_m
        self.stance = start
        self.end_s = 0.0
        self.events: list[SceneEvent] = []
        self._speed_m_s = speed_m_s
        self._segments: list[_Segment] = []

    def walk_to(self, end: Stance) -> None:
        """Along a curve that leaves in the present and arrives in the given direction."""
        walk = Walk(Course(self.stance, end), self._speed_m_s, self.stature_m)
        self._add(walk, PostureKind.WALKING)
        self.stance = end

    def turn_to(self, yaw_deg: float) -> None:
        turn = Turn(self.stance, yaw_deg, self.stature_m)
        self._add(turn, PostureKind.STANDING)
        self.stance = replace(self.stance, yaw_deg=yaw_deg)

    def stay(self, duration_s: float, looks: PostureKind = PostureKind.STANDING) -> None:
        self._add(Still(self._last(), duration_s), looks)

    def lie_still(self, duration_s: float) -> None:
        self._add(Still(self._last(), duration_s, sway_m=0.0), PostureKind.LYING)

    def sit_down(self, keys: Sequence[Posture], duration_s: float) -> None:
        """Onto a seat behind; `keys` end with the seated posture."""
        self._event(SceneEventKind.SIT_DOWN, duration_s, 0.85)
        self._pose(keys, duration_s, (PostureKind.STANDING, PostureKind.SITTING, 0.6))

    def stand_up(self, keys: Sequence[Posture], duration_s: float) -> None:
        self._event(SceneEventKind.STAND_UP, duration_s, 0.9)
        self._pose(keys, duration_s, (PostureKind.SITTING, PostureKind.STANDING, 0.5))

    def lie_down(self, keys: Sequence[Posture], duration_s: float) -> None:
        self._event(SceneEventKind.LYING, duration_s, 0.8)
        self._pose(keys, duration_s, (PostureKind.SITTING, PostureKind.LYING, 0.6))

    def bend(self, low: Sequence[Posture], down_s: float, stay_s: float, up_s: float) -> None:
        """Down through the given keys and, after a while, up again."""
        whole = down_s + stay_s + up_s
        self._event(SceneEventKind.BEND, whole, down_s / whole)
        self._pose((STANDING, *low), down_s, (PostureKind.STANDING, PostureKind.BENDING, 0.4))
        self.stay(stay_s, PostureKind.BENDING)
        self._pose((*reversed(low), STANDING), up_s, (PostureKind.BENDING, PostureKind.STANDING, 0.6))

    def fall(self, keys: Sequence[Posture], end: Posture, descent_s: float, settle_s: float = 0.4) -> None:
        """Topple through the keys, hit the ground, come to rest."""
        self._event(SceneEventKind.FALL, descent_s + settle_s, descent_s / (descent_s + settle_s))
        drop = fall(keys, self.stance, self.stature_m, descent_s)
        self._add(drop, PostureKind.FALLING)
        rest = [self._last(), place(end.rows(), self.stance, self.stature_m)]
        self._add(Keyed(rest, settle_s), PostureKind.FALLING, PostureKind.LYING, 0.5)

    def rows(self, time_s: float) -> Rows:
        segment = self._at(time_s)
        inside = min(max(time_s - segment.start_s, 0.0), segment.motion.duration_s)
        return segment.motion.rows(inside)

    def posture(self, time_s: float) -> PostureKind:
        segment = self._at(time_s)
        share = (time_s - segment.start_s) / segment.motion.duration_s
        return segment.looks if share < segment.turns else segment.becomes

    def _pose(
        self, keys: Sequence[Posture], duration_s: float, looks: tuple[PostureKind, PostureKind, float]
    ) -> None:
        self._add(keyed(keys, self.stance, self.stature_m, duration_s), *looks)

    def _event(self, kind: SceneEventKind, duration_s: float, reached: float) -> None:
        start = self.end_s
        self.events.append(
            SceneEvent(kind, self.person, start, start + reached * duration_s, start + duration_s)
        )

    def _add(
        self, motion: Motion, looks: PostureKind, becomes: PostureKind | None = None, turns: float = 1.0
    ) -> None:
        self._segments.append(_Segment(self.end_s, motion, looks, becomes or looks, turns))
        self.end_s += motion.duration_s

    def _last(self) -> Rows:
        if not self._segments:
            return place(STANDING.rows(), self.stance, self.stature_m)
        motion = self._segments[-1].motion
        return motion.rows(motion.duration_s)

    def _at(self, time_s: float) -> _Segment:
        for segment in reversed(self._segments):
            if segment.start_s <= time_s:
                return segment
        return self._segments[0]
