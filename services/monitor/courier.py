"""Delivers signs of life to the outside without ever holding up who sends them."""

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from shared import metrics

_log = logging.getLogger(__name__)


class DeliveryError(Exception):
    """A sign of life did not arrive; the text holds no secret."""


class Courier:
    """A thread that delivers one thing after the other; what comes while it is busy is counted as failed.

    Args:
        channel: what it is called in metrics and logs.
        deliver: brings one out, and returns once it arrived; in the thread.
    """

    def __init__(self, channel: str, deliver: Callable[[bytes], None]) -> None:
        self._channel = channel
        self._deliver = deliver
        self._waiting: queue.Queue[bytes | None] = queue.Queue(maxsize=1)
        self._failing = False
        # A daemon: a peer that answers for ever must not keep the process.
        self._thread = threading.Thread(target=self._work, name=f"heartbeat {channel}", daemon=True)
        self._thread.start()

    def send(self, content: bytes) -> None:
        """Hand over and return at once."""
        try:
            self._waiting.put_nowait(content)
        except queue.Full:
            self._failed("the one before is still under way")

    def close(self, patience_s: float) -> None:
        """Deliver nothing more; wait so long for what is under way."""
        with suppress(queue.Empty):
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)
        self._thread.join(patience_s)

    def _work(self) -> None:
        while (content := self._waiting.get()) is not None:
            try:
                self._deliver(content)
            except DeliveryError as error:
                self._failed(str(error))
            else:
                self._arrived()

    def _arrived(self) -> None:
        metrics.heartbeats.labels(self._channel, "ok").inc()
        if self._failing:
            _log.info("heartbeat by %s: arrives again", self._channel)
        self._failing = False

    def _failed(self, why: str) -> None:
        metrics.heartbeats.labels(self._channel, "failed").inc()
        level = (
            logging.INFO if self._failing else logging.WARNING
        )  # once for each outage is enough for people
        _log.log(level, "heartbeat by %s did not arrive: %s", self._channel, why)
        self._failing = True
