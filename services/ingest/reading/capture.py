"""What a source hands to the publisher, and how a source says that it cannot."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from shared.bus.frames import Image
from shared.errors import UserError
from shared.redaction import redacted, redacted_text

__all__ = ["Captured", "SourceError", "SourceReader", "redacted", "redacted_text"]

_Place = TypeVar("_Place")


class SourceError(UserError):
    """A source that cannot be read: one line that says what, where and how to mend it, without passwords."""


@dataclass(frozen=True)
class Captured:
    """One picture: (H, W, 3) BGR, its media time, and the place from which the next one follows.

    `captured_us` is when it was taken, in wall time: as the camera's own clock says where the stream tells
    it, otherwise when it arrived; none for what is not live. `jpeg` holds the very bytes that `image` was
    decoded from, where the source keeps JPEG pictures and nothing was done to this one.
    """

    image: Image
    pts_us: int
    position: bytes
    captured_us: int | None = None
    jpeg: bytes | None = None


ORDINARY_ENDS = ("end of ", "stopped after ")


class SourceReader(Protocol):
    """The pictures of one camera, in strictly increasing media time.

    `live` says that pictures are worthless when late, `endless` that nobody can rewind it: what is not taken
    in time is gone. `corrupt` counts those that could not be decoded so far. `pts_us` is the media time of
    the last picture, handed out by this reader or the one before it (0 before the first). `end_reason` is
    valid once the iterator is exhausted; where nothing is wrong it begins with one of `ORDINARY_ENDS`.
    Iterating raises `SourceError` where the source fails.
    """

    live: bool
    endless: bool
    corrupt: int
    end_reason: str
    pts_us: int

    @property
    def stream(self) -> str:
        """What the pictures come as, in one line without secrets: codec, size, rate, decoder, clock."""

    def __iter__(self) -> Iterator[Captured]: ...

    def close(self) -> None:
        """Let go of the file or connection.

        Of a live source this may be called while another thread waits for a picture: that thread gets a
        `SourceError` with the next picture or timeout, whichever is first.
        """


def place_of(position: bytes | None, kind: type[_Place]) -> _Place | None:
    """Where an earlier reader stood; None at the beginning.

    Raises:
        SourceError: another kind of reader stored it.
    """
    try:
        return msgspec.msgpack.decode(position, type=kind) if position else None
    except msgspec.DecodeError:
        raise SourceError("the stored place is one of another source: begin a new run") from None
