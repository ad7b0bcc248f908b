"""The fall rule: a descent that ends low and stays low is a fall; one incident from there to the end.

suspected: the body came down in one of the ways of `falling`.
confirmed: it stayed low, or was not seen any more after it got there.
still (repeated), recovered (upright again) or lost (nobody knows) follow.
A suspicion that ends otherwise is closed as recovered or lost without ever having been confirmed.
"""

from msgspec.structs import replace
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.fall_state import CANCEL_S, SUSPICION_S, FallState
from shared.rules.falling import (
    CRITERIA,
    OFF_SEAT_SUNK,
    ROLL_LOW,
    SLIDE_LOW,
    Onset,
    Way,
    asked,
    dive_of,
    from_seat,
    is_lost_low,
    is_lying,
    is_somebody,
    onset_of,
    sunk,
)
from shared.rules.footing import grounded, propped
from shared.rules.lowness import LOW, UPRIGHT
from shared.rules.moment import Features, Moment, Posture, Sight
from shared.rules.rule import Hold, Report, Rule, RuleOptions, Step
from shared.rules.zone import ZoneKind

# A model shows lying bodies upright for moments, above all those with the feet to the camera. So upright
# poses take back low time, and end a suspicion early (`CANCEL_S`), only when the hips are up again too.
RISEN = 0.5  # share of the drop by which they are
HELD = 0.75  # share of it that hips off a seat keep, who may shift there
RECOVERED_S = 1.0  # upright with the hips up
RECOVERED_LOW_S = 3.0  # upright anyhow: sitting, or standing nearer to the camera
BESIDE = 2.0  # poses of bodies that the picture's side cuts off take so much longer to believe
SURE_TRUST = 0.6  # of a body: a person, even where nobody saw before what it did
DIVE_S = 0.5  # a dive that was seen so long ago may have ended otherwise
_PICTURE_S = 0.05  # the first low picture counts as so long
# One step counts at most so much, whatever was dropped in between.
_STEP_S = 0.25
STILL_M = 0.12  # breathing and small movements of a pose move the hips by less


class Options(RuleOptions):
    """When a descent is a fall."""

    confirm_s: float = Field(0.7, ge=0.2, le=5, description="low for so long after a descent is a fall")
    slide_s: float = Field(1.5, ge=0.2, le=30, description="... and so long where the descent was slow")
    hidden_s: float = Field(
        0.8,
        ge=0.2,
        le=10,
        description="not seen for so long after a descent that ended low is a fall as well",
    )
    still_every_s: float = Field(10.0, ge=1, le=3600, description="report a still person this often")
    rest_in: tuple[ZoneKind, ...] = Field(
        (ZoneKind.BED, ZoneKind.SOFA), description="who comes to lie in zones of these kinds has not fallen"
    )


def step(state: FallState, moment: Moment, options: Options) -> Step[FallState]:
    """One more moment of the track."""
    if moment.sight is Sight.GONE:
        return _close(state, Phase.LOST, options) if state.open else Step(FallState())
    if moment.fall is not None and state.raised_us is None:  # another track tells of this body
        return Step(
            FallState(), _close(state, Phase.RECOVERED, options).reports if state.open else (), moment.fall
        )
    if moment.body is not None:
        return _explained(_seen(state, moment, moment.body, options))
    if moment.sight is Sight.UNKNOWN:
        return _explained(Step(state))
    return _explained(_unseen(state, moment, options))


def _explained(step: Step[FallState]) -> Step[FallState]:
    """With what later rules need to know; a closed incident is forgotten."""
    state = step.state
    if state.closed:
        return Step(FallState(), step.reports, None if state.raised_us is None else state.phase)
    return Step(state, step.reports, state.phase if state.explains else None)


def _seen(state: FallState, moment: Moment, body: Features, options: Options) -> Step[FallState]:
    if state.phase is None:
        return _begin(moment, body, options)
    state = _accumulate(state, moment, body, options)
    if state.phase is Phase.SUSPECTED:
        return _suspected(state, moment, body, options)
    upright = state.risen_s >= RECOVERED_S or state.upright_s >= RECOVERED_LOW_S
    if upright and moment.posture in {Posture.STANDING, Posture.SITTING}:
        return _close(state, Phase.RECOVERED, options)
    return _still(state, moment, body, options)


def _unseen(state: FallState, moment: Moment, options: Options) -> Step[FallState]:
    """The person cannot be seen in this picture; who was low before is taken to be still there.

    Not so of who came to the side of the picture: who is not seen any more has left it, and what is taken for
    him there is furniture.
    """
    if state.sided or moment.beside:
        return Step(state if state.open else FallState())
    hidden_s = (moment.pts_us - state.seen_us) / 1e6
    if state.phase is None and state.way is Way.DIVE:
        return _lost_diving(state, moment, options)
    down = state.phase is Phase.SUSPECTED and state.upright_s <= 0 and not state.newborn
    if down and hidden_s >= options.hidden_s:
        return _report(replace(state, phase=Phase.CONFIRMED, raised_us=moment.pts_us), options)
    return Step(state)


def _lost_diving(state: FallState, moment: Moment, options: Options) -> Step[FallState]:
    if moment.pts_us - state.seen_us > DIVE_S * 1e6:
        return Step(FallState())
    if not is_lost_low(moment):
        return Step(state)
    return _report(replace(state, phase=Phase.SUSPECTED, suspected_us=moment.pts_us), options)


def _begin(moment: Moment, body: Features, options: Options) -> Step[FallState]:
    if not is_somebody(moment):
        return Step(FallState())
    onset = None if moment.within(options.rest_in) else onset_of(moment, body)
    if onset is not None:
        state = replace(
            _begun(onset, moment, body),
            phase=Phase.SUSPECTED,
            suspected_us=moment.pts_us,
            low_sum=_PICTURE_S * moment.low,
        )
        return _report(state, options)
    dive = dive_of(moment)
    return Step(FallState() if dive is None else _begun(dive, moment, body))


