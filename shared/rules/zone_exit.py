"""Somebody who was in a zone has left it and is seen outside; who is no longer seen at all has not."""

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.moment import Moment
from shared.rules.rule import Needs, Report, Rule, Step
from shared.rules.stay import Stay, Stays, ZoneOptions, follow


class Options(ZoneOptions):
    """When somebody has left a zone: after `leave_s` outside, following `dwell_s` in it."""


def step(stays: Stays, moment: Moment, options: Options) -> Step[Stays]:
    """One more moment of the track."""
    change = follow(stays, moment, options)
    left = (stay for stay in change.ended if stay.lasted_s >= options.dwell_s)
    return Step(change.stays, tuple(_report(stay, moment, options) for stay in left))


def _report(stay: Stay, moment: Moment, options: Options) -> Report:
    return Report(
        Phase.CONFIRMED,
        stay.until_us,
        raised_us=moment.pts_us,
        zone=stay.zone,
        part=stay.zone,
        evidence={
            "stay_s": stay.lasted_s,
            "dwell_threshold_s": options.dwell_s,
            "out_s": (moment.pts_us - stay.until_us) / 1e6,
            "leave_threshold_s": options.leave_s,
        },
    )


_CRITERIA = (
    Criterion("stay_s", "dwell_threshold_s", "how long somebody was in the zone", "s"),
    Criterion("out_s", "leave_threshold_s", "how long out of it since", "s"),
)

RULE = Rule(EventKind.ZONE_EXIT, Options, Stays(), step, Needs.ZONES, criteria=_CRITERIA)
