"""What ingest counts, in the process and on the bus."""

from collections import Counter
from collections.abc import Mapping

from shared.bus.transport import SourceTransport


class Counters:
    """The counts of one camera: exact on the bus, and those of this process for its worker's metrics."""

    def __init__(self, camera: str, transport: SourceTransport) -> None:
        self._camera = camera
        self._transport = transport
        self._untold: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self.published = 0
        self.reconnects = 0
        self.seen_s: float | None = None  # when the last picture came, on the publisher's clock

    @property
    def drops(self) -> Mapping[str, int]:
        """Pictures that were never published, by reason."""
        return dict(self._dropped)

    def dropped(self, reason: str, count: int = 1) -> None:
        """Count pictures that were never published, and tell the bus.

        Raises:
            TransportError: the bus could not be told.
        """
        self.note_dropped(reason, count)
        self.tell()

    def note_dropped(self, reason: str, count: int) -> None:
        """Count pictures that were never published; the bus hears of it with the next `tell`."""
        self._dropped[reason] += count
        self._untold[reason] += count

    def tell(self) -> None:
        """Tell the bus what it has not heard.

        Raises:
            TransportError: the bus could not be told.
        """
        for reason, count in list(self._untold.items()):
            if count:
                self._transport.dropped(self._camera, reason, count)
                self._untold[reason] -= count
