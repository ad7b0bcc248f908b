"""Somebody who sat or lay in a bed has got out of it.

suspected: out of the bed. confirmed: still out after a while. recovered: back in it. lost: nobody knows.
"""

import msgspec
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.moment import Moment, Posture, Sight
from shared.rules.rule import Needs, Report, Rule, SparingOptions, Step
from shared.rules.zone import ZoneKind

_RESTING = frozenset({Posture.SITTING, Posture.LYING})
# Who sits up in bed may not have been seen before, under the blanket: a track that begins in bed was there.
_BEGINS_S = 5.0
# One step counts at most so much, whatever was dropped in between.
_STEP_S = 1.0


class Options(SparingOptions):
    """When somebody has left the bed."""

    kinds: tuple[ZoneKind, ...] = Field((ZoneKind.BED,), min_length=1, description="what counts as a bed")
    in_s: float = Field(5.0, ge=0, le=3600, description="who sits or lies there for so long is in bed")
    grace_s: float = Field(3.0, ge=0, le=600, description="out of it for so long is an exit")


class BedState(msgspec.Struct, frozen=True, array_like=True):
    """Where a track is with respect to beds. Times in media microseconds.

    `outside`: it has been seen out of bed. `bed`: the zone it was in last, since `since_us` until `seen_us`,
    and rested in for `rested_s`. `phase`: of the open exit.
    """

    outside: bool = False
    bed: str = ""
    since_us: int = 0
    seen_us: int = 0
    rested_s: float = 0.0
    phase: Phase | None = None
    started_us: int = 0
    raised_us: int | None = None
    updates: int = 0


def step(state: BedState, moment: Moment, options: Options) -> Step[BedState]:
    """One more moment of the track."""
    if moment.sight is Sight.GONE:
        return _close(state, Phase.LOST, options) if state.phase is not None else Step(BedState())
    if moment.place is None:
        return Step(state)
    bed = next((zone.name for zone in moment.zones if zone.kind in options.kinds), None)
    if bed is None:
        return _out(state, moment, options)
    return _in(state, moment, bed, options)


def _in(state: BedState, moment: Moment, bed: str, options: Options) -> Step[BedState]:
    pts_us, resting = moment.pts_us, moment.posture in _RESTING
    if state.phase is not None:
        if not resting:
            return Step(state)
        rested_s = max(state.rested_s, options.in_s)
        return Step(
            BedState(True, bed, pts_us, pts_us, rested_s), _close(state, Phase.RECOVERED, options).reports
        )
    if state.bed != bed:
        state = BedState(state.outside, bed, pts_us, pts_us)
    rested_s = state.rested_s
    if resting:
        rested_s += moment.step_s(state.seen_us, _STEP_S)
        if not state.outside and pts_us - state.since_us <= _BEGINS_S * 1e6:
            rested_s = max(rested_s, options.in_s)
    return Step(msgspec.structs.replace(state, seen_us=pts_us, rested_s=rested_s))


def _out(state: BedState, moment: Moment, options: Options) -> Step[BedState]:
    if state.phase is None:
        if not state.bed or state.rested_s < options.in_s:
            return Step(state if state == _OUTSIDE else _OUTSIDE)
        left = msgspec.structs.replace(state, outside=True, phase=Phase.SUSPECTED, started_us=moment.pts_us)
        return _report(left, options)
    out_s = (moment.pts_us - state.started_us) / 1e6
    if state.phase is Phase.SUSPECTED and out_s >= options.grace_s:
        return _report(
            msgspec.structs.replace(state, phase=Phase.CONFIRMED, raised_us=moment.pts_us), options
        )
    return Step(state)


def _report(state: BedState, options: Options) -> Step[BedState]:
    assert state.phase is not None  # only open exits and their ends are told
    evidence = {
        "rested_s": state.rested_s,
        "rested_threshold_s": options.in_s,
        "grace_threshold_s": options.grace_s,
    }
    report = Report(
        state.phase, state.started_us, state.updates, state.raised_us, evidence=evidence, zone=state.bed
    )
    return Step(msgspec.structs.replace(state, updates=state.updates + 1), (report,))


def _close(state: BedState, phase: Phase, options: Options) -> Step[BedState]:
    closed = _report(msgspec.structs.replace(state, phase=phase), options)
    return Step(BedState(), closed.reports)


_OUTSIDE = BedState(outside=True)

_CRITERIA = (
    Criterion("rested_s", "rested_threshold_s", "how long somebody was in bed before", "s", Phase.SUSPECTED),
)

RULE = Rule(EventKind.BED_EXIT, Options, BedState(), step, Needs.ZONES, criteria=_CRITERIA)
