"""Waiting: between attempts, and for the moment at which a film's picture is due."""

import random
import threading
from collections.abc import Callable

from services.ingest.playing.vitals import Vitals

TURN_S = 0.5  # longest wait between two signs of life
_LOOP_S = 45.0  # a turn asks the server several times, and each answer may take as long as the client waits


class Stopped(Exception):  # noqa: N818 - not an error
    """The camera is to be given up."""


class Patience:
    """Waits, showing life, until told to stop.

    Args:
        stop: give up.
        clock: monotonic, in seconds; `stop.wait` lets it pass.
        vitals: is shown life.
    """

    def __init__(self, stop: threading.Event, clock: Callable[[], float], vitals: Vitals) -> None:
        self._stop = stop
        self._vitals = vitals
        self.clock = clock

    def rest(self, seconds: float) -> None:
        """Wait.

        Raises:
            Stopped: the camera is to be given up.
        """
        until_s = self.clock() + seconds
        while True:
            now_s = self.clock()
            self._vitals.expect("loop", _LOOP_S)
            if self._stop.wait(max(0.0, min(until_s - now_s, TURN_S))):
                raise Stopped
            if self.clock() >= until_s:
                return


class Backoff:
    """Pauses that grow from `first_s` to `last_s`, each shortened at random by up to `jitter` of itself."""

    def __init__(self, first_s: float, last_s: float, growth: float = 2.0, jitter: float = 0.5) -> None:
        self._first_s = first_s
        self._last_s = last_s
        self._growth = growth
        self._jitter = jitter
        self._next_s = first_s

    def pause_s(self) -> float:
        """The next pause."""
        pause_s = self._next_s
        self._next_s = min(self._growth * pause_s, self._last_s)
        return pause_s * random.uniform(1 - self._jitter, 1)

    def reset(self) -> None:
        """It worked: begin again with the first pause."""
        self._next_s = self._first_s


class Pacer:
    """Holds media time against a monotonic clock, from the first picture it is asked about; media time goes
    `speed` times as fast.
    """

    def __init__(self, clock: Callable[[], float], speed: float = 1.0) -> None:
        self._clock = clock
        self._us = 1e6 * speed
        self._anchor_s: float | None = None

    def due_in_s(self, pts_us: int) -> float:
        """Seconds until the picture is due; negative where it is late."""
        now_s = self._clock()
        if self._anchor_s is None:
            self._anchor_s = now_s - pts_us / self._us
        return self._anchor_s + pts_us / self._us - now_s
