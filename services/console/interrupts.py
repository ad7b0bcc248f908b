"""Counts Ctrl-C and SIGTERM instead of falling over them."""

import signal
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While entered: the first signal asks to drain, the second to end at once."""

    def __init__(self) -> None:
        self.count = 0
        self.last = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interrupts":
        self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def hurry(self) -> bool:
        """Whether somebody has lost patience."""
        return self.count > 1

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self.last = number
