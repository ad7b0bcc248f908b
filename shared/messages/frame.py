"""What passes from stage to stage: a picture and what is known about it, or what stands in its place."""

from typing import Annotated

import msgspec

from shared.messages.message import Message, Trace
from shared.messages.person import Person

MAX_PERSONS = 256


class Frame(Message, frozen=True, kw_only=True, tag="frame", omit_defaults=True):
    """One picture and what is known about it. `lost` are tracks without an observation in this frame, with
    their predicted boxes; `skipped` names the stages that passed it on untouched because it was late.

    `captured_us` is when the camera took the picture where its stream says so, else when it arrived. `motion`
    is the share of the picture that changes, against a background that follows it within seconds; None where
    nothing is known.
    """

    captured_us: int
    motion: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    width_px: Annotated[int, msgspec.Meta(ge=1, le=16_384)]
    height_px: Annotated[int, msgspec.Meta(ge=1, le=16_384)]
    persons: Annotated[tuple[Person, ...], msgspec.Meta(max_length=MAX_PERSONS)] = ()
    lost: Annotated[tuple[Person, ...], msgspec.Meta(max_length=MAX_PERSONS)] = ()
    skipped: tuple[str, ...] = ()
    trace: Annotated[tuple[Trace, ...], msgspec.Meta(max_length=32)] = ()


class Tombstone(Message, frozen=True, kw_only=True, tag="tombstone"):
    """Stands in the place of a message that went to the dead letters, so that nobody waits for it."""

    stage: str
    error: str


class End(Message, frozen=True, kw_only=True, tag="end"):
    """The source has ended: flush and forget the camera."""

    reason: str = "end of stream"
