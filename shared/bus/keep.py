"""How long streams that no reader's position ends are kept."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Keep:
    """`frames_ms` for finished frames, `events_ms` for events and dead letters."""

    frames_ms: int = 10_000
    events_ms: int = 7 * 24 * 3_600_000


DEFAULT_KEEP = Keep()
