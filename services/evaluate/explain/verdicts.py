"""What a rule held against its thresholds, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.evaluate.explain.curves import Curve
from services.evaluate.explain.told import Told
from shared.messages import EventKind
from shared.rules import RULES
from shared.rules.criterion import Criterion

_CRITERIA: Mapping[EventKind, tuple[Criterion, ...]] = {rule.kind: rule.criteria for rule in RULES}


class Answer(StrEnum):
    """What a criterion says."""

    REACHED = "reached"
    SHORT = "not reached"
    ABSTAINED = "abstained"


@dataclass(frozen=True)
class Verdict:
    """One criterion of one incident.

    Attributes:
        value: None where it was not known.
        reached_us: media time at which its curve first was there; None where no curve shows it.
    """

    criterion: Criterion
    value: float | None
    threshold: float
    answer: Answer
    reached_us: int | None = None

    def told(self, value: float | None) -> str:
        """A value of it with its unit."""
        return "-" if value is None else f"{value:.2f} {self.criterion.unit}".rstrip()


def verdicts_of(told: Told, curves: Mapping[str, Curve]) -> list[Verdict]:
    """What was asked for, with the numbers that were in force when it was told."""
    asked = _CRITERIA.get(told.decisive.kind, ())
    return [_verdict(each, told, curves) for each in asked if each.threshold in told.decisive.evidence]


def decider(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Which of the curves came to its threshold last, and so decided when; None where no curve tells."""
    known = [(each.reached_us, number) for number, each in enumerate(verdicts) if each.reached_us is not None]
    return verdicts[max(known)[1]] if known else None


def _verdict(criterion: Criterion, told: Told, curves: Mapping[str, Curve]) -> Verdict:
    evidence = told.decisive.evidence
    threshold, curve = evidence[criterion.threshold], curves.get(criterion.curve)
    value, reached_us = evidence.get(criterion.value), None
    if value is None:
        return Verdict(criterion, None, threshold, Answer.ABSTAINED)
    if value < threshold:
        return Verdict(criterion, value, threshold, Answer.SHORT)
    if curve is not None:
        reached_us = curve.reached_us(threshold, told.started_us)
    return Verdict(criterion, value, threshold, Answer.REACHED, reached_us)
