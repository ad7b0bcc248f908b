"""The fall rule: a descent that ends low and stays low is a fall; one incident from there to the end.

suspected: the hips came down far and fast from an upright body, and the body is low.
confirmed: it stayed low, or was not seen any more after it got there.
still (repeated), recovered (upright again) or lost (nobody knows) follow.
A suspicion that ends otherwise is closed as recovered or lost without ever having been confirmed.
"""

import msgspec
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.moment import Descent, Features, Moment, Posture, Sight
from shared.rules.rule import Report, Rule, RuleOptions, Step

# From a chair the hips fall 0.3 m (seat 0.45 m, half a pelvis 0.15 m), from standing 0.6 m and more; a camera
# that looks down by 35 degrees shows 0.82 of that. Lying down on a bed from sitting moves them by less than
# 0.1 m.
DROP_M = 0.25
# Falling hips reach 1 m/s and more, lying down with control stays below 0.4 m/s; the picture shows at most
# that. Sitting down fast comes to 0.7 m/s, so that speed alone makes no fall.
# Source: the pelvis hits the ground at 2.14 m/s (SD 0.63) in 25 real falls of older people (Choi, Wakeling
# and Robinovitch, Journal of Biomechanics 48, 2015, 911-920); `SPEED_SPAN_S` before that it is about half.
SPEED_M_S = 0.45
LOW = 0.55
UPRIGHT = 0.35
# A model shows lying bodies upright for moments, above all those with the feet to the camera. So upright
# poses take back low time, and end a suspicion early, only when the hips are up again too.
RISEN = 0.5  # share of the drop
CANCEL_S = 0.5
SUSPICION_S = 4.0  # and so does this long without confirmation
RECOVERED_S = 1.0  # upright with the hips up
RECOVERED_LOW_S = 3.0  # upright anyhow: sitting, or standing nearer to the camera
_PICTURE_S = 0.05  # the first low picture counts as so long
# One step counts at most so much, whatever was dropped in between.
_STEP_S = 0.25
STILL_M = 0.12  # breathing and small movements of a pose move the hips by less


class Options(RuleOptions):
    """When a descent is a fall."""

    confirm_s: float = Field(0.6, ge=0.2, le=5, description="low for so long after a descent is a fall")
    hidden_s: float = Field(
        0.8,
        ge=0.2,
        le=10,
        description="not seen for so long after a descent that ended low is a fall as well",
    )
    still_every_s: float = Field(10.0, ge=1, le=3600, description="report a still person this often")


class FallState(msgspec.Struct, frozen=True, array_like=True):
    """An open incident of one track, or none (`phase` None). Times in media microseconds, sums in seconds.

    `low_s` is what confirms: low time less the time upright with the hips up; `low_total_s` and `low_sum`
    make the mean. `upright_s` and `risen_s` are how long the body has been upright, and that with risen hips.
    """

    phase: Phase | None = None
    started_us: int = 0
    raised_us: int | None = None
    updates: int = 0
    seen_us: int = 0
    low_s: float = 0.0
    low_total_s: float = 0.0
    upright_s: float = 0.0
    risen_s: float = 0.0
    low_sum: float = 0.0
    drop_m: float = 0.0
    speed_m_s: float | None = None
    fallen_px: float = 0.0
    hip_y_px: float = 0.0
    still_us: int = 0

    @property
    def open(self) -> bool:
        return self.phase is not None

    @property
    def closed(self) -> bool:
        return self.phase in {Phase.RECOVERED, Phase.LOST}

    @property
    def explains(self) -> bool:
        """Whether an open fall is the reason for the posture, which then is no sitting down or lying down."""
        return self.open and (self.phase is not Phase.SUSPECTED or self.upright_s < CANCEL_S)

    @property
    def confidence(self) -> float:
        """Mean lowness over the time that was low, 0 to 1."""
        return min(1.0, self.low_sum / self.low_total_s) if self.low_total_s > 0 else 0.0


def step(state: FallState, moment: Moment, options: Options) -> Step[FallState]:
    """One more moment of the track."""
    if moment.sight is Sight.GONE:
        return _close(state, Phase.LOST) if state.open else Step(state)
    if moment.body is not None:
        return _explained(_seen(state, moment, moment.body, options))
    if moment.sight is Sight.UNKNOWN:
        return _explained(Step(state))
    return _explained(_unseen(state, moment.pts_us, options))


def is_fall(descent: Descent, low: float) -> bool:
    """Whether a descent from an upright body has just ended low; an unknown speed abstains."""
    fast = descent.speed_m_s is None or descent.speed_m_s >= SPEED_M_S
    return descent.drop_m >= DROP_M and fast and low >= LOW and descent.low_before < LOW


