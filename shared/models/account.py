"""What models tell whoever counts: a listener of the process, silent until one is set.

Metrics stand above models in the layers, so models know only this protocol.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Inference:
    """One run of a network: `items` pictures in a batch of `size`, the rest of it padding."""

    model: str
    items: int
    size: int
    seconds: float


class Listener(Protocol):
    """Called from whichever thread runs a model; must not block."""

    def inferred(self, inference: Inference) -> None:
        """A batch is through."""

    def limited(self, model: str, largest: int) -> None:
        """From now on the model takes at most `largest` pictures at once."""

    def halved(self, model: str) -> None:
        """A batch did not fit the GPU's memory and was halved."""


class _Silent:
    def inferred(self, inference: Inference) -> None:
        pass

    def limited(self, model: str, largest: int) -> None:
        pass

    def halved(self, model: str) -> None:
        pass


class Account:
    """Passes on what happens to the listener of the process."""

    def __init__(self) -> None:
        self._listener: Listener = _Silent()

    def listen(self, listener: Listener) -> None:
        """From now on `listener` hears of every model."""
        self._listener = listener

    def inferred(self, inference: Inference) -> None:
        self._listener.inferred(inference)

    def limited(self, model: str, largest: int) -> None:
        self._listener.limited(model, largest)

    def halved(self, model: str) -> None:
        self._listener.halved(model)


account = Account()
