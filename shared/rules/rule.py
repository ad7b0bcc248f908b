"""What a rule is: a pure function of its state, a moment and its options, and what it may report."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from shared.messages import EventKind, Phase
from shared.rules.moment import Moment
from shared.section import Section

S = TypeVar("S", bound=msgspec.Struct)
C = TypeVar("C", bound="RuleOptions")


class RuleOptions(Section):
    """What every rule can be told."""

    enabled: bool = True


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
        zone: the zone that it is about.
        detail: one line for people that says what the numbers cannot.
    """

    phase: Phase
    started_us: int
    update: int = 0
    raised_us: int | None = None
    confidence: float = 1.0
    evidence: dict[str, float] = field(default_factory=dict)
    zone: str | None = None
    detail: str = ""


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
            after which the track is forgotten.
    """

    kind: EventKind
    options: type[C]
    idle: S
    step: Callable[[S, Moment, C], Step[S]]
