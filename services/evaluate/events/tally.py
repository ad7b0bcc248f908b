"""Counts and figures of several clips together, with how far they may be off."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv  # scipy.stats would take a third of a command's start

from services.evaluate.events.scoring import ClipScore, Outcome, Verdict
from services.evaluate.events.wanted import FALL
from services.evaluate.intervals import Interval, wilson

_TAIL = 0.025  # on either side of a 95 % interval


@dataclass(frozen=True)
class Tally:
    """Counts of one kind of event.

    Attributes:
        found: labels with an event.
        missed: labels without one.
        false: events without a label.
        again: events of a lasting state beside its first.
        agreeing: events that are right by the label of something else.
        unjudged: events of a kind that nobody labelled.
        delays_s: from the ground (seat, upright body) to the event, of each that was found, in order.
    """

    found: int = 0
    missed: int = 0
    false: int = 0
    again: int = 0
    agreeing: int = 0
    unjudged: int = 0
    delays_s: tuple[float, ...] = ()

    @property
    def labelled(self) -> int:
        return self.found + self.missed

    @property
    def recall(self) -> float | None:
        """Share of the labels that were found; None without labels."""
        return _share(self.found, self.labelled)

    @property
    def precision(self) -> float | None:
        """Share of the events that are right; None without events."""
        return _share(self.found, self.found + self.false)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None where there is neither label nor event."""
        return _share(2 * self.found, 2 * self.found + self.missed + self.false)

    @property
    def recall_interval(self) -> Interval | None:
        return wilson(self.found, self.labelled)

    @property
    def precision_interval(self) -> Interval | None:
        return wilson(self.found, self.found + self.false)

    @property
    def f1_interval(self) -> Interval | None:
        """Wilson's of the share J of all labels and false events that were found: F1 = 2 J / (1 + J)."""
        share = wilson(self.found, self.found + self.missed + self.false)
        if share is None:
            return None
        return Interval(2 * share.low / (1 + share.low), 2 * share.high / (1 + share.high))

    def delay_s(self, percent: float) -> float | None:
        """A percentile of the times to the alert, by linear interpolation; None where nothing was found."""
        return float(np.percentile(self.delays_s, percent)) if self.delays_s else None


@dataclass(frozen=True)
class Group:
    """A data set, or all of them.

    Attributes:
        falls: falls that end anywhere but on a bed, and all false alarms of falls.
        bed_falls: falls that end on a bed.
        others: every other kind of event that was labelled or told.
        outside_s: footage in which an alert of a fall would be false.
    """

    name: str
    clips: int
    duration_s: float
    outside_s: float
    falls: Tally
    bed_falls: Tally
    others: dict[str, Tally]

    @property
    def false_per_hour(self) -> float | None:
        """False alarms of falls per hour of footage outside falls."""
        return self.falls.false / (self.outside_s / 3600) if self.outside_s > 0 else None

    @property
    def false_per_hour_interval(self) -> Interval | None:
        """Garwood's exact 95 % interval of a Poisson count, over that footage.

        Source: F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28, 1936.
        """
        if self.outside_s <= 0:
            return None
        count, hours = self.falls.false, self.outside_s / 3600
        low = gammaincinv(count, _TAIL) if count else 0.0
        return Interval(float(low) / hours, float(gammaincinv(count + 1, 1 - _TAIL)) / hours)


def tally(verdicts: Iterable[Verdict]) -> Tally:
    """Count verdicts of one kind."""
    verdicts = list(verdicts)
    counts = {outcome: sum(each.outcome is outcome for each in verdicts) for outcome in Outcome}
    delays = sorted(delay for each in verdicts if (delay := each.delay_s) is not None)
    return Tally(
        found=counts[Outcome.FOUND],
        missed=counts[Outcome.MISSED],
        false=counts[Outcome.FALSE],
        again=counts[Outcome.AGAIN],
        agreeing=counts[Outcome.AGREES],
        unjudged=counts[Outcome.UNJUDGED],
        delays_s=tuple(delays),
    )


def group(name: str, scores: Sequence[ClipScore]) -> Group:
    """All of these clips together."""
    verdicts = [verdict for score in scores for verdict in score.verdicts]
    falls = [verdict for verdict in verdicts if verdict.kind == FALL]
    kinds = sorted({verdict.kind for verdict in verdicts} - {FALL})
    return Group(
        name,
        len(scores),
        math.fsum(score.duration_s for score in scores),
        math.fsum(score.outside_s for score in scores),
        tally(verdict for verdict in falls if not verdict.apart),
        tally(verdict for verdict in falls if verdict.apart),
        {kind: tally(verdict for verdict in verdicts if verdict.kind == kind) for kind in kinds},
    )


def groups(scores: Sequence[ClipScore], overall: str = "all") -> list[Group]:
    """Each data set in the order of its first clip, and all of them together where there are several."""
    names = dict.fromkeys(score.group for score in scores)
    each = [group(name, [score for score in scores if score.group == name]) for name in names]
    return each if len(each) == 1 else [*each, group(overall, scores)]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
