"""The monitor and the bus: the whole chain at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.bus.transport.sources import Announcement, Source


@dataclass(frozen=True)
class Watch:
    """What whoever watches over the chain needs to know, at one moment of the server's clock.

    `holders` names the worker that holds a stage's lease of a partition ("ingest" among the stages);
    `waiting_since_ms` since when the oldest message that a stage has not read yet lies before it. Both are
    keyed by (stage, partition), and absent where there is none. `standings` are the monitor's own, by camera.
    """

    now_ms: int
    sources: Mapping[str, Source]
    counts: Mapping[str, int]
    drops: Mapping[tuple[str, str], int]
    holders: Mapping[tuple[str, int], str]
    waiting_since_ms: Mapping[tuple[str, int], int]
    standings: Mapping[str, bytes]


class WatchTransport(Protocol):
    """What the monitor needs."""

    partitions: int

    def assign(self, camera: str) -> int:
        """The camera's partition."""

    def watch(self) -> Watch:
        """Look at the whole chain."""

    def announce(self, announcement: Announcement) -> bool:
        """Replace the monitor's standing of a camera and tell events; False where another monitor has."""
