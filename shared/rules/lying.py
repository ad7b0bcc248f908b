"""Lying down, and whoever lies from the first picture: a settled lying that no fall explains."""

from pydantic import Field

from shared.messages import EventKind
from shared.rules.moment import Moment, Posture
from shared.rules.rule import RuleOptions
from shared.rules.transition import transition
from shared.rules.zone import ZoneKind


class Options(RuleOptions):
    """Where lying is worth an event."""

    rest_in: tuple[ZoneKind, ...] = Field(
        (ZoneKind.BED, ZoneKind.SOFA),
        description="lying in zones of these kinds is rest, of which nothing is told",
    )


def _matters(moment: Moment, options: Options) -> bool:
    return not moment.within(options.rest_in)


RULE = transition(
    EventKind.LYING,
    {
        (Posture.UNKNOWN, Posture.LYING),
        (Posture.STANDING, Posture.LYING),
        (Posture.SITTING, Posture.LYING),
    },
    Options,
    _matters,
)
