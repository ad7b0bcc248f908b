"""Somebody runs fast for a while: on venues, seen by one camera that knows no ground.

The speed is that of the hips across the picture, in metres of the body: a lower bound, since who runs to the
camera or from it moves little in its picture, and the metres of landmark models are up to a sixth too short.
Where cameras are calibrated, `services.venue` measures on the ground.
"""

import math

import msgspec
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.moment import Moment, Sight
from shared.rules.rule import Report, Rule, SparingOptions, Step

# A stride of somebody who runs takes 0.5 to 0.7 s; over half a second the swing of the hips averages out, and
# poses that are off by 0.1 m are off by 0.2 m/s.
_SPAN_S = 0.5
_LEAST_SPAN_S = 0.3
_STEP_US = 95_000  # samples closer than this are not kept: the memory stays small at any frame rate
# Nobody is faster, so it was another body. Source: 12.3 m/s, the fastest of Usain Bolt's 100 m of 2009.
_FASTEST_M_S = 12.5


class Options(SparingOptions):
    """What counts as a sprint: the same as in `venue.effort`.

    Source: 25.2 km/h is the threshold that most studies of football use, though there is no consensus
    (Gualtieri et al. 2023, https://doi.org/10.3389/fspor.2023.1116293).
    """

    speed_m_s: float = Field(7.0, ge=0.5, le=12, description="at least this fast ...")
    lasting_s: float = Field(1.0, ge=0, le=30, description="... for so long without a break ...")
    break_s: float = Field(0.5, ge=0, le=10, description="... longer than this")


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where the hips were, px."""

    pts_us: int
    x_px: float
    y_px: float


class SprintState(msgspec.Struct, frozen=True, array_like=True):
    """The last places, and a run that goes on: fast from `since_us` until `fast_us`, at most `top_m_s`."""

    places: tuple[Place, ...] = ()
    since_us: int | None = None
    fast_us: int = 0
    top_m_s: float = 0.0
    raised_us: int | None = None


def step(state: SprintState, moment: Moment, options: Options) -> Step[SprintState]:
    """One more moment of the track. confirmed: it has lasted; recovered: it is over, or lost from sight."""
    if moment.sight is Sight.GONE:
        return Step(SprintState(), _closed(state, Phase.LOST, options))
    if moment.body is None:
        return Step(state)
    now = Place(moment.pts_us, moment.body.hip_x_px, moment.body.hip_y_px)
    speed_m_s, first_us = _speed_m_s(state.places, now, moment.body.scale_px_m)
    state = msgspec.structs.replace(state, places=_kept(state.places, now))
    if options.speed_m_s <= speed_m_s <= _FASTEST_M_S:
        return _fast(state, now.pts_us, speed_m_s, first_us, options)
    if state.since_us is None or now.pts_us - state.fast_us <= options.break_s * 1e6:
        return Step(state)
    return Step(SprintState(state.places), _closed(state, Phase.RECOVERED, options))


def _fast(
    state: SprintState, pts_us: int, speed_m_s: float, first_us: int, options: Options
) -> Step[SprintState]:
    since_us = first_us if state.since_us is None else state.since_us
    top_m_s = max(state.top_m_s, speed_m_s)
    after = msgspec.structs.replace(state, since_us=since_us, fast_us=pts_us, top_m_s=top_m_s)
    if after.raised_us is not None or pts_us - since_us < options.lasting_s * 1e6:
        return Step(after)
    after = msgspec.structs.replace(after, raised_us=pts_us)
    return Step(after, (_report(after, Phase.CONFIRMED, 0, options),))


def _speed_m_s(places: tuple[Place, ...], now: Place, scale_px_m: float) -> tuple[float, int]:
    """The mean speed since about `_SPAN_S` ago, and since when; 0 where too little was seen."""
    span = [place for place in places if now.pts_us - place.pts_us <= _SPAN_S * 1e6]
    if not span or now.pts_us - span[0].pts_us < _LEAST_SPAN_S * 1e6:
        return 0.0, now.pts_us
    way_px = math.hypot(now.x_px - span[0].x_px, now.y_px - span[0].y_px)
    return way_px / scale_px_m / ((now.pts_us - span[0].pts_us) / 1e6), span[0].pts_us


def _kept(places: tuple[Place, ...], now: Place) -> tuple[Place, ...]:
    if places and now.pts_us - places[-1].pts_us < _STEP_US:
        return places
    oldest_us = now.pts_us - round((_SPAN_S + 0.1) * 1e6)
    return (*(place for place in places if place.pts_us >= oldest_us), now)


def _closed(state: SprintState, phase: Phase, options: Options) -> tuple[Report, ...]:
    return () if state.raised_us is None else (_report(state, phase, 1, options),)


def _report(state: SprintState, phase: Phase, update: int, options: Options) -> Report:
    assert state.since_us is not None
    return Report(
        phase,
        state.since_us,
        update,
        state.raised_us,
        evidence={
            "top_m_s": state.top_m_s,
            "speed_threshold_m_s": options.speed_m_s,
            "lasted_s": (state.fast_us - state.since_us) / 1e6,
            "lasting_threshold_s": options.lasting_s,
        },
    )


_CRITERIA = (
    Criterion("top_m_s", "speed_threshold_m_s", "how fast the hips went across the picture", "m/s"),
    Criterion("lasted_s", "lasting_threshold_s", "for how long", "s"),
)

RULE = Rule(EventKind.SPRINT, Options, SprintState(), step, criteria=_CRITERIA)
