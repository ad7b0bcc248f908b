"""What a run needs of the bus, all in one."""

from typing import Protocol

from shared.bus.relay import EventTransport

from shared.bus.transport import ConsoleTransport, SourceTransport


class RunTransport(SourceTransport, ConsoleTransport, EventTransport, Protocol):
    """The console's view of a server."""

    def now_ms(self) -> int:
        """The server's clock."""


def relayed(bus: RunTransport) -> bool:
    """Whether every event that a stage has committed is in `ks:events`."""
    waiting = bus.read_events(bus.relay_cursors(), count=1, block_ms=0)
    return not any(waiting.values())
