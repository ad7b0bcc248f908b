"""What one look at the bus shows of one camera."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from shared.bus.topology import CHAIN
from shared.bus.transport import Source, Watch
from shared.camera import decode_report
from shared.settings import Camera
from shared.statistics import camera_frames_key, camera_skipped_key, camera_tombstones_key

INGEST = "ingest"
STAGES = tuple(link.stage for link in CHAIN)
ENRICHING = tuple(link.stage for link in CHAIN if link.enriches)
_NEXT = dict(pairwise(STAGES))


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """A camera's totals at one moment of the server's clock, in pictures.

    `finished` came through the whole chain, `buried` of each stage went to the dead letters, `skipped` of
    each enriching stage were passed on untouched.
    """

    at_ms: int
    published: int
    dropped: int
    finished: int
    buried: tuple[int, ...]
    skipped: tuple[int, ...]


@dataclass(frozen=True)
class Sight:
    """One camera and its chain. `workers` are the stages (and ingest) with a worker of their own.

    `stood_in` are the stages whose lease the next stage's worker holds, passing pictures on untouched.
    `waiting_ms` is for how long the oldest unread message of the camera's partition lies before a stage.
    """

    camera: Camera
    now_ms: int
    source: Source
    reported_us: int
    workers: frozenset[str]
    stood_in: frozenset[str]
    waiting_ms: Mapping[str, int]
    totals: Mark

    @property
    def in_flight(self) -> int:
        """Messages that have not come through the whole chain."""
        return max(self.source.seq - self.source.finished_seq, 0)

    @property
    def ended(self) -> bool:
        return self.source.run > 0 and self.source.ended

    @property
    def over(self) -> bool:
        """Nothing is left to watch: the source came to its end, and all of it through the chain."""
        return self.ended and not self.camera.endless and not self.in_flight

    @property
    def needed(self) -> tuple[str, ...]:
        """Who must have a worker: ingest only until the source has ended."""
        return STAGES if self.ended and not self.camera.endless else (INGEST, *STAGES)

    @property
    def sign(self) -> tuple[int, ...]:
        """Changes as long as ingest plays the camera, whatever the clock of its host says."""
        return (self.source.run, self.source.seq, self.reported_us, self.totals.dropped)


def sight_of(watch: Watch, camera: Camera, partition: int) -> Sight:
    """Pick one camera out of a look at the bus."""
    source = watch.sources.get(camera.name, Source())
    report = decode_report(source.report)
    holders = {s: h for s in (INGEST, *STAGES) if (h := watch.holders.get((s, partition))) is not None}
    stood_in = frozenset(s for s in ENRICHING if s in holders and holders[s] == holders.get(_NEXT[s]))
    since = {s: at for s in STAGES if (at := watch.waiting_since_ms.get((s, partition))) is not None}
    return Sight(
        camera=camera,
        now_ms=watch.now_ms,
        source=source,
        reported_us=0 if report is None else report.reported_us,
        workers=frozenset(holders) - stood_in,
        stood_in=stood_in,
        waiting_ms={stage: max(watch.now_ms - at, 0) for stage, at in since.items()},
        totals=_totals(watch, camera.name, source),
    )


def _totals(watch: Watch, name: str, source: Source) -> Mark:
    counts = watch.counts
    return Mark(
        at_ms=watch.now_ms,
        published=source.seq + 1,
        dropped=sum(n for (camera, _), n in watch.drops.items() if camera == name),
        finished=counts.get(camera_frames_key(name), 0),
        buried=tuple(counts.get(camera_tombstones_key(name, stage), 0) for stage in STAGES),
        skipped=tuple(counts.get(camera_skipped_key(name, stage), 0) for stage in ENRICHING),
    )
