"""Events from what the rules report: ids and clocks."""

from typing import Self

import msgspec

from shared.messages import Curves, Event, EventKind, Frame, Trace, event_id
from shared.rules.rule import Report


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


def event_of(
    cause: Cause, track: int, kind: EventKind, report: Report, curves: Curves | None = None
) -> Event:
    """The event that tells a report of one track."""
    return Event(
        **msgspec.structs.asdict(cause),
        id=event_id(cause.camera, cause.run, track, kind, report.started_us, report.part),
        update=report.update,
        kind=kind,
        phase=report.phase,
        track=track,
        started_pts_us=report.started_us,
        raised_pts_us=report.raised_us,
        confidence=report.confidence,
        zone=report.zone,
        detail=report.detail,
        evidence=report.evidence,
        curves=curves,
    )
