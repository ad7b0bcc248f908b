"""What a fall looks like: the ways in which bodies come to the floor."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from shared.messages import Phase
from shared.rules.criterion import Criterion
from shared.rules.footing import grounded, propped
from shared.rules.lowness import LOW, TRUNK_UP_M, UPRIGHT
from shared.rules.moment import Descent, Features, Moment, Sight

# From a chair the hips fall 0.3 m (seat 0.45 m, half a pelvis 0.15 m), from standing 0.6 m and more; a camera
# that looks down by 35 degrees shows 0.82 of that. Lying down on a bed from sitting moves them by less than
# 0.1 m.
DROP_M = 0.25
UNKNOWN_DROP_M = 0.33  # where no feet show how much there was to fall: more than sitting down fast
# Falling hips reach 1 m/s and more, lying down with control stays below 0.4 m/s; the picture shows at most
# that. Sitting down fast comes to 0.7 m/s, so that speed alone makes no fall.
# Source: the pelvis hits the ground at 2.14 m/s (SD 0.63) in 25 real falls of older people (Choi, Wakeling
# and Robinovitch, Journal of Biomechanics 48, 2015, 911-920); `SPEED_SPAN_S` before that it is about half.
SPEED_M_S = 0.45
# Who sits down on the floor on purpose stays below 0.72 m/s; a fall that ends sitting is as fast as any.
SEAT_SPEED_M_S = 0.75
# Of their height over the feet the hips lose 0.85 when a body falls, and half of it where it falls away from
# a camera that looks down by 20 degrees. On a bed of 0.5 m they lose a quarter, on a seat of 0.45 m 0.4, but
# there the trunk stays up.
SUNK = 0.5
# On a seat the hips are 0.3 to 0.48 m over the ankles, and look 0.57 m high where a camera looks down by 20
# degrees at feet that are 0.35 m ahead; who tips over there, or lies down, keeps them up.
SEAT_M, SEAT_DROP_M, SEAT_SUNK = 0.57, 0.15, 0.5
LEAST_FROM_M = 0.15  # whose hips were lower than this was down before
# Hips that stand 0.75 m high, and come 0.8 m nearer while the body topples to a camera that looks down by 45
# degrees, go down by 1.1 m in the picture. Who comes down further walks to the camera, or is another body.
MOST_DROP_M = 1.1
# A descent behind a gap has to be plain: lying down and kneeling down are shorter.
GAP_DROP_M, GAP_SUNK = 0.35, 0.6
# Who slips off a seat and keeps the trunk up: hips at 0.45 m come to 0.1 m and lose 0.78 of that.
# Feet that slip ahead, to a camera that looks down, look lower as well, but by less than the hips.
OFF_SEAT_SUNK, OFF_SEAT_NEARER_M = 0.75, 0.1
# A slide is slow, so that all else has to be plain: on the floor, and clearly lying.
SLIDE_DROP_M, SLIDE_SUNK, SLIDE_LOW = 0.25, 0.6, 0.75
# Who rolls out of a bed falls by its height (0.45 to 0.6 m) within 0.4 s, trunk and hips alike.
PLAIN_DROP_M, PLAIN_SPEED_M_S = 0.3, 0.7
ROLL_LOW = 0.45
# A body in the picture that is less than half as large as people are there is no adult, but a pose on
# furniture.
LEAST_SIZE = 0.5
# Nor is one that has hardly a sure landmark or a silhouette of its own: clothes that hang have 0.1. Bodies of
# real falls have 0.5 and more where they come down, also in the dark and far away. `transition` asks for more
# before it tells that somebody lies: that one is missed costs less than a fall.
LEAST_TRUST = 0.2
# Who dives and is not seen any more: faster than any sitting down, and past half of the way; as fast as any
# fall where the trunk was well on its way down as well.
DIVE_M_S, DIVE_SUNK, DIVE_LOW = 0.6, 0.5, 0.45
# A box that is not half as high as who would stand there shows somebody low, whatever else it does not show.
LOW_BOX = 0.45
# Nor does a silhouette stand or sit that is clearly longer than broad and nearer to level than to upright:
# that of who stands is two to three times as long as broad, that of who sits 1.5 times, upright.
LEVEL_DEG, LONG = 35.0, 1.5


CRITERIA = (
    Criterion("drop_m", "drop_threshold_m", "how far the hips came down", "m", Phase.SUSPECTED, "drop_m"),
    Criterion(
        "speed_m_s",
        "speed_threshold_m_s",
        "how fast the hips came down",
        "m/s",
        Phase.SUSPECTED,
        "speed_m_s",
        "a gap hid it, so that more was asked of the rest",
    ),
    Criterion(
        "sunk",
        "sunk_threshold",
        "what share of their height the hips lost",
        "",
        Phase.SUSPECTED,
        "sunk",
        "the feet did not show it",
    ),
    Criterion(
        "low",
        "low_threshold",
        "how much the body looked like lying",
        "",
        Phase.SUSPECTED,
        "low",
        "the hips were on the floor, whatever the trunk does",
    ),
    Criterion(
        "low_s",
        "low_threshold_s",
        "how long it was low",
        "s",
        instead="it was not seen any more near the floor",
    ),
    Criterion("hidden_s", "hidden_threshold_s", "how long it was not seen after that", "s"),
)


class Way(StrEnum):
    """How a body came down."""

    FAST = "fast descent, then low"
    SLIDE = "slow slide to the floor"
    ROLL = "fall out of lying"
    DIVE = "fast descent, then lost near the floor"


@dataclass(frozen=True)
class Onset:
    """How a fall begins: the way of coming down, and the descent that took it."""

    way: Way
    descent: Descent


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """The least that a descent had to be, for its way, in hundredths: a checkpoint holds it in five bytes.

    Of the hips `drop_cm`, `sunk_pct` and `speed_cm_s` downwards, and `low_pct`, how much the body looks like
    lying; None where that does not count.
    """

    drop_cm: int = 0
    sunk_pct: int | None = None
    speed_cm_s: int | None = None
    low_pct: int | None = None

    @classmethod
    def of(
        cls, drop_m: float, sunk: float | None, speed_m_s: float | None = None, low: float | None = None
    ) -> "Asked":
        """From metres and shares."""
        rest = (None if each is None else round(100 * each) for each in (sunk, speed_m_s, low))
        return cls(round(100 * drop_m), *rest)

    def evidence(self) -> dict[str, float]:
        """The thresholds by the names that they have in an event."""
        named = {
            "drop_threshold_m": self.drop_cm,
            "speed_threshold_m_s": self.speed_cm_s,
            "sunk_threshold": self.sunk_pct,
            "low_threshold": self.low_pct,
        }
        return {name: value / 100 for name, value in named.items() if value is not None}


def asked(way: Way, descent: Descent, *, lies: bool = True) -> Asked:
    """What a descent must be to be this way of coming down.

    `lies`: the trunk is down as well; it counts for `FAST` only.
    """
    if way is Way.SLIDE:
        return Asked.of(SLIDE_DROP_M, SLIDE_SUNK, low=None if from_seat(descent) else SLIDE_LOW)
    if way is Way.ROLL:
        drop_m = GAP_DROP_M if descent.speed_m_s is None else PLAIN_DROP_M
        return Asked.of(drop_m, None, PLAIN_SPEED_M_S, LOW)
    if way is Way.DIVE:
        plain = descent.speed_m_s is not None and descent.speed_m_s >= DIVE_M_S
        return Asked.of(DROP_M, DIVE_SUNK, DIVE_M_S if plain else SPEED_M_S)
    drop_m, share = UNKNOWN_DROP_M if descent.from_m is None else DROP_M, SUNK
    if from_seat(descent):
        drop_m, share = SEAT_DROP_M, SEAT_SUNK
    speed_m_s = SPEED_M_S if lies else SEAT_SPEED_M_S
    if descent.speed_m_s is None:
        drop_m, share, speed_m_s = max(drop_m, GAP_DROP_M), max(share, GAP_SUNK), SPEED_M_S
    if descent.low_before >= UPRIGHT:
        drop_m, speed_m_s = max(drop_m, PLAIN_DROP_M), max(speed_m_s, PLAIN_SPEED_M_S)
    return Asked.of(drop_m, share, speed_m_s, LOW)


def _reaches(descent: Descent, least: Asked) -> bool:
    """Whether a descent is as long as asked, and as fast where that was seen."""
    far = descent.drop_m >= least.drop_cm / 100
    share = least.sunk_pct is None or sunk(descent) >= least.sunk_pct / 100
    speed_m_s, least_cm_s = descent.speed_m_s, least.speed_cm_s
    return far and share and (speed_m_s is None or least_cm_s is None or speed_m_s >= least_cm_s / 100)


def onset_of(moment: Moment, body: Features) -> Onset | None:
    """How a body has just come down; None where it has not."""
    if propped(body):
        return None
    fast, slide = moment.descent, moment.slide
    if fast is not None:
        on_floor = grounded(body, fast.feet_y_px, folded_deg=180.0)
        if is_fall(fast, moment.low, lies=is_lying(moment, body), on_floor=on_floor):
            return Onset(Way.FAST, fast)
    if slide is not None and is_roll(slide, moment.low):
        return Onset(Way.ROLL, slide)
    if slide is not None and is_slide(slide, moment.low, on_floor=_off_seat(slide, body)):
        return Onset(Way.SLIDE, slide)
    return None


def dive_of(moment: Moment) -> Onset | None:
    """The dive that a body is in; None where it is in none."""
    fast = moment.descent
    if fast is None or not is_dive(fast, moment.low):
        return None
    return Onset(Way.DIVE, fast)


def is_somebody(moment: Moment) -> bool:
    """Whether the pose is a person's, as far as its size and its landmarks tell."""
    return not (moment.size_share < LEAST_SIZE or moment.trust < LEAST_TRUST)


