"""Somebody has come into a zone and stays there; one event for each visit."""

import msgspec

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.moment import Moment
from shared.rules.rule import Needs, Report, Rule, Step
from shared.rules.stay import Stay, Stays, ZoneOptions, follow


class Options(ZoneOptions):
    """When somebody has entered a zone: after `dwell_s` in it."""


def step(stays: Stays, moment: Moment, options: Options) -> Step[Stays]:
    """One more moment of the track."""
    after = follow(stays, moment, options).stays
    due = [stay for stay in after.open if not stay.told and stay.lasted_s >= options.dwell_s]
    if not due:
        return Step(after)
    told = tuple(msgspec.structs.replace(stay, told=stay.told or stay in due) for stay in after.open)
    reports = tuple(_report(stay, moment, options, appeared=not after.outside) for stay in due)
    return Step(msgspec.structs.replace(after, open=told), reports)


def _report(stay: Stay, moment: Moment, options: Options, *, appeared: bool) -> Report:
    """`appeared`: the track has been seen nowhere else, so that nobody saw it come in."""
    return Report(
        Phase.CONFIRMED,
        stay.since_us,
        raised_us=moment.pts_us,
        zone=stay.zone,
        part=stay.zone,
        evidence={
            "dwell_s": stay.lasted_s,
            "dwell_threshold_s": options.dwell_s,
            "appeared": float(appeared),
        },
    )


_CRITERIA = (Criterion("dwell_s", "dwell_threshold_s", "how long somebody was in the zone", "s"),)

RULE = Rule(EventKind.ZONE_ENTER, Options, Stays(), step, Needs.ZONES, criteria=_CRITERIA)
