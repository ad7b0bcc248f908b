"""A worker: one stage, the partitions it owns, and the loop between them.

A stage is a callable over a batch with explicit per-camera state; everything else (reading, commit,
leases, retries, poison, lateness, metrics, shutdown) is here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from shared.bus.frames import Picture
from shared.messages import Frame, Message

S = TypeVar("S")


@dataclass(frozen=True)
class Work(Generic[S]):
    """One frame to process: the message, the camera's state before it, and the picture if the stage wants
    it.
    """

    message: Frame
    state: S
    picture: Picture | None


@dataclass(frozen=True)
class Done(Generic[S]):
    """What came of it: messages for the output stream and the camera's state after it."""

    outputs: tuple[Message, ...]
    state: S


class Stage(Protocol[S]):
    """What a service provides. It must be deterministic given (state, message, picture) and independent of
    the batch.

    `state_type` is a msgspec struct that survives encoding to MessagePack bit for bit: it is the checkpoint.
    """

    name: str
    state_type: type[S]

    def fresh(self) -> S:
        """The state of a camera of which nothing is known."""

    def wants_picture(self, message: Frame) -> bool:
        """Whether this message needs its picture."""

    def process(self, works: Sequence[Work[S]]) -> list[Done[S]]:
        """Process one batch, at most one frame of each camera. The result matches `works` one to one.

        A state may be changed in place and returned: after an exception the worker loads it again.
        """

    def finish(self, state: S) -> tuple[Message, ...]:
        """The camera's run is over: what is left to say. The state is forgotten afterwards."""
