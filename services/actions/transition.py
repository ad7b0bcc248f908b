"""Sitting down, standing up and lying down: one settled posture becoming another."""

from dataclasses import dataclass

import msgspec

from services.actions.posture import Posture, PostureState
from shared.messages import EventKind

_BASES = (Posture.STANDING, Posture.SITTING, Posture.LYING)
_KINDS = {
    (Posture.STANDING, Posture.SITTING): EventKind.SIT_DOWN,
    (Posture.SITTING, Posture.STANDING): EventKind.STAND_UP,
    (Posture.LYING, Posture.STANDING): EventKind.STAND_UP,
    (Posture.UNKNOWN, Posture.LYING): EventKind.LYING,
    (Posture.STANDING, Posture.LYING): EventKind.LYING,
    (Posture.SITTING, Posture.LYING): EventKind.LYING,
}


class Base(msgspec.Struct, frozen=True, array_like=True):
    """The last settled standing, sitting or lying, and until when it was seen (media microseconds)."""

    posture: Posture = Posture.UNKNOWN
    until_us: int = 0


@dataclass(frozen=True)
class Change:
    """A finished transition: its kind, the posture it ended in, and when the one before was last seen."""

    kind: EventKind
    posture: Posture
    started_us: int


def follow(base: Base, settled: PostureState, seen: Posture, pts_us: int) -> tuple[Base, Change | None]:
    """The base after a picture that shows `seen`, and the transition it completes.

    Bending is only ever on the way. While something else explains the posture (a fall), this is not called.
    """
    posture = settled.posture
    if posture is base.posture:
        return (Base(posture, pts_us), None) if seen is posture else (base, None)
    if posture not in _BASES:
        return base, None
    kind = _KINDS.get((base.posture, posture))
    started_us = settled.since_us if base.posture is Posture.UNKNOWN else base.until_us
    return Base(posture, pts_us), None if kind is None else Change(kind, posture, started_us)
