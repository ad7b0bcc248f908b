"""What ingest counts, in the process and on the bus."""

from shared import metrics
from shared.bus.transport import SourceTransport


class Counters:
    """The counts of one camera: exact on the bus, and exported by this process."""

    def __init__(self, camera: str, transport: SourceTransport) -> None:
        self._camera = camera
        self._transport = transport

    def published(self) -> None:
        metrics.published.labels(self._camera).inc()

    def dropped(self, reason: str, count: int = 1) -> None:
        """Pictures that were never published.

        Raises:
            TransportError: the bus could not be told.
        """
        metrics.dropped.labels(self._camera, reason).inc(count)
        self._transport.dropped(self._camera, reason, count)
