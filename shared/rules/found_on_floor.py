"""Somebody lies on the floor, and nobody saw how: never a fall, but a call for help all the same.

confirmed: a body has lain for `after_s`, and no descent to the floor was seen. still (repeated), recovered
(upright again) or lost (nobody knows) follow.
"""

import msgspec
from msgspec.structs import replace
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.falling import LEAST_SIZE, SLIDE_SUNK, sunk
from shared.rules.footing import propped
from shared.rules.lowness import LYING, UPRIGHT
from shared.rules.moment import Moment, Posture, Sight
from shared.rules.rule import Hold, Report, Rule, RuleOptions, Step
from shared.rules.transition import LEAST_TRUST
from shared.rules.zone import ZoneKind

# Who lies is misread for moments; a pose on furniture, which comes and goes, lies for less than this share.
STEADY = 0.7
_STEP_S = 0.5  # one step counts at most so much, whatever was dropped in between
_UP = {Posture.STANDING, Posture.SITTING}
_WORKING = {Posture.CRAWLING, Posture.KNEELING, Posture.SQUATTING}  # low, but not lying
_UP_S = 1.0  # who is up for so long has not been lying all the time


class Options(RuleOptions):
    """How long somebody lies before it is told, and where lying is rest."""

    after_s: float = Field(
        10.0, ge=1, le=3600, description="lying for so long without a seen descent is told"
    )
    resting_s: float | None = Field(
        None, ge=1, le=86_400, description="... and in the zones of `rest_in` so long; none: never there"
    )
    rest_in: tuple[ZoneKind, ...] = Field(
        (ZoneKind.BED, ZoneKind.SOFA), description="kinds of zones where lying is rest"
    )
    still_every_s: float = Field(60.0, ge=1, le=3600, description="report who goes on lying this often")

    def needed_s(self, moment: Moment) -> float | None:
        return self.resting_s if moment.within(self.rest_in) else self.after_s


class FoundState(msgspec.Struct, frozen=True, array_like=True):
    """Somebody who has been lying since `since_us`, or nobody (None). Times in media microseconds.

    `low_s` of the time seen since then the body lay, `seen_s` it was seen at all, `up_s` it has been upright
    lately. `raised_floor`: it was seen to lie down on something that is higher than the floor.
    """

    since_us: int | None = None
    seen_us: int = 0
    seen_s: float = 0.0
    low_s: float = 0.0
    low_sum: float = 0.0
    up_s: float = 0.0
    raised_floor: bool = False
    phase: Phase | None = None
    raised_us: int | None = None
    told_us: int = 0
    updates: int = 0


def step(state: FoundState, moment: Moment, options: Options) -> Step[FoundState]:
    """One more moment of the track."""
    if moment.sight is Sight.GONE or (moment.fall is not None and state.phase is None):
        return _close(state, Phase.LOST, options)
    if moment.body is None:
        return Step(state)
    if state.since_us is None:
        return Step(_begin(moment))
    state = _accumulate(state, moment)
    if state.up_s >= _UP_S and (state.phase is None or moment.posture in _UP):
        return _close(state, Phase.RECOVERED, options)
    return _lying(state, moment, options) if state.phase is None else _still(state, moment, options)


def _lies(moment: Moment) -> bool:
    up = moment.body is None or propped(moment.body) or moment.detail in _WORKING
    return moment.low >= LYING and not up and not moment.trust < LEAST_TRUST


def _begin(moment: Moment) -> FoundState:
    if not _lies(moment) or moment.size_share < LEAST_SIZE:
        return FoundState()
    slide = moment.slide
    seen = slide is not None and slide.low_before < UPRIGHT and slide.speed_m_s is not None
    high = seen and slide is not None and slide.from_m is not None and sunk(slide) < SLIDE_SUNK
    return FoundState(moment.pts_us, moment.pts_us, raised_floor=high)


def _accumulate(state: FoundState, moment: Moment) -> FoundState:
    step_s = moment.step_s(state.seen_us, _STEP_S)
    low_s = step_s if _lies(moment) else 0.0
    return replace(
        state,
        seen_us=moment.pts_us,
        seen_s=state.seen_s + step_s,
        low_s=state.low_s + low_s,
        low_sum=state.low_sum + low_s * moment.low,
        up_s=state.up_s + step_s if moment.low < UPRIGHT else 0.0,
    )


def _lying(state: FoundState, moment: Moment, options: Options) -> Step[FoundState]:
    assert state.since_us is not None  # somebody lies
    needed_s, passed_s = options.needed_s(moment), (moment.pts_us - state.since_us) / 1e6
    if needed_s is None or state.raised_floor or passed_s < needed_s:
        return Step(state)
    if state.low_s < STEADY * passed_s:
        return Step(FoundState())
    state = replace(state, phase=Phase.CONFIRMED, raised_us=moment.pts_us, told_us=moment.pts_us)
    return _report(state, options)


def _still(state: FoundState, moment: Moment, options: Options) -> Step[FoundState]:
    if moment.low < LYING or moment.pts_us - state.told_us < options.still_every_s * 1e6:
        return Step(state)
    return _report(replace(state, phase=Phase.STILL, told_us=moment.pts_us), options)


def _close(state: FoundState, phase: Phase, options: Options) -> Step[FoundState]:
    if state.phase is None:
        return Step(FoundState())
    return Step(FoundState(), _report(replace(state, phase=phase), options).reports)


def _report(state: FoundState, options: Options) -> Step[FoundState]:
    assert state.phase is not None  # only open incidents and their ends are told
    assert state.since_us is not None
    assert state.raised_us is not None
    low = min(1.0, state.low_sum / state.low_s)
    evidence = {
        "low": low,
        "low_s": state.low_s,
        "low_threshold_s": STEADY * options.after_s,
        "low_threshold": LYING,
        "seen_s": state.seen_s,
        "started_s": state.since_us / 1e6,
        "confirmed_s": state.raised_us / 1e6,
    }
    report = Report(
        state.phase,
        state.since_us,
        state.updates,
        state.raised_us,
        low,
        evidence,
        detail="lies on the floor, and nobody saw how",
    )
    return Step(replace(state, updates=state.updates + 1), (report,))


def _hold(state: FoundState) -> Hold | None:
    if state.phase is None or state.since_us is None:
        return None
    return Hold(state.since_us, state.phase)


_CRITERIA = (
    Criterion("low", "low_threshold", "how much the body looked like lying", curve="low"),
    Criterion("low_s", "low_threshold_s", "how long it lay", "s"),
)

RULE = Rule(EventKind.FOUND_ON_FLOOR, Options, FoundState(), step, holds=_hold, criteria=_CRITERIA)
