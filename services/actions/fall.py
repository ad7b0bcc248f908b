"""The fall rule: a descent that ends low and stays low is a fall; one incident from there to the end.

suspected: the hips came down far and fast from an upright body, and the body is low.
confirmed: it stayed low, or was not seen any more after it got there.
still (repeated), recovered (upright again) or lost (nobody knows) follow.
A suspicion that ends otherwise is closed as recovered or lost without ever having been confirmed.
"""

from dataclasses import dataclass

import msgspec

from services.actions.descent import Descent
from services.actions.features import Features
from services.actions.posture import Posture
from shared.messages import Phase
from shared.settings import Actions as Settings

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
    def explains(self) -> bool:
        """Whether the fall is the reason for the posture, which then is no sitting down or lying down."""
        return self.open and (self.phase is not Phase.SUSPECTED or self.upright_s < CANCEL_S)

    @property
    def confidence(self) -> float:
        """Mean lowness over the time that was low, 0 to 1."""
        return min(1.0, self.low_sum / self.low_total_s) if self.low_total_s > 0 else 0.0


@dataclass(frozen=True)
class Moment:
    """What the rule sees of one picture in which the person is visible."""

    pts_us: int
    features: Features
    low: float
    descent: Descent | None
    posture: Posture


@dataclass(frozen=True)
class Step:
    """The state after a moment, and the phase to report, if any."""

    state: FallState
    report: Phase | None = None


def seen(state: FallState, moment: Moment, settings: Settings) -> Step:
    """One more picture of the person."""
    if state.phase is None:
        return _begin(moment)
    state = _accumulate(state, moment)
    if state.phase is Phase.SUSPECTED:
        return _suspected(state, moment, settings)
    upright = state.risen_s >= RECOVERED_S or state.upright_s >= RECOVERED_LOW_S
    if upright and moment.posture in {Posture.STANDING, Posture.SITTING}:
        return _close(state, Phase.RECOVERED)
    return _still(state, moment, settings)


def unseen(state: FallState, pts_us: int, settings: Settings) -> Step:
    """The person cannot be seen in this picture; who was low before is taken to be still there."""
    hidden_s = (pts_us - state.seen_us) / 1e6
    if state.phase is Phase.SUSPECTED and hidden_s >= settings.fall_hidden_s and state.upright_s <= 0:
        return _report(msgspec.structs.replace(state, phase=Phase.CONFIRMED, raised_us=pts_us))
    return Step(state)


def gone(state: FallState) -> Step:
    """The track or the run has ended."""
    return _close(state, Phase.LOST) if state.open else Step(state)


def is_fall(descent: Descent, low: float) -> bool:
    """Whether a descent from an upright body has just ended low; an unknown speed abstains."""
    fast = descent.speed_m_s is None or descent.speed_m_s >= SPEED_M_S
    return descent.drop_m >= DROP_M and fast and low >= LOW and descent.low_before < LOW


def _begin(moment: Moment) -> Step:
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
        fallen_px=moment.features.hip_y_px - RISEN * descent.drop_m * moment.features.scale_px_m,
        hip_y_px=moment.features.hip_y_px,
        still_us=moment.pts_us,
    )
    return _report(state)


def _accumulate(state: FallState, moment: Moment) -> FallState:
    step_s = min(_STEP_S, max(0, moment.pts_us - state.seen_us) / 1e6)
    low_s = step_s if moment.low >= LOW else 0.0
    upright = moment.low < UPRIGHT
    risen = upright and moment.features.hip_y_px < state.fallen_px
    return msgspec.structs.replace(
        state,
        seen_us=moment.pts_us,
        low_s=max(0.0, state.low_s + low_s - (step_s if risen else 0.0)),
        low_total_s=state.low_total_s + low_s,
        low_sum=state.low_sum + low_s * moment.low,
        upright_s=state.upright_s + step_s if upright else 0.0,
        risen_s=state.risen_s + step_s if risen else 0.0,
    )


def _suspected(state: FallState, moment: Moment, settings: Settings) -> Step:
    if state.low_s >= settings.fall_confirm_s:
        state = msgspec.structs.replace(
            state,
            phase=Phase.CONFIRMED,
            raised_us=moment.pts_us,
            hip_y_px=moment.features.hip_y_px,
            still_us=moment.pts_us,
        )
        return _report(state)
    expired = moment.pts_us - state.started_us > SUSPICION_S * 1e6 and moment.low < LOW
    if state.risen_s >= CANCEL_S or expired:
        return _close(state, Phase.RECOVERED)
    return Step(state)


def _still(state: FallState, moment: Moment, settings: Settings) -> Step:
    moved_m = abs(moment.features.hip_y_px - state.hip_y_px) / moment.features.scale_px_m
    if moved_m > STILL_M:
        y_px = moment.features.hip_y_px
        return Step(msgspec.structs.replace(state, hip_y_px=y_px, still_us=moment.pts_us))
    if moment.pts_us - state.still_us < settings.still_every_s * 1e6:
        return Step(state)
    return _report(msgspec.structs.replace(state, phase=Phase.STILL, still_us=moment.pts_us))


def _report(state: FallState) -> Step:
    return Step(msgspec.structs.replace(state, updates=state.updates + 1), state.phase)


def _close(state: FallState, phase: Phase) -> Step:
    return _report(msgspec.structs.replace(state, phase=phase))
