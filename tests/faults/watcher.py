"""Looks at the bus as the first stage and a subscriber do, and notes when what came."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import redis

from shared.bus import keys
from shared.bus.connect import connect
from shared.bus.frames import Jpeg
from shared.bus.topology import EVENTS, FRAMES
from shared.camera import CameraPhase, CameraReport, decode_report
from shared.messages import Event, EventKind, Frame, Phase, decode
from tests.servers.counting import number

_BLOCK_MS = 100
_END_S = 5.0


@dataclass(frozen=True)
class Sighting:
    """A picture on the bus. `at_ms` is when it was stored; `number` what the camera painted into it."""

    at_ms: int
    run: int
    seq: int
    pts_us: int
    captured_us: int
    number: int | None
    size: tuple[int, int]  # width, height in pixels


@dataclass(frozen=True)
class Told:
    """An event on the bus, and when it was stored."""

    at_ms: int
    event: Event


@dataclass(frozen=True)
class Standing:
    """A report of the camera that says something new, and when it was seen."""

    at_ms: int
    report: CameraReport


@dataclass
class Seen:
    """All of one camera, in the order in which it came."""

    pictures: list[Sighting] = field(default_factory=list)
    events: list[Told] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)


class Watcher:
    """Follows one camera from `start` (or `with`) on, in a thread of its own, through deaths of the server.

    It stands for the whole chain: what it has seen is finished, so the camera's window never fills.

    Args:
        url: of the server.
        camera: its name.
        partition: where the camera is.
    """

    def __init__(self, url: str, camera: str, partition: int) -> None:
        self.seen = Seen()
        self._url = url
        self._camera = camera
        self._partition = partition
        self._cursors: dict[Any, Any] = {
            keys.stream(partition, name).encode(): b"0" for name in (FRAMES, EVENTS)
        }
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def first_picture(
        self, after_ms: int, which: Callable[[Sighting], bool] = lambda _: True
    ) -> Sighting | None:
        """The first picture stored after a moment; `which` says of what kind."""
        later = (s for s in list(self.seen.pictures) if s.at_ms > after_ms and which(s))
        return next(later, None)

    def first_event(
        self, after_ms: int, kinds: frozenset[EventKind], phases: frozenset[Phase]
    ) -> Told | None:
        """The first event stored after a moment, of some kinds and phases."""
        told = (t for t in list(self.seen.events) if t.at_ms > after_ms)
        return next((t for t in told if t.event.kind in kinds and t.event.phase in phases), None)

    def first_trouble(self, after_ms: int) -> Standing | None:
        """The first report after a moment that does not say that the camera plays."""
        later = (s for s in list(self.seen.standings) if s.at_ms > after_ms)
        return next((s for s in later if s.report.phase is not CameraPhase.PLAYING), None)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_END_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with connect(self._url) as client:
                    while not self._stop.is_set():
                        self._look(client)
            except redis.RedisError:
                self._stop.wait(_BLOCK_MS / 1000)

    def _look(self, client: redis.Redis) -> None:
        replies: Any = client.xread(self._cursors, block=_BLOCK_MS, count=100)
        for key, entries in replies or []:
            for entry_id, fields in entries:
                self._cursors[key] = entry_id
                self._take(client, int(entry_id.partition(b"-")[0]), entry_id, fields)
        self._take_report(client)

    def _take(self, client: redis.Redis, at_ms: int, entry_id: bytes, fields: Mapping[bytes, bytes]) -> None:
        message = decode(fields[b"m"])
        if message.camera != self._camera:
            return
        if isinstance(message, Event):
            self.seen.events.append(Told(at_ms, message))
        if isinstance(message, Frame):
            image = Jpeg(fields[b"b"]).bgr()
            size = (message.width_px, message.height_px)
            times = message.pts_us, message.captured_us
            self.seen.pictures.append(
                Sighting(at_ms, message.run, message.seq, *times, number(np.asarray(image)), size)
            )
            finished: list[Any] = [f"{self._camera}:run", message.run, f"{self._camera}:seq", message.seq]
            client.hset(keys.progress(self._partition), items=[*finished, "frame", entry_id])

    def _take_report(self, client: redis.Redis) -> None:
        stored: Any = client.hget(keys.source(self._partition), f"{self._camera}:report")
        report = decode_report(stored or b"")
        if report is None:
            return
        last = self.seen.standings[-1].report if self.seen.standings else None
        news = (report.phase, report.error, report.problems)
        if last is None or news != (last.phase, last.error, last.problems):
            self.seen.standings.append(Standing(time.time_ns() // 1_000_000, report))
