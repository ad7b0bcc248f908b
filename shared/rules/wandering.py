"""Somebody walks about again and again, when people of the house sleep.

What tells wandering from a walk to the toilet is that it is frequent and repetitive; the way that it takes
is not looked at.
Source: "a syndrome of dementia-related locomotion behavior having a frequent, repetitive, temporally
disordered and/or spatially disoriented nature" (Algase, Moore, Vandeweerd and Gavin-Dreschnack, Aging and
Mental Health 11, 2007, 686-698).
"""

import msgspec
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.moment import Moment, Posture, Sight
from shared.rules.rule import Report, Rule, SparingOptions, Step
from shared.rules.schedule import Hours

_PAUSE_S = 5.0  # who stands for so long has ended a walk
_LEAST_WALK_S = 2.0  # three or four steps; shorter ones are a turn at the wash-basin
_MOST_WALKS = 16
# One step counts at most so much, whatever was dropped in between.
_STEP_S = 1.0


class Options(SparingOptions):
    """How often and how long, by night as it comes.

    A walk to the toilet and back is two; the third begins to be wandering. In care homes a cycle of wandering
    took 131 s (20.1 cycles and 43.9 minutes a day), one of walking somewhere 84 s (28.8 and 40.4).
    Source: Algase, Kupferschmid, Beel-Bates and Beattie, Nursing Research 46, 1997, 172-178.
    """

    during: Hours | None = Field(
        "22:00-06:00", description="on duty only in these hours of `actions.timezone`; none: always"
    )
    walks: int = Field(3, ge=1, le=_MOST_WALKS, description="so many walks, with pauses between them ...")
    walk_s: float = Field(131.0, ge=1, le=3600, description="... that last so long together ...")
    within_s: float = Field(1800.0, ge=10, le=14_400, description="... within so long are wandering")


class Walk(msgspec.Struct, frozen=True, array_like=True):
    """From and until (media microseconds), and how long of it was walked."""

    since_us: int
    until_us: int
    walked_s: float


class WalkState(msgspec.Struct, frozen=True, array_like=True):
    """The latest walks, the one that goes on last, and the open incident."""

    walks: tuple[Walk, ...] = ()
    seen_us: int = 0
    phase: Phase | None = None
    started_us: int = 0
    raised_us: int | None = None


def step(state: WalkState, moment: Moment, options: Options) -> Step[WalkState]:
    """One more moment of the track."""
    if moment.sight is Sight.GONE:
        return Step(WalkState(), _closed(state, Phase.LOST, options))
    if moment.body is None:
        return Step(state)
    walking = moment.detail is Posture.WALKING
    if not walking and not state.walks:
        return Step(state)
    walks = _recent(state.walks, moment.pts_us, options)
    if walking:
        walks = _walked(walks, state.seen_us, moment)
    after = msgspec.structs.replace(state, walks=walks, seen_us=moment.pts_us)
    if after.phase is not None:
        return Step(after) if walks else Step(WalkState(), _closed(state, Phase.RECOVERED, options))
    if not _wanders(walks, options):
        return Step(after)
    after = msgspec.structs.replace(
        after, phase=Phase.CONFIRMED, started_us=walks[0].since_us, raised_us=moment.pts_us
    )
    return Step(after, (_report(after, 0, options),))


def _recent(walks: tuple[Walk, ...], pts_us: int, options: Options) -> tuple[Walk, ...]:
    oldest_us = pts_us - options.within_s * 1e6
    return tuple(walk for walk in walks if walk.until_us >= oldest_us)


def _walked(walks: tuple[Walk, ...], seen_us: int, moment: Moment) -> tuple[Walk, ...]:
    """With one more moment of walking; steps that came to no walk are forgotten for it."""
    pts_us = moment.pts_us
    if walks and pts_us - walks[-1].until_us < _PAUSE_S * 1e6:
        last = walks[-1]
        step_s = moment.step_s(seen_us, _STEP_S)
        return (*walks[:-1], Walk(last.since_us, pts_us, last.walked_s + step_s))
    kept = tuple(walk for walk in walks if walk.walked_s >= _LEAST_WALK_S)
    return (*kept[1 - _MOST_WALKS :], Walk(pts_us, pts_us, 0.0))


def _wanders(walks: tuple[Walk, ...], options: Options) -> bool:
    real = [walk.walked_s for walk in walks if walk.walked_s >= _LEAST_WALK_S]
    return len(real) >= options.walks and sum(real) >= options.walk_s


def _report(state: WalkState, update: int, options: Options) -> Report:
    assert state.phase is not None  # only open incidents and their ends are told
    return Report(
        state.phase,
        state.started_us,
        update,
        state.raised_us,
        evidence={
            "walks": float(len(state.walks)),
            "walks_threshold": float(options.walks),
            "walked_s": sum(walk.walked_s for walk in state.walks),
            "walked_threshold_s": options.walk_s,
        },
    )


def _closed(state: WalkState, phase: Phase, options: Options) -> tuple[Report, ...]:
    if state.phase is None:
        return ()
    return (_report(msgspec.structs.replace(state, phase=phase), 1, options),)


_CRITERIA = (
    Criterion("walks", "walks_threshold", "how many walks, with pauses between them"),
    Criterion("walked_s", "walked_threshold_s", "how long they lasted together", "s"),
)

RULE = Rule(EventKind.WANDERING, Options, WalkState(), step, criteria=_CRITERIA)
