"""What a rule holds against thresholds, told so that people and plots can follow it."""

from dataclasses import dataclass

from shared.messages import Phase


@dataclass(frozen=True)
class Criterion:
    """A value that must reach a threshold; both are named as in the evidence of the rule's events.

    An event carries the numbers that were in force when it was told. A threshold that its evidence lacks was
    not asked for; a threshold without its value means that the value was not known and abstained.

    Attributes:
        value: name in the evidence.
        threshold: name in the evidence.
        meaning: what it is, for people: "how far the hips came down".
        unit: of both; "": a share.
        phase: the phase that it decides.
        curve: the curve that shows it over time, of `CURVES`; "": none does.
        instead: what else may decide where the value does not reach the threshold, or is not known.
    """

    value: str
    threshold: str
    meaning: str
    unit: str = ""
    phase: Phase = Phase.CONFIRMED
    curve: str = ""
    instead: str = ""


# What can be drawn of a track: how far the hips are below where they began (m), how fast they come down
# (m/s), which share of their height they have lost, and how much the body looks like lying.
CURVES = ("drop_m", "speed_m_s", "sunk", "low")
