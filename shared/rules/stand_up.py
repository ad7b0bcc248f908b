"""Standing up, from a seat or from lying."""

from shared.messages import EventKind
from shared.rules.moment import Posture
from shared.rules.rule import RuleOptions
from shared.rules.transition import anywhere, transition

RULE = transition(
    EventKind.STAND_UP,
    {(Posture.SITTING, Posture.STANDING), (Posture.LYING, Posture.STANDING)},
    RuleOptions,
    anywhere,
)
