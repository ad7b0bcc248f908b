"""A source's pictures as the publisher takes them: one after the other, or the newest at each moment."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from services.ingest.playing.vitals import Vitals
from services.ingest.reading.sources import Captured, SourceError, SourceReader, longest_silence_s
from shared.settings import Camera
from shared.worker.meter import Meter

_READER = "reader"
_LEAVE_S = (
    0.5  # a reader that does not return gets so long; then its process ends, or its thread is left alone
)

OpenReader = Callable[[], SourceReader]


@dataclass(frozen=True)
class Taken:
    """A picture, the wall time at which it came, and how many before it nobody took."""

    captured: Captured
    arrived_us: int
    replaced: int = 0


class Pictures(ABC):
    """What both ways have in common: a reader, and how it is watched and accounted for.

    `endless`, `live` and `stream` are the reader's, once it is open; `pts_us` and `end_reason` once
    it is `over`.
    """

    def __init__(self, camera: Camera, meter: Meter, vitals: Vitals) -> None:
        self._camera = camera
        self._meter = meter
        self._vitals = vitals
        self._reader: SourceReader | None = None
        self._corrupt = 0
        self.over = False
        self.end_reason = ""
        self.pts_us = 0

    @property
    def endless(self) -> bool:
        return self._reader is not None and self._reader.endless

    @property
    def live(self) -> bool:
        return self._reader is not None and self._reader.live

    @property
    def stream(self) -> str:
        return "" if self._reader is None else self._reader.stream

    def newly_corrupt(self) -> int:
        """How many pictures could not be decoded since this was last asked."""
        corrupt = 0 if self._reader is None else self._reader.corrupt
        newly, self._corrupt = corrupt - self._corrupt, corrupt
        return newly

    @abstractmethod
    def take(self, timeout_s: float) -> Taken | None:
        """The next picture; None where none came in time, or none will (`over`).

        Raises:
            SourceError: the source cannot be opened, or failed.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the source."""

    def _opened(self, open_reader: OpenReader) -> SourceReader:
        self._vitals.expect(_READER, longest_silence_s(self._camera), computes=True)
        with self._meter.part("compute"):
            self._reader = open_reader()
        return self._reader

    def _next(self, pictures: Iterator[Captured], *, computes: bool) -> Captured | None:
        self._vitals.expect(_READER, longest_silence_s(self._camera), computes=computes)
        with self._meter.part("compute"):
            return next(pictures, None)


class Direct(Pictures):
    """Read by whoever takes: nothing is lost, and nothing is read before it is wanted.

    Raises:
        SourceError: the source cannot be opened.
    """

    def __init__(self, camera: Camera, open_reader: OpenReader, meter: Meter, vitals: Vitals) -> None:
        super().__init__(camera, meter, vitals)
        try:
            self._pictures = iter(self._opened(open_reader))
        finally:
            vitals.rest(_READER)

    def take(self, timeout_s: float) -> Taken | None:
        assert self._reader is not None
        try:
            captured = self._next(self._pictures, computes=True)
        finally:
            self._vitals.rest(_READER)
        if captured is None:
            self.over, self.end_reason, self.pts_us = True, self._reader.end_reason, self._reader.pts_us
            return None
        return Taken(captured, time.time_ns() // 1000)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()


class Feed(Pictures):
    """Read by a thread of its own, which may hang. It holds one picture.

    Of an endless source that is the newest: one that nobody took in time is replaced. Behind an address may
    lie a film as well, which waits until its picture is taken.
    """

    def __init__(self, camera: Camera, open_reader: OpenReader, meter: Meter, vitals: Vitals) -> None:
        super().__init__(camera, meter, vitals)
        self._changed = threading.Condition()
        self._held: Taken | None = None
        self._error: SourceError | None = None
        self._closing = False
        self._finished = False
        self._thread = threading.Thread(
            target=self._read, args=(open_reader,), name=f"reader of {camera.name}", daemon=True
        )
        self._thread.start()

    def take(self, timeout_s: float) -> Taken | None:
        with self._changed:
            self._changed.wait_for(lambda: self._held is not None or self._finished, timeout_s)
            taken, self._held = self._held, None
            if taken is not None:
                self._changed.notify_all()
                return taken
            if self._error is not None:
                raise self._error
            if self._finished and not self.end_reason:
                raise RuntimeError(f"the reader of camera {self._camera.name} died")
            self.over = self._finished
            return None

    def close(self) -> None:
        """Let go; a film is closed by the thread, for nobody else may while it reads."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._reader is not None and self._reader.endless:
            self._reader.close()
        self._thread.join(_LEAVE_S)
        self._vitals.rest(_READER)

    def _read(self, open_reader: OpenReader) -> None:
        end_reason = ""
        try:
            with closing(self._opened(open_reader)) as reader:
                pictures = iter(reader)
                while (captured := self._next(pictures, computes=False)) is not None and self._put(captured):
                    pass
                end_reason, self.pts_us = reader.end_reason, reader.pts_us
        except SourceError as error:
            self._error = error
        finally:
            with self._changed:
                self.end_reason, self._finished = end_reason, True
                self._changed.notify_all()
            self._vitals.rest(_READER)

    def _put(self, captured: Captured) -> bool:
        """Hold the picture; False where nobody wants more."""
        with self._changed:
            if not self.endless:
                self._vitals.rest(_READER)
                self._changed.wait_for(lambda: self._held is None or self._closing)
            replaced = 0 if self._held is None else self._held.replaced + 1
            self._held = Taken(captured, time.time_ns() // 1000, replaced)
            self._changed.notify_all()
            return not self._closing
