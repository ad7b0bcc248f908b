"""The seam between workers and the server. `RedisTransport` and `MemoryTransport` pass one contract suite.

A transport holds the one rule: what a caller commits takes effect whole or not at all, and only if the
position it started from is still the stored one. Nothing here retries a commit; a caller whose commit was
refused, or who lost the reply, drops what it knows, loads the position and goes on.
"""

from shared.bus.transport.console import Backlog, ConsoleTransport, Letter, Overview
from shared.bus.transport.entries import DeadLetter, Entry, Header, Output
from shared.bus.transport.errors import BusError, ServerRefusedError, TransportError
from shared.bus.transport.sources import Announcement, Budget, Publication, Published, Source, SourceTransport
from shared.bus.transport.stages import (
    START,
    Batch,
    Commit,
    Finished,
    LeaseTransport,
    Outcome,
    Position,
    StageTransport,
)
from shared.bus.transport.watching import Watch, WatchTransport

__all__ = [
    "START",
    "Announcement",
    "Backlog",
    "Batch",
    "Budget",
    "BusError",
    "Commit",
    "ConsoleTransport",
    "DeadLetter",
    "Entry",
    "Finished",
    "Header",
    "LeaseTransport",
    "Letter",
    "Outcome",
    "Output",
    "Overview",
    "Position",
    "Publication",
    "Published",
    "ServerRefusedError",
    "Source",
    "SourceTransport",
    "StageTransport",
    "TransportError",
    "Watch",
    "WatchTransport",
]
