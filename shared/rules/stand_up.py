"""Standing up, from a seat or from lying."""

from shared.messages import EventKind
from shared.rules.moment import Posture
from shared.rules.transition import transition

RULE = transition(
    EventKind.STAND_UP, {(Posture.SITTING, Posture.STANDING), (Posture.LYING, Posture.STANDING)}
)
