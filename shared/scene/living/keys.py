"""Key postures of daily life and of falls that start elsewhere than upright; stature 1, facing x, y left.

Postures near furniture are in the frame of somebody who sits on it: the feet at the origin, seat or mattress
behind them.
"""

from dataclasses import replace

from shared.scene.posture import SIT_BACK, Posture, Vector, both, hang, lean

_TUCKED = both(-0.8, 0.1, -0.6)  # toes of who kneels
_PROPPED: tuple[Vector, Vector] = ((1.0, 0.12, 0.05), (1.0, 0.05, 0.0))  # arms under a level chest
_RESTING: tuple[Vector, Vector] = ((0.5, 0.4, -0.8), (0.6, 0.1, -0.5))


def moved(posture: Posture, forward: float, left: float = 0.0) -> Posture:
    """The same posture elsewhere on the floor, in statures."""
    x, y, z = posture.pelvis
    first, second = ((ax + forward, ay + left, az) for ax, ay, az in posture.ankles)
    return replace(posture, pelvis=(x + forward, y + left, z), ankles=(first, second))


KNEELING = Posture(
    pelvis=(-0.02, 0.0, 0.285), toes=_TUCKED, ankles=both(-0.25, 0.06, 0.04), knees=both(1.0, 0.1, -0.3)
)
HALF_KNEELING = Posture(
    pelvis=(-0.13, 0.0, 0.30),
    hips=lean(12),
    chest=lean(24),
    left_arm=hang(30, 40),
    right_arm=hang(30, 40),
    ankles=((0.07, 0.06, 0.039), (-0.36, -0.06, 0.045)),
    toes=((1.0, 0.1, 0.0), (-0.8, -0.1, -0.6)),
    knees=((1.0, 0.1, 0.4), (1.0, -0.1, -0.3)),
)
TYING_SHOES = replace(
    HALF_KNEELING, hips=lean(40), chest=lean(72), head=lean(55), left_arm=hang(70, 15), right_arm=hang(65, 20)
)
STOOPING = Posture(  # bent deep with straight legs, hands on the floor
    pelvis=(-0.12, 0.0, 0.50),
    hips=lean(68),
    chest=lean(112),
    head=lean(105),
    left_arm=hang(105, 5),
    right_arm=hang(100, 10),
)
STOOPING_LOW = Posture(  # with bent knees
    pelvis=(-0.16, 0.0, 0.37),
    hips=lean(58),
    chest=lean(100),
    head=lean(95),
    left_arm=hang(95, 8),
    right_arm=hang(90, 12),
    knees=both(1.0, 0.2, 0.2),
)
DEEP_SQUATTING = Posture(  # on the heels
    pelvis=(-0.12, 0.0, 0.165),
    hips=lean(26),
    chest=lean(40),
    head=lean(8),
    left_arm=((0.95, 0.15, -0.35), (0.95, 0.0, 0.05)),
    right_arm=((0.95, 0.15, -0.35), (0.95, 0.0, 0.05)),
    toes=both(1.0, 0.35, -0.1),
    knees=both(1.0, 0.45, 0.3),
)
ALL_FOURS = Posture(
    pelvis=(-0.05, 0.0, 0.275),
    hips=lean(78),
    chest=lean(84),
    head=lean(50),
    left_arm=_PROPPED,
    right_arm=_PROPPED,
    toes=_TUCKED,
    ankles=both(-0.28, 0.08, 0.04),
    knees=both(0.4, 0.1, -1.0),
)
SITTING_ON_FLOOR = Posture(
    pelvis=(-0.33, 0.0, 0.072),
    hips=lean(-14),
    chest=lean(2),
    head=lean(6),
    left_arm=_RESTING,
    right_arm=_RESTING,
    ankles=both(0.08, 0.09, 0.045),
    toes=both(0.5, 0.2, 0.85),
    knees=both(0.5, 0.2, 1.0),
)
PROPPED_ON_FLOOR = replace(  # sitting down to the floor, a hand behind
    SITTING_ON_FLOOR,
    pelvis=(-0.30, 0.0, 0.13),
    hips=lean(-22),
    chest=lean(-10),
    right_arm=((-0.6, 0.35, -0.75), (-0.2, 0.1, -1.0)),
    ankles=both(0.03, 0.08, 0.039),
)
SUPINE_STRAIGHT = Posture(
    pelvis=(-0.33, 0.0, 0.064),
    hips=lean(-90),
    chest=lean(-90),
    head=((0.0, 0.0, 1.0), (-1.0, 0.0, 0.0)),
    left_arm=((-0.1, 0.4, -0.9), (0.05, 0.1, -1.0)),
    right_arm=((-0.1, 0.4, -0.9), (0.05, 0.1, -1.0)),
    ankles=both(0.155, 0.07, 0.036),
    toes=both(0.2, 0.4, 0.9),
    knees=both(0.1, 0.3, 1.0),
)
PRONE_STRAIGHT = Posture(
    pelvis=(0.40, 0.0, 0.065),
    hips=lean(90),
    chest=lean(89),
    head=((0.0, 0.9, -0.4), (1.0, 0.0, 0.05)),
    left_arm=((0.10, 0.8, -0.5), (0.1, 0.8, -0.5)),
    right_arm=((0.10, 0.6, 0.75), (0.1, 0.2, 1.0)),
    ankles=both(-0.085, 0.07, 0.038),
    toes=both(-0.9, 0.3, -0.3),
    knees=both(0.1, 0.3, -1.0),
)
SLIDING_HIGH = Posture(pelvis=(-0.09, 0.0, 0.44), hips=lean(-8), chest=lean(-2), head=lean(14))
SLIDING_LOW = Posture(pelvis=(-0.20, 0.0, 0.21), hips=lean(-14), chest=lean(-4), head=lean(22))
SLID_DOWN = Posture(  # against a wall, the chin on the chest
    pelvis=(-0.24, 0.0, 0.072),
    hips=lean(-20),
    chest=lean(-4),
    head=lean(34),
    left_arm=_RESTING,
    right_arm=_RESTING,
    ankles=both(0.10, 0.09, 0.045),
    toes=both(0.6, 0.2, 0.8),
    knees=both(0.5, 0.25, 1.0),
)
HEAP = Posture(  # the knees have given way
    pelvis=(-0.10, 0.04, 0.20),
    hips=lean(24, 16),
    chest=lean(48, 20),
    head=lean(60, 20),
    left_arm=hang(30, 30),
    right_arm=hang(30, 30),
    ankles=both(-0.06, 0.07, 0.05),
    knees=both(1.0, 0.3, 0.1),
)
BUCKLING = Posture(
    pelvis=(-0.04, 0.02, 0.41),
    hips=lean(10, 6),
    chest=lean(24, 8),
    head=lean(38, 10),
    left_arm=hang(15, 12),
    right_arm=hang(15, 12),
)
CURLED = Posture(  # lies on the left side, knees drawn up
    pelvis=(-0.12, 0.16, 0.105),
    hips=lean(20, 86),
    chest=lean(34, 80),
    head=lean(50, 80),
    left_arm=((0.85, 0.1, 0.1), (0.4, 0.0, 0.9)),
    right_arm=((0.8, 0.1, -0.5), (0.6, -0.4, 0.5)),
    ankles=((-0.02, -0.06, 0.035), (0.02, -0.04, 0.09)),
    toes=((0.8, -0.6, 0.0), (0.8, -0.6, 0.0)),
    knees=both(1.0, 0.1, 0.0),
)
LUNGE = Posture(
    pelvis=(0.16, 0.0, 0.42),
    hips=lean(22),
    chest=lean(40),
    head=lean(20),
    left_arm=((0.7, 0.5, -0.4), (0.8, 0.3, 0.1)),
    right_arm=((0.6, 0.6, -0.3), (0.8, 0.3, 0.2)),
    ankles=((0.34, 0.055, 0.045), (-0.10, -0.055, 0.075)),
    toes=((1.0, 0.1, 0.0), (1.0, -0.1, -0.4)),
)
CROUCH_TO_JUMP = Posture(
    pelvis=(-0.06, 0.0, 0.42),
    hips=lean(18),
    chest=lean(30),
    left_arm=((-0.6, 0.2, -0.8), (-0.4, 0.1, -0.9)),
    right_arm=((-0.6, 0.2, -0.8), (-0.4, 0.1, -0.9)),
)
IN_THE_AIR = Posture(
    pelvis=(0.0, 0.0, 0.69),
    left_arm=((0.9, 0.3, -0.1), (0.9, 0.0, 0.5)),
    right_arm=((0.9, 0.3, -0.1), (0.9, 0.0, 0.5)),
    ankles=both(-0.02, 0.06, 0.185),
    toes=both(0.8, 0.1, -0.6),
)


