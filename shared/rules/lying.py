"""Lying down, and whoever lies from the first picture: a settled lying that no fall explains."""

from shared.messages import EventKind
from shared.rules.moment import Posture
from shared.rules.transition import transition

RULE = transition(
    EventKind.LYING,
    {
        (Posture.UNKNOWN, Posture.LYING),
        (Posture.STANDING, Posture.LYING),
        (Posture.SITTING, Posture.LYING),
    },
)
