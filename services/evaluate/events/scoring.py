"""One clip's incidents held against its labels: what was found, missed and told for nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.evaluate.events.incidents import Incident
from services.evaluate.events.labels import Clip, group_of
from services.evaluate.events.wanted import FALL, LYING, ON_FLOOR, Wanted, lying_of, wanted_of

_LYING_KINDS = frozenset({LYING, ON_FLOOR})
_UP_S = 1.0  # who gets up is told to lie for so long


class Outcome(StrEnum):
    """FOUND, MISSED: of what is labelled. FALSE: told for nothing. AGAIN: told once more while the labelled
    state lasts. AGREES: told of somebody who does lie, by the label of something else. UNJUDGED: nobody has
    labelled such events in any clip.
    """

    FOUND = "found"
    MISSED = "missed"
    FALSE = "false"
    AGAIN = "again"
    AGREES = "agrees"
    UNJUDGED = "unjudged"


WRONG = frozenset({Outcome.MISSED, Outcome.FALSE})


@dataclass(frozen=True)
class Verdict:
    """What became of one label or one raised incident."""

    kind: str
    outcome: Outcome
    wanted: Wanted | None = None
    incident: Incident | None = None

    @property
    def wrong(self) -> bool:
        return self.outcome in WRONG

    @property
    def apart(self) -> bool:
        """Whether it counts with the falls that end on a bed."""
        return self.wanted is not None and self.wanted.apart

    @property
    def delay_s(self) -> float | None:
        """From the ground (or the seat, or the upright body) to the alert; before it: negative."""
        if self.outcome is not Outcome.FOUND or self.wanted is None or self.incident is None:
            return None
        return None if self.incident.raised_s is None else self.incident.raised_s - self.wanted.reached_s


@dataclass(frozen=True)
class ClipScore:
    """One clip.

    Attributes:
        verdicts: of all labels that ask for an event, and of all raised incidents, in order of time.
        incidents: all that was told, raised or not.
        outside_s: footage in which an alert of a fall would be false.
        factors: of a made-up scene: under what conditions it was taken.
    """

    name: str
    duration_s: float
    outside_s: float
    verdicts: tuple[Verdict, ...]
    incidents: tuple[Incident, ...]
    factors: Mapping[str, str] = field(default_factory=dict)

    @property
    def group(self) -> str:
        return group_of(self.name)

    @property
    def wrong(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.wrong)


def labelled_kinds(clips: Iterable[Clip]) -> frozenset[str]:
    """The kinds of events that are labelled anywhere, and so are false where they are not; falls always."""
    wanted = (wanted_of(label) for clip in clips for label in clip.events)
    return frozenset(each.kind for each in wanted if each is not None) | {FALL, ON_FLOOR}


def score_clip(name: str, clip: Clip, incidents: Sequence[Incident], judged: Collection[str]) -> ClipScore:
    """Hold what was told of a clip against its labels.

    Args:
        name: its path.
        clip: its labels.
        incidents: what was told of it.
        judged: the kinds that count, of `labelled_kinds`; others are listed, and not held against anything.
    """
    labelled = (wanted_of(label) for label in clip.events)
    wanted = [each for each in labelled if each is not None and each.kind in judged]
    raised = [incident for incident in incidents if incident.raised_s is not None]
    kinds = dict.fromkeys((*(each.kind for each in wanted), *(each.kind for each in raised)))
    verdicts: list[Verdict] = []
    for kind in kinds:
        asked = [each for each in wanted if each.kind == kind]
        told = [each for each in raised if each.kind == kind]
        verdicts += assign(asked, told)
    verdicts = [_reviewed(verdict, clip, raised, judged) for verdict in verdicts]
    verdicts.sort(key=_moment_s)
    outside_s = clip.duration_s - _covered_s([each for each in wanted if each.kind == FALL], clip.duration_s)
    return ClipScore(name, clip.duration_s, outside_s, tuple(verdicts), tuple(incidents))


def assign(wanted: Sequence[Wanted], raised: Sequence[Incident]) -> list[Verdict]:
    """Give each raised incident of one kind to a label, each label at most one.

    Incidents in order of time take, of the free labels that they are right for, the one that ends first:
    no other assignment finds more. What is left over is false, but for a lasting state's repetitions.
    """
    free, verdicts = list(wanted), []
    for incident in sorted(raised, key=_raised_s):
        fitting = [each for each in free if _right(each, incident)]
        if fitting:
            first = min(fitting, key=lambda each: each.until_s)
            free.remove(first)
            verdicts.append(Verdict(first.kind, Outcome.FOUND, first, incident))
            continue
        lasting = next((each for each in wanted if each.lasting and _right(each, incident)), None)
        outcome = Outcome.FALSE if lasting is None else Outcome.AGAIN
        verdicts.append(Verdict(incident.kind, outcome, lasting, incident))
    return verdicts + [Verdict(each.kind, Outcome.MISSED, each) for each in free]


def _right(wanted: Wanted, incident: Incident) -> bool:
    return wanted.from_s <= _raised_s(incident) <= wanted.until_s


def _raised_s(incident: Incident) -> float:
    assert incident.raised_s is not None
    return incident.raised_s


def _reviewed(verdict: Verdict, clip: Clip, raised: Sequence[Incident], judged: Collection[str]) -> Verdict:
    """What only seems to be wrong, seen beside the other kinds of events."""
    if verdict.outcome is Outcome.MISSED:
        return _told_otherwise(verdict, raised)
    if verdict.outcome is not Outcome.FALSE or verdict.incident is None:
        return verdict
    if verdict.kind not in judged:
        return Verdict(verdict.kind, Outcome.UNJUDGED, None, verdict.incident)
    at_s = _raised_s(verdict.incident)
    spans = [span for label in clip.events if (span := lying_of(label)) is not None]
    if verdict.kind in _LYING_KINDS and any(start <= at_s <= end + _UP_S for start, end in spans):
        return Verdict(verdict.kind, Outcome.AGREES, None, verdict.incident)
    return verdict


def _told_otherwise(verdict: Verdict, raised: Sequence[Incident]) -> Verdict:
    """Who is found on the floor lies, and may be told as the one or the other."""
    wanted = verdict.wanted
    if wanted is None or verdict.kind not in _LYING_KINDS:
        return verdict
    fitting = [each for each in raised if each.kind in _LYING_KINDS and _right(wanted, each)]
    if not fitting:
        return verdict
    return Verdict(verdict.kind, Outcome.FOUND, wanted, min(fitting, key=_raised_s))


def _covered_s(wanted: Sequence[Wanted], duration_s: float) -> float:
    """How much of the clip lies in a window in which an alert is right."""
    covered_s, until_s = 0.0, 0.0
    for each in sorted(wanted, key=lambda each: each.from_s):
        start_s, end_s = max(each.from_s, until_s), min(each.until_s, duration_s)
        covered_s += max(0.0, end_s - start_s)
        until_s = max(until_s, end_s)
    return covered_s


def _moment_s(verdict: Verdict) -> float:
    if verdict.incident is not None:
        return _raised_s(verdict.incident)
    return 0.0 if verdict.wanted is None else verdict.wanted.begins_s
