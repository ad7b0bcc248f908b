"""Ingest and the bus: where a camera's source stands, what it publishes, and how much of it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from shared.bus.transport.entries import Header, Output


@dataclass(frozen=True)
class Source:
    """What the bus knows of a camera's source. `position` is the source's own (a media time, a frame
    index); `report` the last that ingest said of the camera (see shared/camera.py).
    """

    run: int = 0
    seq: int = -1
    position: bytes = b""
    ended: bool = True
    finished_seq: int = -1
    report: bytes = b""


@dataclass(frozen=True)
class Budget:
    """Limits of one camera's frames on the bus."""

    window: int  # messages in flight
    retention_ms: int  # finished frames are kept so long ...
    retention_bytes: int  # ... unless the partition's frames pass this


@dataclass(frozen=True)
class Publication:
    """One message of a source: it is stored only if the camera still stands at (`run`, `header.seq` - 1).

    `counts` are added to the partition's statistics with it (see shared/statistics.py). `events` go to the
    partition's events, and `report` replaces the camera's (None: leaves it).
    """

    header: Header
    data: bytes
    picture: bytes
    position: bytes
    ends: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    report: bytes | None = None
    events: Sequence[Output] = ()


class Published(Enum):
    DONE = "done"
    STALE = "stale"  # another ingest worker moved the source, or the server was rolled back
    WINDOW = "window"  # too many of the camera's messages in flight
    MEMORY = "memory"  # the server is near its memory limit
    BYTES = "bytes"  # the frames kept for stages that have not finished fill the partition's budget


@dataclass(frozen=True)
class Announcement:
    """Events about a camera that no picture brings, and the standing that they follow from.

    Taken only where the stored standing is still `expected` (b"": none is stored).
    """

    camera: str
    expected: bytes
    standing: bytes
    events: Sequence[Output] = ()


class SourceTransport(Protocol):
    """What ingest and whoever starts sources need."""

    partitions: int

    def assign(self, camera: str) -> int:
        """The camera's partition."""

    def begin(self, camera: str, after: int | None = None) -> Source:
        """A new start of the source: next run, no position.

        With `after`, only where the source stands at that run; else it is left, and returned, as it is.
        """

    def source(self, camera: str) -> Source:
        """Where the source stands; `run` 0 where it never began."""

    def publish(self, publication: Publication, budget: Budget) -> Published:
        """Store one message, or say why not. Keeps the frames of the partition within the budget."""

    def dropped(self, camera: str, reason: str, count: int = 1) -> None:
        """Count frames that were never published."""

    def report(self, announcement: Announcement) -> bool:
        """Replace the camera's report and tell events, without a picture; False where another has."""