def _begun(onset: Onset, moment: Moment, body: Features) -> FallState:
    descent = onset.descent
    return FallState(
        way=onset.way,
        started_us=descent.started_us,
        seen_us=moment.pts_us,
        low=moment.low,
        asked=asked(onset.way, descent, lies=is_lying(moment, body)),
        drop_m=descent.drop_m,
        sunk=sunk(descent),
        speed_m_s=descent.speed_m_s,
        low_total_s=_PICTURE_S,
        feet_y_px=descent.feet_y_px,
        fallen_px=body.hip_y_px - RISEN * descent.drop_m * body.scale_px_m,
        hip_y_px=body.hip_y_px,
        still_us=moment.pts_us,
        beside=moment.beside,
        newborn=descent.newborn and not moment.trust >= SURE_TRUST,
        seat=from_seat(descent),
        sided=moment.beside,
    )


def _accumulate(state: FallState, moment: Moment, body: Features, options: Options) -> FallState:
    step_s = moment.step_s(state.seen_us, _STEP_S)
    least = SLIDE_LOW if state.way is Way.SLIDE else ROLL_LOW if state.way is Way.ROLL else LOW
    down = moment.low >= least and not propped(body)
    down = down or ((state.way is not Way.SLIDE or state.seat) and grounded(body, state.feet_y_px))
    down = down or (state.way is Way.SLIDE and state.seat and _stays_down(state, body))
    low_s = step_s if down and not moment.within(options.rest_in) else 0.0
    upright = moment.low < UPRIGHT and not down
    risen = body.hip_y_px < state.fallen_px and (upright or state.way is Way.ROLL)
    return replace(
        state,
        seen_us=moment.pts_us,
        low_s=max(0.0, state.low_s + low_s - (step_s if risen else 0.0)),
        low_total_s=state.low_total_s + low_s,
        low_sum=state.low_sum + low_s * moment.low,
        upright_s=state.upright_s + step_s if upright else 0.0,
        risen_s=state.risen_s + step_s if risen else 0.0,
        beside=moment.beside,
        sided=state.sided or moment.beside,
    )


def _stays_down(state: FallState, body: Features) -> bool:
    """Whether hips that came off a seat have kept most of a drop that no other seat explains."""
    kept_px = (HELD - RISEN) * state.drop_m * body.scale_px_m
    far = state.sunk >= OFF_SEAT_SUNK
    return far and body.hip_y_px >= state.fallen_px + kept_px and not propped(body)


def _suspected(state: FallState, moment: Moment, body: Features, options: Options) -> Step[FallState]:
    if state.low_s >= _needed_s(state, options):
        state = replace(
            state,
            phase=Phase.CONFIRMED,
            raised_us=moment.pts_us,
            hip_y_px=body.hip_y_px,
            still_us=moment.pts_us,
        )
        return _report(state, options)
    expired = moment.pts_us - state.started_us > SUSPICION_S * 1e6 and moment.low < LOW
    if state.risen_s >= CANCEL_S or expired:
        return _close(state, Phase.RECOVERED, options)
    return Step(state)


def _still(state: FallState, moment: Moment, body: Features, options: Options) -> Step[FallState]:
    moved_m = abs(body.hip_y_px - state.hip_y_px) / body.scale_px_m
    if moved_m > STILL_M:
        return Step(replace(state, hip_y_px=body.hip_y_px, still_us=moment.pts_us))
    if moment.pts_us - state.still_us < options.still_every_s * 1e6:
        return Step(state)
    return _report(replace(state, phase=Phase.STILL, still_us=moment.pts_us), options)


def _report(state: FallState, options: Options) -> Step[FallState]:
    state = replace(state, updates=state.updates + 1)
    assert state.phase is not None  # only open incidents and their ends are told
    report = Report(
        state.phase,
        state.started_us,
        state.updates - 1,
        state.raised_us,
        state.confidence,
        _evidence(state, options),
        detail=state.way or "",
    )
    return Step(state, (report,))


def _close(state: FallState, phase: Phase, options: Options) -> Step[FallState]:
    return _report(replace(state, phase=phase), options)


def _needed_s(state: FallState, options: Options) -> float:
    """How long the body must be low."""
    needed_s = options.slide_s if state.way is Way.SLIDE else options.confirm_s
    return needed_s * (BESIDE if state.beside else 1.0)


def _evidence(state: FallState, options: Options) -> dict[str, float]:
    """What decided, beside its thresholds, and when (s of media time); what nobody saw is left out."""
    known = {
        "speed_m_s": state.speed_m_s,
        "sunk": None if state.feet_y_px is None else state.sunk,
        "confirmed_s": None if state.raised_us is None else state.raised_us / 1e6,
    }
    if state.raised_us is not None and state.raised_us > state.seen_us:  # confirmed by not being seen
        known["hidden_s"] = (state.raised_us - state.seen_us) / 1e6
        known["hidden_threshold_s"] = options.hidden_s
    return {name: value for name, value in known.items() if value is not None} | {
        "drop_m": state.drop_m,
        "low": state.low,
        "low_s": state.low_s,
        "low_threshold_s": _needed_s(state, options),
        "started_s": state.started_us / 1e6,
        "suspected_s": state.suspected_us / 1e6,
        **state.asked.evidence(),
    }


def _hold(state: FallState) -> Hold | None:
    return None if state.phase is None else Hold(state.started_us, state.phase)


RULE = Rule(EventKind.FALL, Options, FallState(), step, holds=_hold, criteria=CRITERIA)
