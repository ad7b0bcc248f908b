"""One incident as it was told: its updates, and what its track showed meanwhile."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.actions.descent import SPEED_GAP_S
from shared.messages import Curves, Event, Phase

# The same sample of two updates: times are told to the millisecond, and samples are 95 ms apart.
_SAME_US = 5_000
# Of what a picture shows: before it began, and after what decided; and room beside that.
_BEFORE_US, _AFTER_US = 2_500_000, 4_000_000
_ROOM_US = 500_000
_ID = re.compile(r"(?P<camera>.+)-(?P<run>\d+)-\d+-[a-z_]+-\d+(-.+)?")


@dataclass(frozen=True)
class Sample:
    """What one picture showed of a body; see `shared.messages.Curves`.

    `low`: 0 to 1; `feet_px`: None where not seen.
    """

    pts_us: int
    hip_px: float
    scale_px_m: float
    rise_px: int
    feet_px: int | None
    low: float
    posture: str


@dataclass(frozen=True)
class Span:
    """Media time from `start_us` to `end_us` that has a name."""

    name: str
    start_us: int
    end_us: int


@dataclass(frozen=True)
class Told:
    """An incident.

    Attributes:
        updates: its events in order, at least one.
        samples: of its track, in order; none where nothing carries any.
    """

    updates: tuple[Event, ...]
    samples: tuple[Sample, ...] = ()

    @property
    def decisive(self) -> Event:
        """The update that called somebody, else the last one."""
        return next((each for each in self.updates if each.phase is Phase.CONFIRMED), self.updates[-1])

    @property
    def started_us(self) -> int:
        return self.updates[0].started_pts_us

    def when(self, phase: Phase) -> int | None:
        """Media time at which it came to a phase first; a short kind is suspected when it is confirmed."""
        times = [each.pts_us for each in self.updates if each.phase is phase]
        if not times and phase is Phase.SUSPECTED:
            return self.when(Phase.CONFIRMED)
        return min(times, default=None)

    def span(self) -> tuple[int, int]:
        """What a picture of it shows, media time."""
        decided_us = self.decisive.pts_us
        first_us = max([self.started_us - _BEFORE_US, *(each.pts_us for each in self.samples[:1])])
        last_us = min([decided_us + _AFTER_US, *(each.pts_us for each in self.samples[-1:])])
        ends = [each.pts_us for each in self.updates if each.pts_us <= decided_us + _AFTER_US]
        start_us, end_us = min(first_us, self.started_us), max(last_us, decided_us, *ends)
        return start_us - _ROOM_US // 4, end_us + _ROOM_US

    def shown(self) -> tuple[Sample, ...]:
        """The samples within `span`."""
        start_us, end_us = self.span()
        return tuple(each for each in self.samples if start_us <= each.pts_us <= end_us)

    def phases(self) -> list[Span]:
        """From phase to phase, the last one until the end of `span`; what leads to the first comes first."""
        _, end_us = self.span()
        first = self.updates[0]
        spans = [Span(self.lead, self.started_us, first.pts_us)] if first.pts_us > self.started_us else []
        for update in self.updates:
            if spans and spans[-1].name == update.phase.value:
                continue
            if spans:
                spans[-1] = Span(spans[-1].name, spans[-1].start_us, update.pts_us)
            spans.append(Span(update.phase.value, update.pts_us, max(end_us, update.pts_us)))
        return spans

    @property
    def lead(self) -> str:
        """What the time before the first update is called."""
        return "descent" if "drop_m" in self.updates[0].evidence else "begun"

    def gaps(self) -> list[Span]:
        """When the person was not seen, for longer than speeds are told across."""
        _, end_us = self.span()
        shown = self.shown()
        if not shown:
            return []
        times = [*(each.pts_us for each in shown), max(shown[-1].pts_us, min(end_us, self._known_us))]
        gap_us = SPEED_GAP_S * 1e6
        return [Span("not seen", one, two) for one, two in pairwise(times) if two - one > gap_us]

    @property
    def _known_us(self) -> int:
        """Until when nothing was seen that is not in the samples: the last update that carries them."""
        return max((each.pts_us for each in self.updates if each.curves is not None), default=0)


def told_of(updates: Iterable[Event], samples: Sequence[Sample] = ()) -> Told:
    """An incident from its updates, at least one, and what they carry or what is given beside them."""
    ordered = tuple(sorted(updates, key=lambda each: each.update))
    carried = [one for each in ordered if each.curves for one in samples_of(each.curves, each.pts_us)]
    return Told(ordered, joined([*samples, *carried]))


def joined(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Samples in order, each once."""
    kept: list[Sample] = []
    for each in sorted(samples, key=lambda each: each.pts_us):
        if not kept or each.pts_us - kept[-1].pts_us > _SAME_US:
            kept.append(each)
    return tuple(kept)


def samples_of(curves: Curves, pts_us: int) -> list[Sample]:
    """What curves show, as seen from a moment."""
    postures = dict(curves.postures)
    posture, samples = "unknown", []
    columns = (curves.hip_px, curves.scale_px_m, curves.rise_px, curves.feet_px, curves.low_pct)
    for ago_ms, hip_px, scale_px_m, rise_px, feet_px, low_pct in zip(curves.ago_ms, *columns, strict=True):
        posture = postures.get(ago_ms, posture)
        at_us = pts_us - 1000 * ago_ms
        samples.append(Sample(at_us, hip_px, scale_px_m, rise_px, feet_px, low_pct / 100, posture))
    return samples


@dataclass(frozen=True)
class Name:
    """What an event's id says of where it happened."""

    camera: str
    run: int


def name_of(event_id: str) -> Name | None:
    """What an id says; None: it is none."""
    found = _ID.fullmatch(event_id)
    return None if found is None else Name(found["camera"], int(found["run"]))
