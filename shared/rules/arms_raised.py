"""A call for help: both hands held up, or one that waves."""

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
_AGAIN_S = 2.0  # nothing for so long ends a call
# Who waves bends and stretches the elbow by more than poses of a still arm differ, once or twice a second.
SWING_DEG = 30.0
_SWING_S = 1.0


class Options(SparingOptions):
    """What counts as a call."""

    hold_s: float = Field(2.0, ge=0.2, le=60, description="hands up for so long are a call")
    arms: int = Field(
        2, ge=1, le=2, description="how many hands must be up: 1 for people who can lift one alone"
    )
    swings: int = Field(
        4,
        ge=0,
        le=20,
        description="a hand up that swings so often, to or fro, is a call as well; 0: it is none",
    )


class Wave(msgspec.Struct, frozen=True, array_like=True):
    """A hand that is up (0 left, 1 right): its elbow's last turning point, and how often it has swung.

    `grows`: whether the bend has grown since the turning point; None: it has not swung yet.
    """

    side: int
    since_us: int
    swung_us: int
    turn_deg: float
    grows: bool | None = None
    swings: int = 0


class CallState(msgspec.Struct, frozen=True, array_like=True):
    """What hands do. Times in media microseconds.

    `since_us`, `until_us`: enough hands are up (None: down). `wave`: one of them may wave. `told_us`: a
    call has been told, and went on until then.
    """

    since_us: int | None = None
    until_us: int = 0
    wave: Wave | None = None
    told_us: int | None = None


def step(state: CallState, moment: Moment, options: Options) -> Step[CallState]:
    """One more moment of the track. Who lies has hands above the head in no sense that a picture shows."""
    if moment.sight is Sight.GONE:
        return Step(CallState())
    body, pts_us = moment.body, moment.pts_us
    if body is None:
        return Step(state)
    raised = _raised(body) if moment.posture is not Posture.LYING else (False, False)
    if state == _DOWN and not any(raised):
        return Step(state)
    up = sum(raised) >= options.arms
    wave = _waved(state.wave, body, raised, pts_us) if options.swings else None
    waves = wave is not None and wave.swings >= options.swings
    since_us, until_us = _held(state, pts_us, up=up)
    state = CallState(since_us, until_us, wave, _told_us(state, pts_us, active=up or waves))
    held_s = (pts_us - since_us) / 1e6 if up and since_us is not None else 0.0
    if state.told_us is not None or not (waves or (up and held_s >= options.hold_s)):
        return Step(state)
    report = (
        _waving(wave, moment, options) if wave is not None and waves else _holding(state, moment, options)
    )
    return Step(msgspec.structs.replace(state, told_us=pts_us), (report,))


_DOWN = CallState()


def _raised(body: Features) -> tuple[bool, bool]:
    return body.wrist_left_m >= RAISED_M, body.wrist_right_m >= RAISED_M


def _held(state: CallState, pts_us: int, *, up: bool) -> tuple[int | None, int]:
    """Since and until when hands are up, with this moment."""
    if up:
        return pts_us if state.since_us is None else state.since_us, pts_us
    over = pts_us - state.until_us >= _BREAK_S * 1e6
    return None if over else state.since_us, state.until_us


def _told_us(state: CallState, pts_us: int, *, active: bool) -> int | None:
    """Until when a call that has been told went on; None where it is over."""
    if state.told_us is None or active:
        return None if state.told_us is None else pts_us
    return None if pts_us - state.told_us >= _AGAIN_S * 1e6 else state.told_us


def _waved(before: Wave | None, body: Features, raised: tuple[bool, bool], pts_us: int) -> Wave | None:
    """The wave with this moment: of the same hand while it is up and swings, or else of one that is up."""
    if before is not None and pts_us - before.swung_us <= _SWING_S * 1e6:
        return _swung(before, _elbows_deg(body)[before.side], pts_us) if raised[before.side] else before
    if not any(raised):
        return None
    side = int(raised[1] and body.wrist_right_m > body.wrist_left_m) if all(raised) else raised.index(True)
    bend_deg = _elbows_deg(body)[side]
    return None if math.isnan(bend_deg) else Wave(side, pts_us, pts_us, bend_deg)


def _swung(wave: Wave, bend_deg: float, pts_us: int) -> Wave:
    """A swing is a way of `SWING_DEG` from the last turning point; the bend that is not seen is none."""
    change_deg = bend_deg - wave.turn_deg
    if wave.grows is not None and (change_deg > 0) is wave.grows:  # further the same way: it turns later
        return msgspec.structs.replace(wave, turn_deg=bend_deg)
    if not abs(change_deg) >= SWING_DEG:
        return wave
    return Wave(wave.side, wave.since_us, pts_us, bend_deg, change_deg > 0, wave.swings + 1)


def _elbows_deg(body: Features) -> tuple[float, float]:
    return body.elbow_left_deg, body.elbow_right_deg


def _holding(state: CallState, moment: Moment, options: Options) -> Report:
    assert state.since_us is not None
    assert moment.body is not None
    evidence = {
        "wrist_left_m": moment.body.wrist_left_m,
        "wrist_right_m": moment.body.wrist_right_m,
        "wrists_threshold_m": RAISED_M,
        "held_s": (moment.pts_us - state.since_us) / 1e6,
        "hold_threshold_s": options.hold_s,
    }
    known = {name: value for name, value in evidence.items() if not math.isnan(value)}
    return Report(Phase.CONFIRMED, state.since_us, raised_us=moment.pts_us, evidence=known, detail="hands up")


def _waving(wave: Wave, moment: Moment, options: Options) -> Report:
    evidence = {
        "swings": float(wave.swings),
        "swings_threshold": float(options.swings),
        "swing_threshold_deg": SWING_DEG,
        "wrists_threshold_m": RAISED_M,
    }
    return Report(Phase.CONFIRMED, wave.since_us, raised_us=moment.pts_us, evidence=evidence, detail="waving")


_CRITERIA = (
    Criterion("wrists_m", "wrists_threshold_m", "how far the wrists were over the shoulders", "m"),
    Criterion("held_s", "hold_threshold_s", "how long they were up", "s"),
)

RULE = Rule(EventKind.ARMS_RAISED, Options, CallState(), step, criteria=_CRITERIA)
