"""How low a body is, which posture that makes, and a posture that only changes when it lasts."""

import math

import msgspec

from shared.rules.footing import propped
from shared.rules.lowness import LYING, TRUNK_UP_M
from shared.rules.moment import Features, Posture

# Each cue of lowness runs from 0 at its first value to 1 at its second; weights in the third place.
# Source: an adult's trunk of 0.47 m stands 0.45 m high when upright, 0.33 m at 45 degrees and 0.16 m at
# 70 degrees; hips are at 0.45 m on a chair of usual height and at 0.1 to 0.2 m (half a pelvis) on the floor;
# the head of who sits on the floor, or crouches, is at 0.8 m, and of who lies below 0.4 m.
_CUES = {
    "rise_m": (0.38, 0.15, 2.0),
    "hip_m": (0.45, 0.20, 1.0),
    "head_m": (0.85, 0.40, 1.0),
    "aspect": (0.80, 1.30, 1.0),
}
LYING_UNTIL = 0.45  # who lies does so until then
# The legs' fold is the mean of the thighs' and the knees' angles: 90 on a chair, and still 45 to 55 where the
# thighs point at the camera and a model takes them for shorter than they are; up to 30 in the middle of a
# stride. One angle alone does not tell: who kneels has bent knees, who is seen from above raised thighs.
SITTING_FROM_DEG = 40.0
SITTING_UNTIL_DEG = 33.0
KNEELING_DEG = 25.0  # bent knees under thighs that hang down further than this are no seat
# Who squats has the heels under the hips, and the hips lower: at 0.30 to 0.36 m, against 0.42 m and more on a
# chair, in the metres of `Features`. Knees alone do not tell, for feet may be under the chair.
# Source: chairs bend the knees by 80 to 100 degrees, low ones and squatting by 100 to 160 (Walker et al.,
# cited in the ASME Summer Bioengineering Conference 2007, p. 659).
CROUCHING_DEG = 105.0
CROUCHING_HIP_M = 0.40
# Who bends forward on feet or on a seat has hips and knees over the feet; who lies has the feet beside them.
SEATED_HIP_M, SEATED_KNEES_M = 0.42, 0.25
_MISREAD_S = 0.2  # poses are misread for one to some pictures, and then right again


class PostureState(msgspec.Struct, frozen=True, array_like=True):
    """The posture that holds since `since_us`, and another one that may take over since `rival_us`.

    `doubt_us`: since when pictures have disagreed with that one; 0 where the last one did not.
    """

    posture: Posture = Posture.UNKNOWN
    since_us: int = 0
    rival: Posture | None = None
    rival_us: int = 0
    doubt_us: int = 0


def lowness(features: Features) -> float:
    """How much the body looks like lying on the floor, 0 to 1: the weighted mean of the visible cues.

    The height of the trunk counts twice: it is always known, and upright people on low seats or behind
    furniture have all the other cues against them.
    """
    total, weights = 0.0, 0.0
    for name, (high, low, weight) in _CUES.items():
        value = getattr(features, name)
        if not math.isnan(value):
            total += weight * min(1.0, max(0.0, (value - high) / (low - high)))
            weights += weight
    return total / weights


def classify(features: Features, low: float, current: Posture) -> Posture:
    """The posture of one picture; the limits of the `current` one are wider, so that it does not flicker.

    `low`: the lowness of the features.
    """
    if low >= (LYING_UNTIL if current is Posture.LYING else LYING):
        return Posture.BENDING if propped(features) or over_feet(features) else Posture.LYING
    if features.rise_m < TRUNK_UP_M:
        return Posture.BENDING
    if math.isnan(features.thigh_deg):
        return Posture.UNKNOWN
    if crouches(features):
        return Posture.BENDING
    limit = SITTING_UNTIL_DEG if current is Posture.SITTING else SITTING_FROM_DEG
    seated = features.thigh_deg >= KNEELING_DEG and fold_deg(features) >= limit
    return Posture.SITTING if seated else Posture.STANDING


def over_feet(features: Features) -> bool:
    """Whether hips and knees are over the feet.

    Who ties shoes on a chair has the trunk below the knees, and looks as low as who lies.
    """
    return features.hip_m >= SEATED_HIP_M and features.knees_m >= SEATED_KNEES_M


def crouches(features: Features) -> bool:
    """Whether the hips are low over heels, on knees that are bent further than on a chair."""
    return features.knee_deg > CROUCHING_DEG and features.hip_m < CROUCHING_HIP_M


def fold_deg(features: Features) -> float:
    """How far the legs are folded, 0 standing to 90 on a chair; the thighs alone where shins are hidden."""
    if math.isnan(features.knee_deg):
        return features.thigh_deg
    return (features.thigh_deg + features.knee_deg) / 2


def certainty(features: Features, low: float, posture: Posture) -> float:
    """How clearly a picture shows standing, sitting or lying, 0 to 1; 0 for other postures.

    `low`: the lowness of the features.
    """
    if posture is Posture.LYING:
        return low
    if posture not in {Posture.STANDING, Posture.SITTING} or math.isnan(features.thigh_deg):
        return 0.0
    seated = min(1.0, max(0.0, (fold_deg(features) - 10) / 60))
    return seated if posture is Posture.SITTING else 1 - seated


def settle(state: PostureState, seen: Posture, pts_us: int, hold_s: float) -> PostureState:
    """Let `seen` replace the posture once it has been seen, and nothing else, for `hold_s` of media time.

    `UNKNOWN` says nothing for or against anything, and what disagrees for no longer than a misread pose only
    does not count.
    """
    if seen is Posture.UNKNOWN:
        return state
    since_us, doubt_us = pts_us, state.doubt_us or pts_us
    if seen is state.rival:
        since_us = state.rival_us + pts_us - doubt_us
    elif state.rival is not None and pts_us - doubt_us <= _MISREAD_S * 1e6:
        return msgspec.structs.replace(state, doubt_us=doubt_us)
    if seen is state.posture:
        return PostureState(state.posture, state.since_us)
    if pts_us - since_us >= hold_s * 1e6:
        return PostureState(seen, since_us)
    return PostureState(state.posture, state.since_us, seen, since_us)
