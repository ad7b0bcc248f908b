"""What a source hands to the publisher, and how a source says that it cannot."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.bus.frames import Image
from shared.errors import UserError
from shared.redaction import redacted, redacted_text

__all__ = ["Captured", "SourceError", "SourceReader", "redacted", "redacted_text"]


class SourceError(UserError):
    """A source that cannot be read: one line that says what, where and how to mend it, without passwords."""


@dataclass(frozen=True)
class Captured:
    """One picture: (H, W, 3) BGR, its media time, and the place from which the next one follows."""

    image: Image
    pts_us: int
    position: bytes


class SourceReader(Protocol):
    """The pictures of one camera, in strictly increasing media time.

    `live` says that pictures are worthless when late. `corrupt` counts those that could not be decoded so
    far. `pts_us` is the media time of the last picture, handed out by this reader or the one before it (0
    before the first). `end_reason` is valid once the iterator is exhausted. Iterating raises `SourceError`
    where the source fails.
    """

    live: bool
    corrupt: int
    end_reason: str
    pts_us: int

    def __iter__(self) -> Iterator[Captured]: ...

    def close(self) -> None:
        """Let go of the file or connection."""
