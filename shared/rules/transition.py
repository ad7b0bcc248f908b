"""One settled posture becoming another: what sitting down, standing up and lying down have in common."""

from collections.abc import Callable, Collection

import msgspec

from shared.messages import EventKind, Phase
from shared.rules.moment import Moment, Posture, Sight
from shared.rules.rule import C, Report, Rule, RuleOptions, Step

_BASES = (Posture.STANDING, Posture.SITTING, Posture.LYING)
# Poses on furniture lie. They are not told until they are surely a body's: people in the developer clips have
# 0.5 to 0.9 in the mean over a second, furniture 0.05 to 0.5.
LEAST_TRUST = 0.45
Changes = Collection[tuple[Posture, Posture]]


class Base(msgspec.Struct, frozen=True, array_like=True):
    """The last settled standing, sitting or lying, and until when it was seen (media microseconds)."""

    posture: Posture = Posture.UNKNOWN
    until_us: int = 0


def anywhere(_moment: Moment, _options: RuleOptions) -> bool:
    """Matters everywhere."""
    return True


def transition(
    kind: EventKind,
    changes: Changes,
    options: type[C],
    matters: Callable[[Moment, C], bool],
) -> Rule[Base, C]:
    """The rule that tells each of `changes` (from, to), at once confirmed.

    Bending is only ever on the way. While a fall explains the posture nothing changes, and what follows its
    end begins anew. Lying waits until the pose is surely a body's. A change is not told where it does not
    matter.
    """

    def step(base: Base, moment: Moment, options: C) -> Step[Base]:
        if moment.sight is not Sight.SEEN or moment.fall not in {None, Phase.RECOVERED}:
            return Step(base)
        if moment.posture is Posture.LYING and _doubtful(moment):
            return Step(base)
        now = Base(moment.posture, moment.pts_us)
        if moment.fall is Phase.RECOVERED:
            return Step(now)
        if moment.posture is base.posture:
            return Step(now if moment.seen_posture is moment.posture else base)
        if moment.posture not in _BASES:
            return Step(base)
        told = (base.posture, moment.posture) in changes and matters(moment, options)
        return Step(now, (_report(base, moment),) if told else ())

    return Rule(kind, options, Base(), step)


def _doubtful(moment: Moment) -> bool:
    """Whether the pose may be nobody's.

    One that goes over from a thing to somebody who stands is sure, but lies no more.
    """
    return moment.trust < LEAST_TRUST or moment.seen_posture is not Posture.LYING


def _report(base: Base, moment: Moment) -> Report:
    started_us = moment.posture_since_us if base.posture is Posture.UNKNOWN else base.until_us
    return Report(
        Phase.CONFIRMED,
        started_us,
        raised_us=moment.pts_us,
        confidence=moment.certainty,
        evidence={} if moment.body is None else moment.body.known(),
    )
