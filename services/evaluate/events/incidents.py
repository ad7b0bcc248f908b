"""What was told of clips: the updates of each incident put together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.messages import Event, Phase


@dataclass(frozen=True)
class Update:
    """An incident came to a phase, at a second of media time."""

    phase: Phase
    at_s: float


@dataclass(frozen=True)
class Incident:
    """All that was told under one id.

    Attributes:
        raised_s: when it was confirmed, which is when somebody is called; None: never.
        evidence: that of the confirmation, else of the last update.
    """

    id: str
    kind: str
    track: int | None
    started_s: float
    raised_s: float | None
    confidence: float
    updates: tuple[Update, ...]
    evidence: dict[str, float]

    @property
    def ended_s(self) -> float:
        """The last that was heard of it."""
        return self.updates[-1].at_s


def incidents_of(events: Iterable[Event], zero_us: int = 0) -> tuple[Incident, ...]:
    """The incidents of one clip in the order of their starts; `zero_us` is the clip's first media time."""
    updates: dict[str, list[Event]] = {}
    for event in events:
        updates.setdefault(event.id, []).append(event)
    incidents = [_incident(told, zero_us) for told in updates.values()]
    return tuple(sorted(incidents, key=lambda each: (each.started_s, each.id)))


def _incident(told: Sequence[Event], zero_us: int) -> Incident:
    told = sorted(told, key=lambda event: event.update)
    confirmed = next((event for event in told if event.phase is Phase.CONFIRMED), None)
    decisive = confirmed or told[-1]
    return Incident(
        id=decisive.id,
        kind=decisive.kind.value,
        track=decisive.track,
        started_s=(decisive.started_pts_us - zero_us) / 1e6,
        raised_s=None if confirmed is None else (confirmed.pts_us - zero_us) / 1e6,
        confidence=decisive.confidence,
        updates=tuple(Update(event.phase, (event.pts_us - zero_us) / 1e6) for event in told),
        evidence=dict(decisive.evidence),
    )
