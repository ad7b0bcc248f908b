"""What a service provides to the worker that runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import msgspec

from shared.bus.frames import Picture
from shared.messages import Frame, Message

S = TypeVar("S")

MAX_CHECKPOINT_BYTES = 65_536


@dataclass(frozen=True)
class Work(Generic[S]):
    """One frame to process: the message, the camera's state before it, and the picture if it is wanted."""

    message: Frame
    state: S
    picture: Picture | None


@dataclass(frozen=True)
class Done(Generic[S]):
    """What came of it: messages for the output stream, the state after it, and what the stage counts."""

    outputs: tuple[Message, ...]
    state: S
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Owner:
    """Whose memory it is that a message belongs to, and of which run: another run's is finished first."""

    name: str
    run: int


class Stage(Protocol[S]):
    """One step of the pipeline.

    It must be deterministic given (state, message, picture) and independent of the batch. `state_type` is a
    msgspec struct that survives encoding to MessagePack bit for bit: it is the checkpoint. `state_version`
    goes up whenever what is remembered changes its form or its meaning, so that an upgraded worker does not
    take an old checkpoint for its own.
    """

    name: str
    state_type: type[S]
    state_version: int = 1
    most_bytes: int = MAX_CHECKPOINT_BYTES  # of a checkpoint

    def owner(self, message: Message) -> Owner | None:
        """Whose memory the message needs: its camera's; None where it is not for this stage."""
        return Owner(message.camera, message.run)

    def fresh(self) -> S:
        """The state of a camera of which nothing is known."""

    def wants_picture(self, message: Frame) -> bool:
        """Whether this message needs its picture."""

    def process(self, works: Sequence[Work[S]]) -> list[Done[S]]:
        """Process one batch, at most one frame of each owner. The result matches `works` one to one.

        A state may be changed in place and returned: after an exception the worker loads it again.
        """

    def finish(self, state: S) -> tuple[Message, ...]:
        """The owner's run is over: what is left to say. The state is forgotten afterwards."""

    def leave(self, state: S, message: Message) -> Done[S | None]:
        """A run of the message's camera is over: what is left to say and still remembered (None: nothing)."""
        return Done(self.finish(state), None)


def passed_on(message: Frame, stage: str) -> Frame:
    """The message as it leaves a stage that did not look at it."""
    return msgspec.structs.replace(message, skipped=(*message.skipped, stage))


class PassThrough(Stage[msgspec.Raw]):
    """Stands in for an enriching stage that has no live worker: every frame passes untouched and says so.

    The worker forgets the stage's memories of the cameras that pass: when it is back, it starts afresh.
    """

    state_type = msgspec.Raw  # whatever the real stage remembers: it is not looked at

    def __init__(self, name: str) -> None:
        self.name = name

    def fresh(self) -> msgspec.Raw:
        return msgspec.Raw()

    def wants_picture(self, message: Frame) -> bool:
        return False

    def process(self, works: Sequence[Work[msgspec.Raw]]) -> list[Done[msgspec.Raw]]:
        return [Done((passed_on(work.message, self.name),), work.state) for work in works]

    def finish(self, state: msgspec.Raw) -> tuple[Message, ...]:
        return ()
