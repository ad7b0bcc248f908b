"""How one thing that is wrong with a camera becomes an incident: suspected, confirmed, still, recovered.

A suspicion that passes ends as recovered too, without ever having been confirmed, as those of falls do.
"""

from dataclasses import dataclass, field

import msgspec

from shared.messages import EventKind, Phase
from shared.settings import Health


class Problem(msgspec.Struct, frozen=True, array_like=True):
    """One kind of incident of one camera, or none (`started_us` None). Times in media microseconds.

    `ill_us` adds up the time that it was seen, `good_us` the time since it was last seen, from `good_from_us`
    on. `said_us` is when it was last reported.
    """

    started_us: int | None = None
    phase: Phase | None = None
    raised_us: int | None = None
    updates: int = 0
    ill_us: int = 0
    good_us: int = 0
    good_from_us: int | None = None
    said_us: int = 0

    @property
    def confirmed(self) -> bool:
        return self.raised_us is not None


@dataclass(frozen=True)
class Finding:
    """What one look says of one problem: there, not there, or (None) nothing.

    `since_us` is when it began where that was before the look. `overruled` drops at once what is only
    suspected: something graver is wrong, or one look proves it untrue.
    """

    ill: bool | None
    confidence: float = 1.0
    evidence: dict[str, float] = field(default_factory=dict)
    detail: str = ""
    since_us: int | None = None
    overruled: bool = False


@dataclass(frozen=True)
class Limits:
    """How long, in media microseconds, until a problem is suspected, counts, is over, and is said again."""

    suspect_us: int
    confirm_us: int
    back_us: int
    repeat_us: int


@dataclass(frozen=True)
class Time:
    """The media time of a look, and how much of it passed since the last, as far as that counts."""

    pts_us: int
    step_us: int


NONE = Problem()


def limits_of(settings: Health, period_us: int) -> dict[EventKind, Limits]:
    """When each problem counts; the wanted pause between two pictures of a low rate is no silence."""
    seconds = {
        EventKind.CAMERA_STALLED: settings.stalled_s,
        EventKind.CAMERA_FROZEN: settings.frozen_s,
        EventKind.CAMERA_DARK: settings.dark_s,
        EventKind.CAMERA_COVERED: settings.covered_s,
        EventKind.CAMERA_MOVED: settings.moved_s,
    }
    back_us, repeat_us = round(settings.back_s * 1e6), round(settings.repeat_s * 1e6)
    found = {}
    for kind, wait_s in seconds.items():
        pause_us = period_us if kind is EventKind.CAMERA_STALLED else 0
        suspect_us, confirm_us = (pause_us + round(share * wait_s * 1e6) for share in (0.5, 1))
        found[kind] = Limits(suspect_us, confirm_us, back_us, repeat_us)
    return found


def advanced(problem: Problem, finding: Finding, time: Time, limits: Limits) -> tuple[Problem, Phase | None]:
    """The problem after one more look, and the phase to report, if any."""
    if finding.ill is None:
        return problem, None
    if finding.ill:
        return _ill(problem, finding.since_us, time, limits)
    if problem.phase is None:
        return NONE, None
    if problem.good_from_us is None:
        problem = msgspec.structs.replace(problem, good_from_us=time.pts_us, good_us=0)
    else:
        problem = msgspec.structs.replace(problem, good_us=problem.good_us + time.step_us)
    return ended(problem, time) if problem.good_us >= limits.back_us else (problem, None)


def ended(problem: Problem, time: Time, phase: Phase = Phase.RECOVERED) -> tuple[Problem, Phase | None]:
    """The problem closed, whatever it was, in this phase; silently where nobody had heard of it."""
    if problem.phase is None:
        return NONE, None
    return _said(problem, phase, time)


def _ill(problem: Problem, since_us: int | None, time: Time, limits: Limits) -> tuple[Problem, Phase | None]:
    if problem.started_us is None:
        started_us = time.pts_us if since_us is None else since_us
        problem = Problem(started_us=started_us, ill_us=time.pts_us - started_us)
    else:
        ill_us = problem.ill_us + time.step_us
        problem = msgspec.structs.replace(problem, ill_us=ill_us, good_us=0, good_from_us=None)
    if not problem.confirmed and problem.ill_us >= limits.confirm_us:
        problem = msgspec.structs.replace(problem, raised_us=time.pts_us)
        return _said(problem, Phase.CONFIRMED, time)
    if problem.phase is None and problem.ill_us >= limits.suspect_us:
        return _said(problem, Phase.SUSPECTED, time)
    if problem.confirmed and time.pts_us - problem.said_us >= limits.repeat_us:
        return _said(problem, Phase.STILL, time)
    return problem, None


def _said(problem: Problem, phase: Phase, time: Time) -> tuple[Problem, Phase]:
    said = msgspec.structs.replace(problem, phase=phase, updates=problem.updates + 1, said_us=time.pts_us)
    return said, phase
