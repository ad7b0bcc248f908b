"""What a rule is: a pure function of its state, a moment and its options, and what it may report."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec
from pydantic import Field

from shared.messages import EventKind, Phase
from shared.rules.criterion import Criterion
from shared.rules.moment import Moment
from shared.rules.schedule import Hours, Weekday
from shared.section import Section

S = TypeVar("S", bound=msgspec.Struct)
C = TypeVar("C", bound="RuleOptions")


class RuleOptions(Section):
    """What every rule can be told."""

    enabled: bool = True
    during: Hours | None = Field(
        None,
        description="on duty only in these hours of `actions.timezone`, as 22:00-06:00 or 12:00-14:00,"
        " 22:00-06:00; none: always",
    )
    days: tuple[Weekday, ...] = Field(
        tuple(Weekday), min_length=1, description="... of these days; a night belongs to the day it begins on"
    )


class SparingOptions(RuleOptions):
    """Of a rule that only some places want."""

    enabled: bool = False


class Needs(StrEnum):
    """What a camera must have for a rule to say anything there."""

    NOTHING = "nothing"
    ZONES = "zones"
    LINES = "lines"


@dataclass(frozen=True)
class Report:
    """One update of an incident.

    Attributes:
        phase: the incident's phase now.
        started_us: media time of its start: with the kind and the track its identity.
        update: counts the updates of the incident from 0.
        raised_us: media time of its confirmation.
        confidence: 0 to 1.
        evidence: what decided, beside the thresholds that it was held against.
        zone: the zone or line that it is about; none: wherever the person is.
        part: tells incidents of one kind that begin at once apart.
        detail: a word or a line for people.
    """

    phase: Phase
    started_us: int
    update: int = 0
    raised_us: int | None = None
    confidence: float = 1.0
    evidence: dict[str, float] = field(default_factory=dict)
    zone: str | None = None
    part: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Hold:
    """An open incident of somebody who lies: it holds the place, whatever becomes of the track.

    `since_us`: media time of its start.
    """

    since_us: int
    phase: Phase


@dataclass(frozen=True)
class Step(Generic[S]):
    """The state after a moment and what there is to tell, in order.

    `explains`: the phase of an incident that is the reason for the body's posture, which then is no sitting
    down or lying down; the rules that come later see it as `Moment.fall`.
    """

    state: S
    reports: tuple[Report, ...] = ()
    explains: Phase | None = None


@dataclass(frozen=True)
class Rule(Generic[S, C]):
    """A rule of one kind of event.

    Attributes:
        kind: of the events; its name in the configuration.
        options: the thresholds, with defaults.
        idle: the state before anything was seen; an idle state takes up no room in a checkpoint.
        step: one moment of one track. It is called for every known track and frame, last with `Sight.GONE`,
            after which the track is forgotten. When the rule goes off duty it is called with `Sight.GONE`
            as well, and then not again until it is back on duty.
        needs: where a camera has none of it, `step` is never called.
        holds: the open incident, if the state has one, of a rule whose incidents go on with whoever lies in
            that place when the track has ended.
        criteria: what it holds against thresholds; where a curve shows one of them, the rule's events carry
            the curves of their track.
    """

    kind: EventKind
    options: type[C]
    idle: S
    step: Callable[[S, Moment, C], Step[S]]
    needs: Needs = Needs.NOTHING
    holds: Callable[[S], Hold | None] | None = None
    criteria: tuple[Criterion, ...] = ()
