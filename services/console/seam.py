"""What a run needs of the bus, all in one."""

from typing import Protocol

from shared.bus.transport import ConsoleTransport, SourceTransport


class RunTransport(SourceTransport, ConsoleTransport, Protocol):
    """The console's view of a server."""

    def now_ms(self) -> int:
        """The server's clock."""

    def events_pending(self) -> int:
        """Events that wait in the partitions to be relayed to `ks:events`."""
