"""How far a run is: what the bus counts, less what it had counted before this run."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.console.standing import Standing, standing_of
from shared.bus.transport import Overview, Source

_RATE_OVER_S = 5.0


@dataclass(frozen=True)
class CameraProgress:
    """One camera; counts are frames. `total` is None where nobody knows how long the source is.

    `finished`: the source has ended, and its end, behind all its frames, came through the whole chain.
    `standing` is None where ingest reports nothing.
    """

    name: str
    published: int
    done: int
    total: int | None
    finished: bool
    standing: Standing | None = None


@dataclass(frozen=True)
class Progress:
    """A run at one moment.

    `lags` by stage: entries that wait there. `elapsed_s` is all its time so far, `streaming_s` that from the
    last look at an empty bus to the first one at the last result: at most two polls too long.
    """

    cameras: tuple[CameraProgress, ...]
    lags: Mapping[str, int]
    drops: Mapping[tuple[str, str], int]
    counts: Mapping[str, int]
    dead: int
    fps: float
    elapsed_s: float
    started_s: float  # of it, before the first frame was there
    streaming_s: float  # from the first frame to the last one that came through
    memory_used: int
    memory_limit: int

    @property
    def done(self) -> int:
        return sum(camera.done for camera in self.cameras)

    @property
    def average_fps(self) -> float:
        """Over the time since the first frame."""
        working_s = self.elapsed_s - self.started_s
        return self.done / working_s if working_s > 0 else 0.0

    @property
    def in_flight(self) -> int:
        return sum(camera.published - camera.done for camera in self.cameras)

    @property
    def finished(self) -> bool:
        return all(camera.finished for camera in self.cameras)


class Meter:
    """Turns overviews into progress.

    Args:
        before: the bus before the sources began.
        began: the sources as they began.
        totals: frames that each source is expected to have, where known.
        now_s: when the run began, by the clock that `measure` is given.
        wall_us: wall time, which reports of cameras are compared with.
    """

    def __init__(
        self,
        before: Overview,
        began: Mapping[str, Source],
        totals: Mapping[str, int | None],
        now_s: float,
        wall_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._wall_us = wall_us
        self._before = before
        self._began = dict(began)
        self._totals = totals
        self._began_s = now_s
        self._empty_s = now_s  # when nothing was published yet, as last seen
        self._marks = deque([(now_s, 0)])
        self._result = (0, now_s)  # frames done, and when that number was first seen

    def add(self, began: Mapping[str, Source]) -> None:
        """More cameras belong to the run."""
        self._began |= began

    def measure(self, overview: Overview, now_s: float) -> Progress:
        cameras = tuple(self._camera(name, overview.sources.get(name, Source())) for name in self._began)
        done = sum(camera.done for camera in cameras)
        if not any(camera.published for camera in cameras):
            self._empty_s = now_s
        if done != self._result[0]:
            self._result = (done, now_s)
        return Progress(
            cameras=cameras,
            lags=overview.lags,
            drops={
                key: n
                for key, count in overview.drops.items()
                if key[0] in self._began and (n := count - self._before.drops.get(key, 0))
            },
            counts={key: n - self._before.counts.get(key, 0) for key, n in overview.counts.items()},
            dead=max(overview.dead - self._before.dead, 0),
            fps=self._rate(done, now_s),
            elapsed_s=now_s - self._began_s,
            started_s=self._empty_s - self._began_s,
            streaming_s=max(self._result[1] - self._empty_s, 0.0),
            memory_used=overview.memory_used,
            memory_limit=overview.memory_limit,
        )

    def _camera(self, name: str, source: Source) -> CameraProgress:
        began = self._began[name]
        if source.run != began.run:  # begun anew by somebody else: ours is over
            return CameraProgress(name, 0, 0, self._totals.get(name), finished=True)
        published = source.seq - began.seq
        done = max(source.finished_seq, began.seq) - began.seq
        finished = source.ended and done == published
        return CameraProgress(
            name,
            published=published - source.ended,  # the end is a message too, but no frame
            done=done - finished,
            total=published - source.ended if source.ended else self._totals.get(name),
            finished=finished,
            standing=standing_of(source.report, self._wall_us()),
        )

    def _rate(self, done: int, now_s: float) -> float:
        self._marks.append((now_s, done))
        while len(self._marks) > 2 and now_s - self._marks[0][0] > _RATE_OVER_S:
            self._marks.popleft()
        first_s, first = self._marks[0]
        return (done - first) / (now_s - first_s) if now_s > first_s else 0.0
