"""Sitting down: a settled standing becomes a settled sitting."""

from shared.messages import EventKind
from shared.rules.moment import Posture
from shared.rules.rule import RuleOptions
from shared.rules.transition import anywhere, transition

RULE = transition(EventKind.SIT_DOWN, {(Posture.STANDING, Posture.SITTING)}, RuleOptions, anywhere)
