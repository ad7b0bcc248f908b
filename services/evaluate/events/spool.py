"""Frames kept while a run goes on, by however many workers read them, and put together afterwards.

Each process appends to a file of its own for each camera, a record by one write: what was written survives
the death of the process. A frame that is worked on again after a crash or a hand-over is there twice.
"""

import os
from pathlib import Path

from services.evaluate.errors import EvaluationError
from services.evaluate.events.recording import MOST_BYTES, record_of, records_in, stripped
from shared.messages import MAX_MESSAGE_BYTES, Frame, decode, encode

_SUFFIX = ".frames"


class Spool:
    """Writes the frames that one process sees."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, int] = {}
        self._bytes = 0

    def keep(self, frame: Frame) -> None:
        """Append a frame.

        Raises:
            EvaluationError: it cannot be written, or there is too much.
        """
        record = record_of(encode(stripped(frame)))
        self._bytes += len(record)
        if self._bytes > MOST_BYTES:
            raise EvaluationError(f"{self._folder}: more than {MOST_BYTES / 1e9:.0f} GB of tracks")
        try:
            written = os.write(self._file(frame.camera), record)
        except OSError as error:
            raise EvaluationError(f"{self._folder} cannot be written: {error.strerror}") from None
        if written < len(record):
            raise EvaluationError(f"{self._folder} cannot be written: no space left")

    def _file(self, camera: str) -> int:
        if camera not in self._files:
            path = self._folder / f"{camera}.{os.getpid()}{_SUFFIX}"
            self._files[camera] = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return self._files[camera]


def collected(folder: Path, camera: str) -> tuple[Frame, ...]:
    """All frames of a camera's latest run that any process has kept, each once, in order.

    A record that a process died over is left out: another process has it whole.
    """
    frames: dict[int, Frame] = {}
    for path in sorted(folder.glob(f"{camera}.*{_SUFFIX}")):
        if path.name.rsplit(".", 2)[0] != camera:
            continue  # of a camera whose name begins like this one
        with path.open("rb") as file:
            for content in records_in(file, MAX_MESSAGE_BYTES):
                message = decode(content)
                if isinstance(message, Frame):
                    frames[message.seq] = message
    run = max((frame.run for frame in frames.values()), default=0)
    return tuple(frames[seq] for seq in sorted(frames) if frames[seq].run == run)