def _explained(step: Step[FallState]) -> Step[FallState]:
    """With what later rules need to know; a closed incident is forgotten."""
    state = step.state
    if state.closed:
        return Step(FallState(), step.reports, None if state.raised_us is None else state.phase)
    return Step(state, step.reports, state.phase if state.explains else None)


def _seen(state: FallState, moment: Moment, body: Features, options: Options) -> Step[FallState]:
    if state.phase is None:
        return _begin(moment, body)
    state = _accumulate(state, moment, body)
    if state.phase is Phase.SUSPECTED:
        return _suspected(state, moment, body, options)
    upright = state.risen_s >= RECOVERED_S or state.upright_s >= RECOVERED_LOW_S
    if upright and moment.posture in {Posture.STANDING, Posture.SITTING}:
        return _close(state, Phase.RECOVERED)
    return _still(state, moment, body, options)


def _unseen(state: FallState, pts_us: int, options: Options) -> Step[FallState]:
    """The person cannot be seen in this picture; who was low before is taken to be still there."""
    hidden_s = (pts_us - state.seen_us) / 1e6
    if state.phase is Phase.SUSPECTED and hidden_s >= options.hidden_s and state.upright_s <= 0:
        return _report(msgspec.structs.replace(state, phase=Phase.CONFIRMED, raised_us=pts_us))
    return Step(state)


def _begin(moment: Moment, body: Features) -> Step[FallState]:
    descent = moment.descent
    if descent is None or not is_fall(descent, moment.low):
        return Step(FallState())
    state = FallState(
        phase=Phase.SUSPECTED,
        started_us=descent.started_us,
        seen_us=moment.pts_us,
        drop_m=descent.drop_m,
        speed_m_s=descent.speed_m_s,
        low_total_s=_PICTURE_S,
        low_sum=_PICTURE_S * moment.low,
        fallen_px=body.hip_y_px - RISEN * descent.drop_m * body.scale_px_m,
        hip_y_px=body.hip_y_px,
        still_us=moment.pts_us,
    )
    return _report(state)


def _accumulate(state: FallState, moment: Moment, body: Features) -> FallState:
    step_s = min(_STEP_S, max(0, moment.pts_us - state.seen_us) / 1e6)
    low_s = step_s if moment.low >= LOW else 0.0
    upright = moment.low < UPRIGHT
    risen = upright and body.hip_y_px < state.fallen_px
    return msgspec.structs.replace(
        state,
        seen_us=moment.pts_us,
        low_s=max(0.0, state.low_s + low_s - (step_s if risen else 0.0)),
        low_total_s=state.low_total_s + low_s,
        low_sum=state.low_sum + low_s * moment.low,
        upright_s=state.upright_s + step_s if upright else 0.0,
        risen_s=state.risen_s + step_s if risen else 0.0,
    )


def _suspected(state: FallState, moment: Moment, body: Features, options: Options) -> Step[FallState]:
    if state.low_s >= options.confirm_s:
        state = msgspec.structs.replace(
            state,
            phase=Phase.CONFIRMED,
            raised_us=moment.pts_us,
            hip_y_px=body.hip_y_px,
            still_us=moment.pts_us,
        )
        return _report(state)
    expired = moment.pts_us - state.started_us > SUSPICION_S * 1e6 and moment.low < LOW
    if state.risen_s >= CANCEL_S or expired:
        return _close(state, Phase.RECOVERED)
    return Step(state)


def _still(state: FallState, moment: Moment, body: Features, options: Options) -> Step[FallState]:
    moved_m = abs(body.hip_y_px - state.hip_y_px) / body.scale_px_m
    if moved_m > STILL_M:
        return Step(msgspec.structs.replace(state, hip_y_px=body.hip_y_px, still_us=moment.pts_us))
    if moment.pts_us - state.still_us < options.still_every_s * 1e6:
        return Step(state)
    return _report(msgspec.structs.replace(state, phase=Phase.STILL, still_us=moment.pts_us))


def _report(state: FallState) -> Step[FallState]:
    state = msgspec.structs.replace(state, updates=state.updates + 1)
    assert state.phase is not None  # only open incidents and their ends are told
    report = Report(
        state.phase,
        state.started_us,
        state.updates - 1,
        state.raised_us,
        state.confidence,
        _evidence(state),
    )
    return Step(state, (report,))


def _close(state: FallState, phase: Phase) -> Step[FallState]:
    return _report(msgspec.structs.replace(state, phase=phase))


def _evidence(state: FallState) -> dict[str, float]:
    """What decided, beside its thresholds; a speed that a gap hid is left out."""
    speed = {} if state.speed_m_s is None else {"speed_m_s": state.speed_m_s}
    return speed | {
        "drop_m": state.drop_m,
        "drop_threshold_m": DROP_M,
        "speed_threshold_m_s": SPEED_M_S,
        "low_s": state.low_s,
        "low_threshold": LOW,
    }


RULE = Rule(EventKind.FALL, Options, FallState(), step)
