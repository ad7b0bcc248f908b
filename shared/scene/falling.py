"""Key postures of falls, from losing balance to lying; stature 1, feet at the origin, facing x.

A body topples about its feet while the knees give way: the keys follow the arc of an inverted pendulum that
shortens.
"""

from shared.scene.posture import STANDING, Pair, Posture, both, hang, lean
from shared.scene.skeleton import ANKLE_HEIGHT

_BRACED = ((0.75, 0.25, -0.55), (0.9, 0.0, 0.1))
_FLAILING = ((0.35, 0.7, -0.35), (0.7, 0.5, 0.3))
_PLANTED: Pair = STANDING.ankles

FORWARD = (
    STANDING,
    Posture(
        pelvis=(0.13, 0.0, 0.49),
        hips=lean(20),
        chest=lean(28),
        head=lean(10),
        left_arm=hang(35, 45),
        right_arm=hang(35, 50),
        ankles=((0.02, 0.055, 0.055), (-0.02, -0.055, 0.06)),
        toes=both(0.9, 0.1, -0.35),
    ),
    Posture(
        pelvis=(0.27, 0.0, 0.30),
        hips=lean(50),
        chest=lean(62),
        head=lean(30),
        left_arm=_BRACED,
        right_arm=_BRACED,
        ankles=((-0.01, 0.06, 0.07), (-0.05, -0.06, 0.075)),
        toes=both(0.5, 0.1, -0.8),
        knees=both(1.0, 0.1, -0.2),
    ),
    Posture(
        pelvis=(0.40, 0.0, 0.105),
        hips=lean(84),
        chest=lean(86),
        head=lean(62),
        left_arm=((0.75, 0.75, 0.25), (0.1, 0.15, 1.0)),
        right_arm=((0.75, 0.75, 0.1), (0.1, 0.3, 1.0)),
        ankles=((-0.08, 0.07, 0.05), (-0.08, -0.06, 0.05)),
        toes=both(-0.7, 0.1, -0.7),
        knees=both(0.25, 0.2, -1.0),
    ),
)
PRONE = Posture(
    pelvis=(0.41, 0.0, 0.065),
    hips=lean(89),
    chest=lean(87),
    head=((0.10, -0.50, -0.85), (1.0, 0.0, 0.05)),
    left_arm=((0.15, 0.95, 0.30), (0.05, 0.2, 1.0)),
    right_arm=((0.10, 0.95, -0.10), (0.05, 0.55, 0.85)),
    ankles=((-0.075, 0.085, 0.038), (-0.08, -0.065, 0.038)),
    toes=((-0.85, 0.45, -0.35), (-0.85, -0.45, -0.35)),
    knees=both(0.2, 0.35, -1.0),
)

BACKWARD = (
    STANDING,
    Posture(
        pelvis=(-0.13, 0.0, 0.44),
        hips=lean(-14),
        chest=lean(-4),
        head=lean(12),
        left_arm=_FLAILING,
        right_arm=_FLAILING,
        toes=both(1.0, 0.12, 0.15),
    ),
    Posture(
        pelvis=(-0.28, 0.0, 0.22),
        hips=lean(-38),
        chest=lean(-22),
        head=lean(8),
        left_arm=_FLAILING,
        right_arm=_FLAILING,
        ankles=both(0.02, 0.06, 0.045),
        toes=both(0.9, 0.12, 0.4),
        knees=both(1.0, 0.15, 0.5),
    ),
    Posture(
        pelvis=(-0.36, 0.0, 0.080),
        hips=lean(-74),
        chest=lean(-70),
        head=lean(-45),
        left_arm=((0.2, 0.9, -0.3), (0.35, 0.5, 0.6)),
        right_arm=((0.2, 0.9, -0.2), (0.35, 0.5, 0.6)),
        ankles=both(0.06, 0.07, 0.09),
        toes=both(0.6, 0.12, 0.8),
        knees=both(0.6, 0.2, 1.0),
    ),
)
SUPINE = Posture(
    pelvis=(-0.37, 0.0, 0.064),
    hips=lean(-90),
    chest=lean(-89),
    head=((-0.05, 0.30, 1.0), (-1.0, 0.0, 0.05)),
    left_arm=((-0.10, 0.95, -0.35), (-0.15, 0.55, 0.55)),
    right_arm=((-0.10, 0.55, -0.80), (-0.1, 0.25, -0.9)),
    ankles=((0.10, 0.085, 0.036), (0.08, -0.07, 0.036)),
    toes=((0.35, 0.45, 0.85), (0.4, -0.35, 0.85)),
    knees=both(0.3, 0.35, 1.0),
)

SIDEWAYS = (
    STANDING,
    Posture(
        pelvis=(-0.01, 0.12, 0.49),
        hips=lean(4, 16),
        chest=lean(6, 26),
        head=lean(4, 12),
        left_arm=((0.1, 0.75, -0.6), (0.2, 0.5, -0.6)),
        right_arm=((0.2, 0.7, -0.5), (0.5, 0.6, 0.2)),
        ankles=((0.0, 0.055, ANKLE_HEIGHT), (0.0, -0.045, 0.05)),
    ),
    Posture(
        pelvis=(-0.03, 0.27, 0.29),
        hips=lean(10, 46),
        chest=lean(14, 56),
        head=lean(8, 36),
        left_arm=((0.35, 0.8, -0.4), (0.4, 0.8, 0.0)),
        right_arm=((0.5, 0.5, -0.5), (0.9, 0.2, 0.1)),
        ankles=((0.0, 0.055, 0.037), (0.02, -0.03, 0.06)),
        knees=both(1.0, 0.1, 0.1),
    ),
    Posture(
        pelvis=(-0.05, 0.36, 0.115),
        hips=lean(12, 82),
        chest=lean(14, 78),
        head=lean(8, 66),
        left_arm=((0.75, 0.2, -0.2), (0.6, -0.1, 0.8)),
        right_arm=((0.7, 0.15, -0.6), (0.8, -0.3, -0.3)),
        ankles=((0.02, -0.03, 0.035), (0.10, -0.02, 0.09)),
        toes=((0.8, -0.6, 0.0), (0.8, -0.6, 0.0)),
        knees=both(1.0, 0.0, 0.05),
    ),
)
ON_SIDE = Posture(
    pelvis=(-0.06, 0.36, 0.106),
    hips=lean(4, 87),
    chest=lean(2, 77),
    head=lean(4, 84),
    left_arm=((0.85, 0.1, 0.15), (0.35, 0.0, 0.9)),
    right_arm=((0.65, 0.05, -0.75), (0.75, -0.55, -0.2)),
    ankles=((0.02, -0.05, 0.033), (0.11, -0.02, 0.085)),
    toes=((0.8, -0.6, 0.0), (0.8, -0.6, 0.0)),
    knees=both(1.0, 0.0, 0.0),
)
