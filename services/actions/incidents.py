"""Events from what the rules report: ids, clocks and evidence."""

import math
from dataclasses import asdict
from typing import Self

import msgspec

from services.actions import fall
from services.actions.fall import FallState
from services.actions.features import Features
from services.actions.posture import certainty
from services.actions.transition import Change
from shared.messages import Event, EventKind, Frame, Phase, Trace, event_id


class Cause(msgspec.Struct, frozen=True):
    """The frame that brought an event about: its place and clocks."""

    camera: str
    run: int
    seq: int
    pts_us: int
    captured_us: int
    live: bool
    frame_id: str
    trace: tuple[Trace, ...] = ()

    @classmethod
    def of(cls, frame: Frame) -> Self:
        return cls(
            camera=frame.camera,
            run=frame.run,
            seq=frame.seq,
            pts_us=frame.pts_us,
            captured_us=frame.captured_us,
            live=frame.live,
            frame_id=frame.frame_id,
            trace=frame.trace,
        )


def fall_event(cause: Cause, track: int, state: FallState, phase: Phase) -> Event:
    """The newest update of a fall."""
    return Event(
        **msgspec.structs.asdict(cause),
        id=event_id(cause.camera, cause.run, track, EventKind.FALL, state.started_us),
        update=state.updates - 1,
        kind=EventKind.FALL,
        phase=phase,
        track=track,
        started_pts_us=state.started_us,
        raised_pts_us=state.raised_us,
        confidence=state.confidence,
        evidence=_evidence(state),
    )


def posture_event(cause: Cause, track: int, change: Change, features: Features) -> Event:
    """A finished sitting down, standing up or lying down, confirmed at once; hidden features are left out."""
    return Event(
        **msgspec.structs.asdict(cause),
        id=event_id(cause.camera, cause.run, track, change.kind, change.started_us),
        update=0,
        kind=change.kind,
        phase=Phase.CONFIRMED,
        track=track,
        started_pts_us=change.started_us,
        raised_pts_us=cause.pts_us,
        confidence=certainty(features, change.posture),
        evidence={name: value for name, value in asdict(features).items() if not math.isnan(value)},
    )


def _evidence(state: FallState) -> dict[str, float]:
    """What decided a fall, beside its thresholds; a speed that a gap hid is left out."""
    speed = {} if state.speed_m_s is None else {"speed_m_s": state.speed_m_s}
    return speed | {
        "drop_m": state.drop_m,
        "drop_threshold_m": fall.DROP_M,
        "speed_threshold_m_s": fall.SPEED_M_S,
        "low_s": state.low_s,
        "low_threshold": fall.LOW,
    }
