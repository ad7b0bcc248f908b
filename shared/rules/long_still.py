"""Somebody who is seen has not moved for a long time.

confirmed: nothing of the body moved for `after_s`. still: nor since (repeated). recovered: it has moved.
lost: it is not seen any more.
"""

import math

import msgspec
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.moment import Features, Moment, Sight
from shared.rules.rule import Report, Rule, SparingOptions, Step
from shared.rules.zone import ZoneKind

_MOVED_S = 0.5  # a pose that is off for moments is no movement
# One step counts at most so much: who is not seen may move.
_STEP_S = 2.0


class Options(SparingOptions):
    """How long is long, and where it matters.

    Half an hour is a compromise between a call that comes in time and a nap in the armchair.
    Source: who cannot get up and lies on the floor for an hour or more is often harmed for good (Fleming and
    Brayne, BMJ 337, 2008, a2227).
    """

    after_s: float = Field(1800.0, ge=1, le=86_400, description="no movement for so long is reported")
    every_s: float = Field(1800.0, ge=1, le=86_400, description="... and again this often")
    move_m: float = Field(
        0.15,
        ge=0.05,
        le=1,
        description="hips, head or hands that go so far, in metres of the body, have moved",
    )
    kinds: tuple[ZoneKind, ...] = Field((), description="only in zones of these kinds; none: everywhere")
    rest_in: tuple[ZoneKind, ...] = Field((ZoneKind.BED,), description="... but not in these")

    def watches(self, moment: Moment) -> bool:
        return (not self.kinds or moment.within(self.kinds)) and not moment.within(self.rest_in)


class Anchor(msgspec.Struct, frozen=True, array_like=True):
    """Where the body's parts were: the hips in px, the rest in metres along the picture's vertical."""

    hip_x_px: float
    hip_y_px: float
    rise_m: float
    head_m: float | None = None
    left_m: float | None = None
    right_m: float | None = None


class StillState(msgspec.Struct, frozen=True, array_like=True):
    """Where the body has been since `since_us`, seen there for `still_s` in all until `seen_us`.

    `away_s`: how long it has been seen elsewhere since. `phase`: of the open incident; `told_s`: what
    `still_s` was when it was last reported.
    """

    anchor: Anchor | None = None
    since_us: int = 0
    seen_us: int = 0
    still_s: float = 0.0
    away_s: float = 0.0
    phase: Phase | None = None
    raised_us: int | None = None
    told_s: float = 0.0
    updates: int = 0


def step(state: StillState, moment: Moment, options: Options) -> Step[StillState]:
    """One more moment of the track."""
    if moment.sight is Sight.GONE or (moment.body is not None and not options.watches(moment)):
        phase = Phase.LOST if moment.sight is Sight.GONE else Phase.RECOVERED
        return _close(state, phase, options) if state.phase is not None else Step(StillState())
    if moment.body is None:
        return Step(state)
    if state.anchor is None:
        return Step(_at(moment.body, moment.pts_us))
    step_s = moment.step_s(state.seen_us, _STEP_S)
    if _apart_m(state.anchor, moment.body) > options.move_m:
        state = msgspec.structs.replace(state, seen_us=moment.pts_us, away_s=state.away_s + step_s)
        return _moved(state, moment, moment.body, options) if state.away_s >= _MOVED_S else Step(state)
    still_s = state.still_s + step_s
    return _still(
        msgspec.structs.replace(state, seen_us=moment.pts_us, still_s=still_s, away_s=0.0), moment, options
    )


def _still(state: StillState, moment: Moment, options: Options) -> Step[StillState]:
    if state.phase is None:
        if state.still_s < options.after_s:
            return Step(state)
        return _report(
            msgspec.structs.replace(state, phase=Phase.CONFIRMED, raised_us=moment.pts_us), options
        )
    if state.still_s - state.told_s < options.every_s:
        return Step(state)
    return _report(msgspec.structs.replace(state, phase=Phase.STILL), options)


def _moved(state: StillState, moment: Moment, body: Features, options: Options) -> Step[StillState]:
    reports = _close(state, Phase.RECOVERED, options).reports if state.phase is not None else ()
    return Step(_at(body, moment.pts_us), reports)


def _at(body: Features, pts_us: int) -> StillState:
    head_m, left_m, right_m = (_known(value) for value in _parts(body))
    anchor = Anchor(body.hip_x_px, body.hip_y_px, body.rise_m, head_m, left_m, right_m)
    return StillState(anchor, pts_us, pts_us)


def _apart_m(anchor: Anchor, body: Features) -> float:
    """How far the part that moved most is from where it was; parts that are not seen say nothing."""
    hips_px = math.hypot(body.hip_x_px - anchor.hip_x_px, body.hip_y_px - anchor.hip_y_px)
    then = (anchor.head_m, anchor.left_m, anchor.right_m)
    moved = [
        abs(now - before)
        for now, before in zip(_parts(body), then, strict=True)
        if before is not None and not math.isnan(now)
    ]
    return max(hips_px / body.scale_px_m, abs(body.rise_m - anchor.rise_m), *moved, 0.0)


def _parts(body: Features) -> tuple[float, float, float]:
    """Head over hips, and both wrists over the shoulders."""
    return body.head_m - body.hip_m, body.wrist_left_m, body.wrist_right_m


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _report(state: StillState, options: Options) -> Step[StillState]:
    assert state.phase is not None  # only open incidents and their ends are told
    evidence = {
        "still_s": state.still_s,
        "still_threshold_s": options.after_s,
        "move_threshold_m": options.move_m,
    }
    report = Report(state.phase, state.since_us, state.updates, state.raised_us, evidence=evidence)
    return Step(msgspec.structs.replace(state, updates=state.updates + 1, told_s=state.still_s), (report,))


def _close(state: StillState, phase: Phase, options: Options) -> Step[StillState]:
    return Step(StillState(), _report(msgspec.structs.replace(state, phase=phase), options).reports)


_CRITERIA = (Criterion("still_s", "still_threshold_s", "how long nothing of the body moved", "s"),)

RULE = Rule(EventKind.LONG_STILL, Options, StillState(), step, criteria=_CRITERIA)
