"""What tutorials do: postures by three joint angles of one picture, and sitting by a knee that stays bent.

Nothing in the pipeline uses it. It is the measure of what the rest is worth (README.md beside this page).
Angles are as such pages have them, 180 for a straight joint, where `Features` has 0.
"""

from enum import StrEnum

import msgspec

from shared.actions.geometry import largest
from shared.rules.moment import Features

STRAIGHT_DEG = 160.0  # both knees above: standing
BENT_DEG = 120.0  # a knee below: sitting
SEATED_DEG = 90.0  # a knee below for `SEATED_S`: sitting, by the rule in time
SEATED_S = 0.5


class Answer(StrEnum):
    """What the classifier says of a picture."""

    STANDING = "standing"
    SITTING = "sitting"
    ARMS_RAISED = "arms_raised"
    UNKNOWN = "unknown"


class Knee(msgspec.Struct, frozen=True, array_like=True):
    """Since when (media time, microseconds) a knee has been bent; None if none is."""

    since_us: int | None = None


def classify(body: Features) -> Answer:
    """The answer for one picture: raised arms before legs, and legs only where a knee can be seen."""
    if body.wrist_left_m > 0 and body.wrist_right_m > 0:
        return Answer.ARMS_RAISED
    if 180 - largest((body.knee_left_deg, body.knee_right_deg)) < BENT_DEG:
        return Answer.SITTING
    if 180 - body.knee_left_deg > STRAIGHT_DEG and 180 - body.knee_right_deg > STRAIGHT_DEG:
        return Answer.STANDING
    return Answer.UNKNOWN


def sits(knee: Knee, body: Features, pts_us: int) -> tuple[bool, Knee]:
    """Whether a knee has been below 90 degrees for more than half a second, and what to remember of it."""
    if not 180 - largest((body.knee_left_deg, body.knee_right_deg)) < SEATED_DEG:
        return False, Knee()
    since_us = pts_us if knee.since_us is None else knee.since_us
    return pts_us - since_us > SEATED_S * 1e6, Knee(since_us)
