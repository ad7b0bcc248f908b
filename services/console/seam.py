"""What a run needs of the bus, all in one."""

from collections.abc import Mapping
from typing import Protocol

from shared.bus.relay import EventTransport
from shared.bus.topology import EVENT_CHANNEL, Channel
from shared.bus.transport import ConsoleTransport, SourceTransport


class RunTransport(SourceTransport, ConsoleTransport, EventTransport, Protocol):
    """The console's view of a server."""

    def now_ms(self) -> int:
        """The server's clock."""

    def enroll(self, stage: str, partition: int) -> None:
        """Let the input of a stage beside the chain be kept for it from now on."""

    def pin(self, pinned: Mapping[str, int]) -> None:
        """From now on these cameras, and no others, lie in partitions of their own choice."""


def relayed(bus: RunTransport, channel: Channel = EVENT_CHANNEL) -> bool:
    """Whether every event that a stage has committed is in `ks:events` (or what another channel fills)."""
    waiting = bus.read_events(bus.relay_cursors(channel), count=1, block_ms=0, channel=channel)
    return not any(waiting.values())
