"""Files that two processes may want at once: whole or absent, never half written."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.models.errors import ModelError

Say = Callable[[str], None]  # takes one line about progress

_LOCK = ".lock"


def sha256_of(path: Path) -> str:
    """Hexadecimal hash of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whose folder exists, so that a reader sees the old file or the new one.

    Raises:
        ModelError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ModelError(f"{path} cannot be written: {error.strerror}") from error


@contextmanager
def locked(folder: Path, say: Say) -> Iterator[None]:
    """Hold `folder` against other processes; the lock falls with its process, however that ends.

    Raises:
        ModelError: the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        opened = (folder / _LOCK).open("wb")
    except OSError as error:
        raise ModelError(f"models folder {folder} cannot be written: {error.strerror}") from error
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another process is working on {folder}; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