def tipping_sideways(seat: float, roll_deg: float) -> Posture:
    """On a seat and leaning to the left, past what the arms can hold."""
    high = seat + 0.068
    share = roll_deg / 90
    return Posture(
        pelvis=(-SIT_BACK, 0.24 * share, high + (0.16 - high) * share**2),
        hips=lean(0, roll_deg * 0.7),
        chest=lean(8, roll_deg),
        head=lean(6, roll_deg * 0.8),
        left_arm=((0.4, 0.7, -0.4), (0.6, 0.5, 0.1)),
        right_arm=((0.5, 0.4, -0.5), (0.7, 0.1, -0.1)),
        knees=both(1.0, 0.1, 0.6),
    )


def tipping_forward(seat: float) -> Posture:
    """Off the front of a seat, hands ahead."""
    return Posture(
        pelvis=(-0.17, 0.0, seat * 0.9 + 0.06),
        hips=lean(40),
        chest=lean(62),
        head=lean(40),
        left_arm=((0.75, 0.25, -0.55), (0.9, 0.0, 0.1)),
        right_arm=((0.75, 0.25, -0.55), (0.9, 0.0, 0.1)),
        knees=both(1.0, 0.1, 0.1),
    )


def slipping_off(seat: float) -> Posture:
    """Off the edge of a seat onto the bottom, the back along it."""
    return Posture(
        pelvis=(-0.13, 0.0, seat * 0.45 + 0.07),
        hips=lean(-32),
        chest=lean(-16),
        head=lean(8),
        left_arm=((-0.4, 0.5, -0.4), (0.2, 0.3, -0.6)),
        right_arm=((-0.4, 0.5, -0.4), (0.2, 0.3, -0.6)),
        ankles=both(0.10, 0.07, 0.039),
        knees=both(1.0, 0.1, 0.7),
    )