def is_lying(moment: Moment, body: Features) -> bool:
    """Whether the trunk is down as well."""
    return moment.low >= LOW and body.rise_m < TRUNK_UP_M


def is_fall(descent: Descent, low: float, *, lies: bool, on_floor: bool) -> bool:
    """Whether a descent from an upright body has just ended low, lying or on the floor."""
    if not (low >= LOW or on_floor) or descent.drop_m > MOST_DROP_M:
        return False
    if descent.from_m is not None and descent.from_m < LEAST_FROM_M:
        return False
    if descent.speed_m_s is None and not lies:  # a gap hid it, so all else has to be plain
        return False
    known = descent.newborn and descent.speed_m_s is not None  # of whom nobody saw before
    upright = descent.low_before < UPRIGHT or known
    return upright and _reaches(descent, asked(Way.FAST, descent, lies=lies))


def is_slide(descent: Descent, low: float, *, on_floor: bool) -> bool:
    """Whether a body has come from upright to lying on the floor, or from a seat to sitting there, however
    slowly.
    """
    if descent.from_m is None or descent.from_m < LEAST_FROM_M or descent.steady_low_before >= UPRIGHT:
        return False
    if descent.drop_m > MOST_DROP_M:
        return False
    down = low >= SLIDE_LOW or (on_floor and from_seat(descent))
    return down and _reaches(descent, asked(Way.SLIDE, descent))


