"""What lies in the streams."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """The plain stream fields of an entry, kept beside the packed message so that a broken message still
    has a place.
    """

    camera: str
    run: int
    seq: int
    pts_us: int


@dataclass(frozen=True)
class Entry:
    """One stream entry as read. `header` is None for bytes that nobody of ours wrote."""

    id: str
    header: Header | None
    data: bytes
    picture: bytes | None = None  # only in the frames stream


@dataclass(frozen=True)
class Output:
    """An entry for the stage's output stream."""

    header: Header
    data: bytes


@dataclass(frozen=True)
class DeadLetter:
    """A message that a stage could not process. `error` is one line; `payload` the bytes as read."""

    stage: str
    entry_id: str
    header: Header | None
    error: str
    traceback: str
    payload: bytes