def sat_by_seat() -> Posture:
    """On the floor with the back against the seat one slipped off."""
    return moved(replace(SITTING_ON_FLOOR, hips=lean(-24), chest=lean(-10), head=lean(16)), 0.22)


def bent_over(seat: float) -> Posture:
    """On a seat, reaching for the floor or the shoes."""
    return Posture(
        pelvis=(-SIT_BACK, 0.0, seat + 0.068),
        hips=lean(34),
        chest=lean(86),
        head=lean(76),
        left_arm=hang(78, 10),
        right_arm=hang(80, 14),
        knees=both(1.0, 0.12, 0.9),
    )


def rolling_over_edge(surface: float) -> Posture:
    """On the edge of a bed, turned to the floor; the head to the right."""
    return Posture(
        pelvis=(-0.07, 0.02, surface + 0.08),
        hips=((1.0, 0.0, 0.1), (0.0, -1.0, 0.0)),
        chest=((1.0, 0.0, -0.2), (0.05, -1.0, -0.05)),
        head=((1.0, 0.0, -0.2), (0.05, -1.0, -0.05)),
        left_arm=((0.9, 0.2, -0.2), (0.6, 0.1, 0.4)),
        right_arm=((0.8, 0.2, -0.5), (0.9, 0.0, 0.2)),
        ankles=((-0.10, 0.49, surface + 0.05), (-0.02, 0.47, surface + 0.03)),
        toes=both(0.7, 0.5, 0.3),
        knees=both(1.0, 0.1, 0.2),
    )


BESIDE_BED = Posture(  # rolled out: on the belly, the head to the right
    pelvis=(0.17, 0.0, 0.085),
    hips=((0.25, 0.0, -1.0), (0.0, -1.0, 0.0)),
    chest=((0.15, 0.0, -1.0), (0.05, -1.0, 0.03)),
    head=((0.9, 0.0, -0.4), (0.05, -1.0, 0.0)),
    left_arm=((0.2, 0.9, 0.3), (0.1, 0.4, 0.9)),
    right_arm=((0.2, 0.9, -0.2), (0.1, 0.7, 0.7)),
    ankles=((0.20, 0.48, 0.038), (0.12, 0.47, 0.045)),
    toes=((0.4, 0.8, -0.4), (-0.3, 0.9, -0.4)),
    knees=((0.6, 0.2, -1.0), (0.6, 0.2, -1.0)),
)