def _off_seat(descent: Descent, body: Features) -> bool:
    """Whether who sat is on the floor: by the legs, or by hips that came down further than to any other seat,
    and nearer to the feet, so that nobody has just come nearer to the camera.
    """
    if grounded(body, descent.feet_y_px):
        return True
    if descent.from_m is None or sunk(descent) < OFF_SEAT_SUNK:
        return False
    return body.hip_m <= descent.from_m - OFF_SEAT_NEARER_M


def from_seat(descent: Descent) -> bool:
    """Whether the body sat at rest before it came down: who passes a seat's height on the way did not."""
    return descent.rested and descent.from_m is not None and descent.from_m <= SEAT_M


def is_roll(descent: Descent, low: float) -> bool:
    """Whether a body that lay at rest has dropped as a whole, and did not sit up before."""
    if not descent.rested or low < LOW or descent.low_before < LOW or descent.steady_low_since < UPRIGHT:
        return False
    least = asked(Way.ROLL, descent)
    return descent.trunk_drop_m >= least.drop_cm / 100 and _reaches(descent, least)


def is_dive(descent: Descent, low: float) -> bool:
    """Whether a body is on its way to the floor so fast that it will not stop before."""
    if descent.speed_m_s is None or descent.drop_m > MOST_DROP_M or descent.low_before >= UPRIGHT:
        return False
    plain = descent.speed_m_s >= DIVE_M_S or low >= DIVE_LOW
    return plain and _reaches(descent, asked(Way.DIVE, descent))


def is_lost_low(moment: Moment) -> bool:
    """Whether somebody without a body in the picture is low near the floor, by silhouette, box or track."""
    if moment.sight is Sight.LOST:
        return moment.lost_low
    if moment.shape is None:
        return False
    level = moment.shape.axis_deg <= LEVEL_DEG and moment.shape.elongation >= LONG
    return level or moment.shape.box_height_share <= LOW_BOX


def sunk(descent: Descent) -> float:
    """Which share of their height over the feet the hips have lost; 1 where that height is not known."""
    if descent.from_m is None or descent.from_m <= 0:
        return 1.0
    return descent.drop_m / descent.from_m
