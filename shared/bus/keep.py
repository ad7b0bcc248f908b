"""How long streams that no reader's position ends are kept."""

from dataclasses import dataclass

from shared.bus.topology import EVENTS, PLACES


@dataclass(frozen=True)
class Keep:
    """`frames_ms` for finished frames, `events_ms` for events and dead letters; places of a venue for
    `places_ms`, and `places_most` of them. A stage beside the chain may stand `behind_most` messages of a
    partition behind it: what it has not read by then is dropped, and counted.
    """

    frames_ms: int = 10_000
    events_ms: int = 7 * 24 * 3_600_000
    places_ms: int = 300_000
    places_most: int = 6000
    behind_most: int = 1000

    def kept(self, stream: str) -> tuple[int, int] | None:
        """How long (ms) and how many entries (0: all) of an output; None where a stage's position ends it."""
        return {EVENTS: (self.events_ms, 0), PLACES: (self.places_ms, self.places_most)}.get(stream)


DEFAULT_KEEP = Keep()
