"""What a source hands to the publisher, and how a source says that it cannot."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.bus.frames import Image
from shared.errors import UserError


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

    `live` says that pictures are worthless when late, `endless` that nobody can rewind it: what is not taken
    in time is gone. `stream` describes it in one line (codec, size, rate, decoder). `corrupt` counts those
    that could not be decoded so far. `pts_us` is the media time of the last picture, handed out by this
    reader or the one before it (0 before the first). `end_reason` is valid once the iterator is exhausted.
    Iterating raises `SourceError` where the source fails.
    """

    live: bool
    endless: bool
    stream: str
    corrupt: int
    end_reason: str
    pts_us: int

    def __iter__(self) -> Iterator[Captured]: ...

    def close(self) -> None:
        """Let go of the file or connection."""


def redacted(source: str) -> str:
    """A source as it may appear in logs: a URL without its user, password and query."""
    if "://" not in source:
        return source
    bare = re.sub(r"://[^/?#]*@", "://***@", source)
    return re.sub(r"\?.*", "?***", bare) if not bare.startswith("synth://") else bare
