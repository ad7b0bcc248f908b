"""An incident with all that is said about it, ready to be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.evaluate.explain.curves import Curve, curves_of
from services.evaluate.explain.told import Span, Told
from services.evaluate.explain.verdicts import Answer, Verdict, decider, verdicts_of


@dataclass(frozen=True)
class Explanation:
    """What there is to show.

    Attributes:
        told: the incident.
        curves: by their names: those that the rule asked for first.
        verdicts: of its rule's criteria, in their order.
    """

    told: Told
    curves: Mapping[str, Curve]
    verdicts: Sequence[Verdict]

    @property
    def title(self) -> str:
        """What happened where, to whom."""
        event = self.told.decisive
        person = "" if event.track is None else f", person {event.track}"
        kind = event.kind.value.replace("_", " ")
        return f"{kind} {event.phase.value}: {event.camera}{person}"

    @property
    def sentences(self) -> list[str]:
        """How it went, in words."""
        event, told = self.told.decisive, self.told
        zone = f", in {event.zone}" if event.zone else ""
        lasted_s = (event.pts_us - told.started_us) / 1e6
        first = (
            f"run {event.run}, begun at {clock(told.started_us)}, {event.phase.value} {lasted_s:.2f} s later"
            f" with confidence {event.confidence:.2f}{zone}"
        )
        if event.detail:
            first = f"{event.detail}; {first}"
        return [first, *self._decided()]

    def _decided(self) -> list[str]:
        lines = []
        last = decider(self.verdicts)
        if last is not None and last.reached_us is not None:
            lines.append(f"came last, at {clock(last.reached_us)}, and so decided: {last.criterion.meaning}")
        for each in self.verdicts:
            if each.answer is not Answer.REACHED or not each.criterion.curve:
                stood_in = instead(each, self.told)
                lines.append(line_of(each) + (f" ({stood_in})" if stood_in else ""))
        return lines


def explain(told: Told) -> Explanation:
    """All that can be said about an incident."""
    curves = curves_of(told)
    verdicts = verdicts_of(told, curves)
    return Explanation(told, curves, verdicts)


def line_of(verdict: Verdict) -> str:
    """A criterion in one line."""
    words = f"{verdict.answer.value}: {verdict.criterion.meaning}"
    if verdict.value is None:
        return f"{words}, which was not known; {verdict.told(verdict.threshold)} were needed"
    return f"{words}, {verdict.told(verdict.value)} of {verdict.told(verdict.threshold)}"


def instead(verdict: Verdict, told: Told) -> str:
    """What stood in for a criterion that did not reach its threshold, or was not known; "": nothing."""
    missed = verdict.answer is not Answer.REACHED
    return verdict.criterion.instead if missed and told.when(verdict.criterion.phase) is not None else ""


def needed(verdict: Verdict) -> str:
    """The threshold with its unit."""
    return verdict.told(verdict.threshold)


def when(span: Span, told: Told) -> str:
    """How long after the beginning a phase came."""
    after_s = (span.start_us - told.started_us) / 1e6
    return f"{after_s:.2f} s after it began" if after_s > 0 else "it begins"


def clock(pts_us: int, digits: int = 2) -> str:
    """Media time as minutes and seconds: 0:03.40, or with hours 2:00:03."""
    minutes, seconds = divmod(round(pts_us / 1e6, digits), 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 3 + digits if digits else 2
    shown = f"{seconds:0{width}.{digits}f}"
    return f"{hours}:{minutes:02}:{shown}" if hours else f"{minutes}:{shown}"


def verdict_lines(verdict: Verdict) -> list[str]:
    """The answer, and the numbers behind it."""
    lines = [verdict.answer.value, f"needed {verdict.told(verdict.threshold)} (dashed)"]
    if verdict.value is not None:
        lines.append(f"was {verdict.told(verdict.value)}")
    if verdict.reached_us is not None:
        lines.append(f"from {clock(verdict.reached_us)} on")
    return lines


def row_of(explanation: Explanation) -> dict[str, Any]:
    """The same as plain values, for programs; times in seconds of media time."""
    told, event = explanation.told, explanation.told.decisive
    return {
        "id": event.id,
        "kind": event.kind.value,
        "camera": event.camera,
        "run": event.run,
        "track": event.track,
        "detail": event.detail,
        "confidence": event.confidence,
        "started_s": told.started_us / 1e6,
        "phases": [
            {"phase": each.name, "from_s": each.start_us / 1e6, "until_s": each.end_us / 1e6}
            for each in told.phases()
        ],
        "criteria": [_criterion(each, told) for each in explanation.verdicts],
        "curves": {
            name: {"unit": each.unit, "points": [[at / 1e6, round(value, 4)] for at, value in each.points]}
            for name, each in explanation.curves.items()
        },
        "postures": [[each.pts_us / 1e6, each.posture] for each in told.shown()],
        "unseen": [[each.start_us / 1e6, each.end_us / 1e6] for each in told.gaps()],
    }


def _criterion(verdict: Verdict, told: Told) -> dict[str, Any]:
    criterion = verdict.criterion
    return {
        "value": criterion.value or criterion.curve,
        "meaning": criterion.meaning,
        "unit": criterion.unit,
        "for": criterion.phase.value,
        "was": verdict.value,
        "needed": verdict.threshold,
        "answer": verdict.answer.value,
        "instead": instead(verdict, told),
        "reached_s": None if verdict.reached_us is None else verdict.reached_us / 1e6,
    }
