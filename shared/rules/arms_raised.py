"""Both hands held up: a call for help."""

import math

import msgspec
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.moment import Features, Moment, Posture, Sight
from shared.rules.rule import Report, Rule, SparingOptions, Step

# Hands behind the head are at the ears, less than the height of the eyes over the shoulders.
# Source: the eyes are 0.12 of the stature over the shoulders (Winter, Biomechanics and Motor Control of Human
# Movement, 4th edition, figure 4.1: 0.936 and 0.818), which is 0.17 in the metres of `Features`.
RAISED_M = 0.18
_BREAK_S = 0.5  # hands that wave come down, and poses fail, for no longer than that
_AGAIN_S = 2.0  # hands down for so long end a call


class Options(SparingOptions):
    """What counts as a call."""

    hold_s: float = Field(2.0, ge=0.2, le=60, description="hands up for so long are a call")
    arms: int = Field(
        2, ge=1, le=2, description="how many hands must be up: 1 for people who can lift one alone"
    )


class CallState(msgspec.Struct, frozen=True, array_like=True):
    """Since and until when hands are up (media microseconds), and whether that has been told; None: down."""

    since_us: int | None = None
    until_us: int = 0
    told: bool = False


def step(state: CallState, moment: Moment, options: Options) -> Step[CallState]:
    """One more moment of the track. Who lies has hands above the head in no sense that a picture shows."""
    if moment.sight is Sight.GONE:
        return Step(CallState())
    if moment.body is None:
        return Step(state)
    height_m = _height_m(moment.body, options.arms)
    up = height_m >= RAISED_M and moment.posture is not Posture.LYING
    if not up:
        return Step(_lowered(state, moment.pts_us))
    since_us = moment.pts_us if state.since_us is None else state.since_us
    after = CallState(since_us, moment.pts_us, state.told)
    if after.told or moment.pts_us - since_us < options.hold_s * 1e6:
        return Step(after)
    return Step(msgspec.structs.replace(after, told=True), (_report(after, moment, height_m, options),))


def _lowered(state: CallState, pts_us: int) -> CallState:
    if state.since_us is None:
        return state
    limit_s = _AGAIN_S if state.told else _BREAK_S
    return CallState() if pts_us - state.until_us >= limit_s * 1e6 else state


def _height_m(body: Features, arms: int) -> float:
    """How high the wanted number of wrists is over the shoulders; NaN where too few are seen."""
    known = [value for value in (body.wrist_left_m, body.wrist_right_m) if not math.isnan(value)]
    return sorted(known, reverse=True)[arms - 1] if len(known) >= arms else math.nan


def _report(state: CallState, moment: Moment, height_m: float, options: Options) -> Report:
    assert state.since_us is not None
    return Report(
        Phase.CONFIRMED,
        state.since_us,
        raised_us=moment.pts_us,
        evidence={
            "wrists_m": height_m,
            "wrists_threshold_m": RAISED_M,
            "held_s": (moment.pts_us - state.since_us) / 1e6,
            "hold_threshold_s": options.hold_s,
        },
    )


_CRITERIA = (
    Criterion("wrists_m", "wrists_threshold_m", "how far the wrists were over the shoulders", "m"),
    Criterion("held_s", "hold_threshold_s", "how long they were up", "s"),
)

RULE = Rule(EventKind.ARMS_RAISED, Options, CallState(), step, criteria=_CRITERIA)
