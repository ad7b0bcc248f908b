"""A jump: hips and both feet rise, fly as bodies do that nothing carries, and come down again.

Whoever squats or sits down goes down first and is no higher afterwards; who climbs onto something stays up; a
step lifts one foot alone. The height comes from the time of flight. It takes ten pictures a second or more.
"""

import math

import msgspec
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.moment import Features, Moment, Sight
from shared.rules.rule import Report, Rule, SparingOptions, Step

_GRAVITY_M_S2 = 9.81
# Before the toes leave the ground the heels do, and after the toes touch it the heels follow: so far are the
# hips over their height in standing at take-off and at landing.
# Source: a foot is 0.152 of the stature long (Winter, Biomechanics and Motor Control of Human Movement, 4th
# edition, figure 4.1), its ball half of that before the ankle; stretched by 45 degrees that lifts an
# adult's ankle by 0.1 m, which is 0.09 in the metres of `Features`.
_TIPTOE_M = 0.09
_FEET_M = 0.05  # both ankles are lifted by more, at the highest, than on tiptoe
_STRAIGHT_M = 0.62  # hips over the lower ankle of who stands or walks, in the metres of `Features`
_STANDING_S = 0.5  # the ground is known after so long, and follows who walks away this slowly
_SINK_S = 0.1  # ... and feet that are lower than it thus fast, since nobody stands below the ground
# Source: the highest standing jumps of athletes are below 1 m, 0.9 s of flight.
_LONGEST_S = 0.9
# How high the hips are seen to rise must fit the time: a camera tilted by 45 degrees shows 0.7 of it, metres
# of landmark models are up to a sixth too short, and few pictures miss the highest point; but models take a
# child of 1.1 m for a small adult far away, whose metres come out half too long, and a mattress gives way.
_LEAST_FIT, _MOST_FIT = 0.45, 2.2


class Options(SparingOptions):
    """Which jumps count."""

    height_m: float = Field(0.15, ge=0.05, le=2, description="lower ones are none")


class JumpState(msgspec.Struct, frozen=True, array_like=True):
    """Heights of a track. Times in media microseconds.

    Attributes:
        foot_y_px, leg_m: the lower ankle's place on the ground, and the hips over it of who stands, both
            known for `ground_s`.
        seen_us, rise_m: the last picture, and how far over the ground's height the hips were.
        up_us: when they passed the height of tiptoe upwards; None: they are below.
        top_m, feet_m: the greatest rise of hips and of the lower ankle since.
    """

    foot_y_px: float = 0.0
    leg_m: float = 0.0
    ground_s: float = 0.0
    seen_us: int = 0
    rise_m: float = 0.0
    up_us: int | None = None
    top_m: float = 0.0
    feet_m: float = 0.0


def step(state: JumpState, moment: Moment, options: Options) -> Step[JumpState]:
    """One more moment of the track."""
    if moment.sight is Sight.GONE:
        return Step(JumpState())
    body = moment.body
    if body is None or math.isnan(body.hip_m):
        return Step(state)
    if state.ground_s < _STANDING_S:
        return Step(_grounded(state, moment, body))
    rise_m = (state.foot_y_px - body.hip_y_px) / body.scale_px_m - state.leg_m
    if rise_m >= _TIPTOE_M:
        return Step(_risen(state, moment, body, rise_m))
    if state.up_us is not None:
        return _landed(state, rise_m, moment.pts_us, options)
    return Step(msgspec.structs.replace(_grounded(state, moment, body), rise_m=rise_m))


def _grounded(state: JumpState, moment: Moment, body: Features) -> JumpState:
    """On the ground: who stands or walks there tells where it is, and who bends the knees no more than that
    it is not above the feet.
    """
    straight = body.hip_m >= _STRAIGHT_M
    foot_y_px = _lower_ankle_px(body)
    if not state.ground_s:
        ground_s = 1e-6 if straight else 0.0
        return JumpState(foot_y_px, body.hip_m, ground_s, moment.pts_us)
    step_s = moment.step_s(state.seen_us, _STANDING_S)
    sinks = foot_y_px > state.foot_y_px
    foot = _share(step_s, _SINK_S if sinks else _STANDING_S) if sinks or straight else 0.0
    leg = _share(step_s, _STANDING_S) if straight else 0.0
    return msgspec.structs.replace(
        state,
        foot_y_px=state.foot_y_px + foot * (foot_y_px - state.foot_y_px),
        leg_m=state.leg_m + leg * (body.hip_m - state.leg_m),
        ground_s=min(_STANDING_S, state.ground_s + (step_s if straight else 0.0)),
        seen_us=moment.pts_us,
    )


def _share(step_s: float, within_s: float) -> float:
    return 1 - math.exp(-step_s / within_s)


def _risen(state: JumpState, moment: Moment, body: Features, rise_m: float) -> JumpState:
    """In the air, or up on something, which then is the ground."""
    up_us = _passed_us(state, rise_m, moment.pts_us) if state.up_us is None else state.up_us
    if moment.pts_us - up_us > _LONGEST_S * 1e6:
        return _grounded(JumpState(), moment, body)
    feet_m = (state.foot_y_px - _lower_ankle_px(body)) / body.scale_px_m
    return msgspec.structs.replace(
        state,
        seen_us=moment.pts_us,
        rise_m=rise_m,
        up_us=up_us,
        top_m=max(state.top_m, rise_m),
        feet_m=max(state.feet_m, feet_m),
    )


def _landed(state: JumpState, rise_m: float, pts_us: int, options: Options) -> Step[JumpState]:
    assert state.up_us is not None
    flight_s = (_passed_us(state, rise_m, pts_us) - state.up_us) / 1e6
    height_m = _GRAVITY_M_S2 * flight_s**2 / 8
    seen_m = state.top_m - _TIPTOE_M
    after = msgspec.structs.replace(state, seen_us=pts_us, rise_m=rise_m, up_us=None, top_m=0.0, feet_m=0.0)
    fits = _LEAST_FIT * height_m <= seen_m <= _MOST_FIT * height_m and flight_s <= _LONGEST_S
    if height_m < options.height_m or not fits or state.feet_m < _TIPTOE_M + _FEET_M:
        return Step(after)
    evidence = {
        "height_m": height_m,
        "height_threshold_m": options.height_m,
        "flight_s": flight_s,
        "hips_m": seen_m,
        "feet_m": state.feet_m,
    }
    return Step(after, (Report(Phase.CONFIRMED, state.up_us, raised_us=pts_us, evidence=evidence),))


def _passed_us(state: JumpState, rise_m: float, pts_us: int) -> int:
    """When the hips passed the height of tiptoe between the last picture and this one."""
    share = (_TIPTOE_M - state.rise_m) / (rise_m - state.rise_m)
    return state.seen_us + round(share * (pts_us - state.seen_us))


def _lower_ankle_px(body: Features) -> float:
    return body.hip_y_px + body.hip_m * body.scale_px_m


_CRITERIA = (Criterion("height_m", "height_threshold_m", "how high the flight was, by its time", "m"),)

RULE = Rule(EventKind.JUMP, Options, JumpState(), step, criteria=_CRITERIA)
