"""From a standing and a look to the next standing and the events that follow: pure, time passed in."""

from dataclasses import dataclass

import msgspec

from services.monitor.reasons import Reason, reasons, settled
from services.monitor.sight import Sight
from services.monitor.standing import Incident, Standing, renewed
from shared.messages import Event, EventKind, Phase, event_id
from shared.settings import Monitor


@dataclass(frozen=True)
class Verdict:
    """`standing` None: nothing is to be remembered. `watched`: somebody is seen to watch the camera.

    `idle`: there is nothing to watch, its source has ended. `why` are the reasons of an open incident.
    """

    standing: Standing | None
    events: tuple[Event, ...] = ()
    watched: bool = False
    idle: bool = False
    why: str = ""

    @property
    def lost(self) -> bool:
        """Whether an incident is open."""
        return self.standing is not None and self.standing.incident is not None


def judge(before: Standing | None, sight: Sight, limits: Monitor) -> Verdict:
    """Go on from the standing `before` by what is seen now."""
    standing = renewed(before, sight, limits)
    if sight.over and standing.incident is None:
        return Verdict(None, idle=True)
    found = reasons(sight, standing, limits)
    incident, events = _followed(standing, sight, found, limits)
    watched = incident is None and standing.proven
    calm_ms = sight.now_ms if any(reason.outage for reason in found) else standing.calm_ms
    standing = msgspec.structs.replace(standing, incident=incident, calm_ms=calm_ms)
    return Verdict(standing, events, watched, why="; ".join(reason.text for reason in found))


def dismissed(before: Standing, sight: Sight) -> Verdict:
    """The camera is no longer configured: an open incident ends, and nothing is restored."""
    if before.incident is None:
        return Verdict(None)
    incident = _next_update(before.incident, sight)
    return Verdict(None, (_lost(incident, sight, Phase.RECOVERED, "the camera was removed"),))


def _followed(
    standing: Standing, sight: Sight, found: tuple[Reason, ...], limits: Monitor
) -> tuple[Incident | None, tuple[Event, ...]]:
    incident, now = standing.incident, sight.now_ms
    if incident is None:
        return _opened(sight, found) if found else (None, ())
    if found:
        incident = msgspec.structs.replace(incident, well_ms=None)
        keys = {reason.key for reason in found} - set(incident.told)
        if not keys and now - incident.told_ms < limits.repeat_s * 1000:
            return incident, ()
        incident = _next_update(incident, sight, tuple(sorted(keys)))
        return incident, (_lost(incident, sight, Phase.STILL, found=found),)
    if not _well(standing, sight, limits):
        return msgspec.structs.replace(incident, well_ms=None), ()
    well_ms = incident.well_ms if incident.well_ms is not None and incident.well_ms <= now else now
    if now - well_ms < limits.back_s * 1000:
        return msgspec.structs.replace(incident, well_ms=well_ms), ()
    return None, _closed(_next_update(incident, sight), sight)


def _well(standing: Standing, sight: Sight, limits: Monitor) -> bool:
    """No reason is not enough: where looks had a gap, too little is known to call it well."""
    return sight.over or (standing.proven and not standing.absent_ms and settled(standing, limits))


def _opened(sight: Sight, found: tuple[Reason, ...]) -> tuple[Incident, tuple[Event, ...]]:
    now = sight.now_ms
    incident = Incident(
        run=sight.source.run,
        started_ms=min(reason.since_ms for reason in found),
        raised_ms=now,
        told_ms=now,
        update=0,
        told=tuple(sorted(reason.key for reason in found)),
    )
    return incident, (_lost(incident, sight, Phase.CONFIRMED, found=found),)


def _closed(incident: Incident, sight: Sight) -> tuple[Event, ...]:
    lost_s = max(sight.now_ms - incident.started_ms, 0) / 1000
    detail = f"all is well again after {lost_s:.0f} s"
    if sight.over:
        detail = f"the source came to its end, {lost_s:.0f} s later"
        return (_lost(incident, sight, Phase.RECOVERED, detail),)
    lost = _lost(incident, sight, Phase.RECOVERED, detail)
    restored = msgspec.structs.replace(
        lost,
        id=event_id(lost.camera, lost.run, None, EventKind.MONITORING_RESTORED, lost.started_pts_us),
        update=0,
        kind=EventKind.MONITORING_RESTORED,
        phase=Phase.CONFIRMED,
        raised_pts_us=lost.pts_us,
    )
    return (lost, restored)


def _next_update(incident: Incident, sight: Sight, keys: tuple[str, ...] = ()) -> Incident:
    return msgspec.structs.replace(
        incident, update=incident.update + 1, told_ms=sight.now_ms, told=(*incident.told, *keys)
    )


def _lost(
    incident: Incident, sight: Sight, phase: Phase, detail: str = "", found: tuple[Reason, ...] = ()
) -> Event:
    """All times are the server's wall time: where nobody watches, nobody knows the media time."""
    started_us, now_us = incident.started_ms * 1000, sight.now_ms * 1000
    evidence = {name: round(n, 3) for reason in found for name, n in reason.evidence.items()}
    return Event(
        camera=sight.camera.name,
        run=incident.run,
        seq=max(sight.source.seq, 0),
        pts_us=now_us,
        live=sight.camera.live,
        id=event_id(sight.camera.name, incident.run, None, EventKind.MONITORING_LOST, started_us),
        update=incident.update,
        kind=EventKind.MONITORING_LOST,
        phase=phase,
        track=None,
        started_pts_us=started_us,
        raised_pts_us=incident.raised_ms * 1000,
        captured_us=now_us,
        confidence=1.0,
        evidence=evidence | {"lost_s": max(sight.now_ms - incident.started_ms, 0) / 1000},
        detail=detail or "; ".join(reason.text for reason in found),
    )
