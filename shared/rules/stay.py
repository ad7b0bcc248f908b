"""Who is in a zone, and since when: what entering and leaving have in common."""

from dataclasses import dataclass

import msgspec
from pydantic import Field

from shared.rules.moment import Moment, Sight
from shared.rules.rule import SparingOptions
from shared.rules.zone import Name, Zone, ZoneKind


class ZoneOptions(SparingOptions):
    """Which zones, and how long somebody must be in or out."""

    zones: tuple[Name, ...] = Field((), max_length=32, description="only these; none: all of the kinds")
    kinds: tuple[ZoneKind, ...] = Field((), description="only these kinds; none: every kind")
    dwell_s: float = Field(0.5, ge=0, le=3600, description="shorter visits count as none")
    leave_s: float = Field(1.0, ge=0, le=600, description="shorter absences do not end a visit")

    def wants(self, zone: Zone) -> bool:
        return zone.name in (self.zones or (zone.name,)) and zone.kind in (self.kinds or (zone.kind,))


class Stay(msgspec.Struct, frozen=True, array_like=True):
    """A visit of one zone: from and until (media microseconds), and whether it has been told of."""

    zone: str
    since_us: int
    until_us: int
    told: bool = False

    @property
    def lasted_s(self) -> float:
        return (self.until_us - self.since_us) / 1e6


class Stays(msgspec.Struct, frozen=True, array_like=True):
    """The visits of one track that have not ended; `outside`: it has been seen in none of the zones."""

    open: tuple[Stay, ...] = ()
    outside: bool = False


@dataclass(frozen=True)
class Change:
    """The visits after a moment, and those that it has shown to be over."""

    stays: Stays
    ended: tuple[Stay, ...] = ()


def follow(stays: Stays, moment: Moment, options: ZoneOptions) -> Change:
    """The visits with one more moment: nothing of them changes while nobody knows where the person is, and
    whose track has ended is forgotten.
    """
    if moment.sight is Sight.GONE:
        return Change(Stays())
    if moment.place is None:
        return Change(stays)
    here = [zone.name for zone in moment.zones if options.wants(zone)]
    if not here and not stays.open:
        return Change(stays if stays.outside else Stays((), outside=True))
    went_on, ended = [], []
    for stay in stays.open:
        if stay.zone in here:
            went_on.append(Stay(stay.zone, stay.since_us, moment.pts_us, stay.told))
        elif moment.pts_us - stay.until_us < options.leave_s * 1e6:
            went_on.append(stay)
        else:
            ended.append(stay)
    known = {stay.zone for stay in stays.open}
    begun = [Stay(name, moment.pts_us, moment.pts_us) for name in here if name not in known]
    return Change(Stays((*went_on, *begun), stays.outside or not here), tuple(ended))
