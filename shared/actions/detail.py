"""Postures told more finely than sitting, standing and lying: settled, and with a confidence."""

import math

import msgspec

from shared.actions.geometry import largest
from shared.actions.posture import PostureState, crouches, settle
from shared.rules.lowness import TRUNK_UP_M
from shared.rules.moment import Features, Motion, Posture

# A posture that has been seen for so long, and nothing else, is settled.
_HOLD_S = {Posture.SITTING: 0.6, Posture.LYING: 0.6, Posture.CRAWLING: 0.6, Posture.KNEELING: 0.5}
_OTHERS_HOLD_S = 0.3
_UNKNOWN_S = 2.0  # without a readable picture for so long the posture is unknown again
_AGREEMENT_S = 1.0  # the confidence is a mean over about so long
_LEAST_HOLD = 0.3  # of the times above, for whatever replaces a posture that nothing agrees with
_DISAGREED = 0.2  # the agreement below which a posture is not known any more
# An upright trunk without visible legs is unknown, but speaks against these.
_TRUNK_DOWN = frozenset({Posture.LYING, Posture.CRAWLING, Posture.BENDING})
_ARMS_S = 0.3

# Walking changes feet at 50 (shuffling) to 150 steps in a minute. Older people walk with strides of 1.0 m and
# more, 0.85 of that in the model's metres; a third of it still is walking.
# Source: Hollman, McDade and Petersen, Gait & Posture 34, 2011 (70 and older: 103 to 116 steps in a minute,
# strides of 1.1 to 1.3 m).
WALKING_SPM = 50.0
WALKING_STRIDE_M = 0.3
WALKING_M_S = 0.25  # ... or moves across the picture, with hidden feet
# On hands and knees hips and shoulders are as high as thighs and arms are long, and knees are on the floor.
CRAWLING_HIP_M = (0.2, 0.6)
CRAWLING_HAND_M = 0.2  # the lower wrist under its shoulder
CRAWLING_BEND_DEG = 50.0
# Who kneels has shanks on the floor under thighs that hang down; on a chair the knees are 0.38 m up.
# Seen from above, their ankles are further up in the picture than the knees; more than that is a misread leg.
KNEELING_KNEES_M = 0.17
_ANKLES_UP_M = -0.25
KNEELING_HIP_M = 0.55
KNEELING_BEND_DEG = 60.0
KNEELING_THIGH_DEG = 50.0
SURE_TRUST = 0.6  # bodies in full view are seen that well and better in nine of ten pictures
UP_M, DOWN_M = 0.05, -0.05  # a wrist that far over its shoulder is raised, and below it no more


class DetailState(msgspec.Struct, frozen=True, array_like=True):
    """The settled posture of a track, and how well what was seen of late agrees with it.

    Attributes:
        settled: it, and its rival.
        agreement: mean over about a second, 0 to 1.
        seen_us: the last readable picture.
        arms_up: wrists over their shoulders, settled.
        arms_us: since when another number is seen; None if it is not.
    """

    settled: PostureState = PostureState()
    agreement: float = 0.0
    seen_us: int = 0
    arms_up: int = 0
    arms_us: int | None = None


def refine(base: Posture, body: Features, motion: Motion) -> Posture:
    """The posture of one picture whose `base` is known."""
    if base is Posture.UNKNOWN:
        return base
    if base is not Posture.LYING and body.rise_m >= TRUNK_UP_M:
        return _upright(base, body, motion)
    if _on_all_fours(body):
        return Posture.CRAWLING
    return base


def arms_up(body: Features, before: int) -> int:
    """How many wrists are over their shoulders, of who is upright; a raised one stays so until it is clearly
    below.
    """
    if body.rise_m < TRUNK_UP_M:
        return 0
    limit = DOWN_M if before else UP_M
    return sum(wrist_m >= limit for wrist_m in (body.wrist_left_m, body.wrist_right_m))


def follow(state: DetailState, seen: Posture, arms: int, pts_us: int) -> DetailState:
    """One more picture that shows `seen` and `arms` raised."""
    # A posture that few pictures agree with gives way sooner, and in the end is none.
    sure = max(_LEAST_HOLD, min(1.0, 2 * state.agreement))
    settled = settle(state.settled, seen, pts_us, sure * _HOLD_S.get(seen, _OTHERS_HOLD_S))
    agreement, seen_us = state.agreement, state.seen_us
    if seen is not Posture.UNKNOWN or settled.posture in _TRUNK_DOWN:
        share = 1 - math.exp(-max(0, pts_us - seen_us) / 1e6 / _AGREEMENT_S) if seen_us else 1.0
        same = settled.posture is seen
        changed = settled.posture is not state.settled.posture
        agreement = 0.5 if changed else agreement + share * (same - agreement)
        seen_us = pts_us
        if agreement < _DISAGREED:
            settled = _nothing(settled, pts_us)
    elif pts_us - seen_us > _UNKNOWN_S * 1e6:
        settled, agreement = _nothing(settled, pts_us), 0.0
    raised, since_us = _arms(state, arms, pts_us)
    return DetailState(settled, agreement, seen_us, raised, since_us)


def confidence(state: DetailState, trust: float | None) -> float:
    """Of the settled posture, 0 to 1: how well what was seen of late agrees, less of a doubtful pose."""
    return state.agreement if trust is None else state.agreement * min(1.0, trust / SURE_TRUST)


def rest(state: DetailState, pts_us: int) -> DetailState:
    """A moment that shows no posture; after a while nothing is known any more."""
    if pts_us - state.seen_us <= _UNKNOWN_S * 1e6:
        return state
    return DetailState(_nothing(state.settled, pts_us), seen_us=state.seen_us)


def _nothing(settled: PostureState, pts_us: int) -> PostureState:
    same = settled.posture is Posture.UNKNOWN
    return settled if same else PostureState(Posture.UNKNOWN, pts_us)


def _arms(state: DetailState, arms: int, pts_us: int) -> tuple[int, int | None]:
    if arms == state.arms_up:
        return arms, None
    since_us = pts_us if state.arms_us is None else state.arms_us
    if pts_us - since_us >= _ARMS_S * 1e6:
        return arms, None
    return state.arms_up, since_us


def _on_all_fours(body: Features) -> bool:
    """Also where the arms cannot be seen, as from behind."""
    least, most = CRAWLING_HIP_M
    hands_down_m = largest((-body.wrist_left_m, -body.wrist_right_m))
    return (
        body.rise_m < TRUNK_UP_M
        and least <= body.hip_m <= most
        and not hands_down_m < CRAWLING_HAND_M
        and body.knee_deg >= CRAWLING_BEND_DEG
        and body.knees_m <= KNEELING_KNEES_M
        and body.thigh_deg <= KNEELING_THIGH_DEG
    )


def _upright(base: Posture, body: Features, motion: Motion) -> Posture:
    if _kneels(body):
        return Posture.KNEELING
    if crouches(body):
        return Posture.SQUATTING
    return Posture.WALKING if base is Posture.STANDING and _walks(motion) else base


def _kneels(body: Features) -> bool:
    return (
        body.knee_deg >= KNEELING_BEND_DEG
        and body.hip_m <= KNEELING_HIP_M
        and _ANKLES_UP_M <= body.knees_m <= KNEELING_KNEES_M
        and body.thigh_deg <= KNEELING_THIGH_DEG
    )


def _walks(motion: Motion) -> bool:
    steps = motion.cadence_spm >= WALKING_SPM and motion.stride_m >= WALKING_STRIDE_M
    return steps or motion.across_m_s >= WALKING_M_S
