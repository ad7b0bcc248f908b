"""When tracks are confirmed, when they end, and whether somebody was low near the floor."""

import numpy as np
from numpy.typing import NDArray

from shared.tracking.observations import State
from shared.tracking.policy import Policy
from shared.tracking.scalars import HALF, integer, single
from shared.tracking.tracks import BORN, FLOOR, HITS, LAST, MISSES, SEEN, STATE, TALL, Tracks

# Low is who takes up no more of the picture's height than this share of the height when he stood ...
_LOW_HEIGHT = 0.6
# ... or is that much wider than high, ...
LYING = 1.1
# ... while the lower edge has not risen by more than this share of that height: who walks away from the
# camera, or behind furniture, gets smaller as well.
_RISEN = 0.25
# So close to the picture's lower edge (share of its height) a person is cut off by it.
_EDGE = 0.02
# What is kept of a track's height with each entry of its history: half of it after forty seconds.
_KEPT_HEIGHT = single(1 - 0.004)
EVER_US = 1 << 62
_TENTATIVE = integer(State.TENTATIVE)


def confirm(tracks: Tracks, pts_us: int, policy: Policy) -> bool:
    """Confirm tracks that have just been seen and are old enough; whether all are confirmed now."""
    numbers = tracks.numbers
    tentative = numbers[STATE] == _TENTATIVE
    young = np.count_nonzero(tentative)
    if not young:
        return True
    now_us = integer(pts_us)
    ripe = numbers[SEEN] == now_us
    ripe &= tentative
    numbers[HITS] += ripe
    ripe &= numbers[HITS] >= policy.levels.confirm_hits
    ripe &= now_us - numbers[BORN] >= policy.levels.confirm_us
    numbers[STATE, ripe] = State.CONFIRMED
    return bool(np.count_nonzero(ripe) == young)


def expired(
    tracks: Tracks, pts_us: int, elapsed_us: int, picture_px: tuple[int, int] | None, policy: Policy
) -> NDArray[np.bool_]:
    """(T,) which tracks have been unseen for too long at `pts_us`, `elapsed_us` after the last picture.

    A tentative track that the last picture showed stays, however slow the camera is.
    """
    numbers, confirmed = tracks.numbers, tracks.confirmed()
    lost_us, tentative_us = round(policy.lost_s * 1e6), round(policy.tentative_s * 1e6)
    limits = np.where(confirmed, lost_us, max(tentative_us, min(elapsed_us, lost_us)))
    unseen = pts_us - numbers[SEEN]
    over: NDArray[np.bool_] = unseen > limits
    if policy.lost_low_s > policy.lost_s and np.count_nonzero(over):
        spared = over & confirmed & (unseen <= round(policy.lost_low_s * 1e6))
        over &= ~(spared & is_low(tracks, picture_px))
    if policy.lost_misses is not None:
        over |= numbers[MISSES] >= policy.lost_misses
    return over


def calm_until(tracks: Tracks, policy: Policy) -> int:
    """The media time in us until which none of the tracks can end, whatever is seen until then."""
    if policy.lost_misses is not None:  # then pictures count, and not time
        return -EVER_US
    if not len(tracks):
        return EVER_US
    limits = np.where(tracks.confirmed(), round(policy.lost_s * 1e6), patience_us(policy))
    limits += tracks.numbers[SEEN]
    return int(limits.min())


def patience_us(policy: Policy) -> int:
    """How long a track is unseen at least before it ends."""
    return round(min(policy.tentative_s, policy.lost_s) * 1e6)


def observe_height(tracks: Tracks, seen: NDArray[np.bool_]) -> None:
    """Note where the tracks that are `seen` (T,) stand tallest; a little of what was known fades."""
    _, centre, _, height = tracks.looks[LAST]
    tall = tracks.looks[TALL] * _KEPT_HEIGHT
    taller = height >= tall
    taller &= seen
    np.maximum(height, tall, out=tall)
    np.copyto(tracks.looks[TALL], tall, where=seen)
    np.copyto(tracks.looks[FLOOR], centre + height * HALF, where=taller)


def is_low(tracks: Tracks, picture_px: tuple[int, int] | None) -> NDArray[np.bool_]:
    """(T,) whose last observation was low near the floor: lying, or much smaller than before with the lower
    edge where it was. Who is cut off by the picture's lower edge counts only when lying.
    """
    _, centre, width, height = tracks.looks[LAST]
    tall, foot = tracks.looks[TALL], centre + height / 2
    lying = width >= LYING * height
    small = height <= _LOW_HEIGHT * tall
    if picture_px is not None:
        small &= foot < (1 - _EDGE) * picture_px[1]
    low: NDArray[np.bool_] = (lying | small) & (foot >= tracks.looks[FLOOR] - _RISEN * tall)
    return low
