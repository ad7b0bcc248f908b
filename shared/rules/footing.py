"""What carries a body, by its hips and legs: the floor under the hips, or knees and feet."""

import math

from shared.rules.moment import Features

# Hips of who sits on the floor are half a pelvis over it, 0.1 m over the ankles; in the deepest squat they
# stay over the heels, 0.17 m over the ankles. What tells the two for certain are the legs: who squats has
# knees bent by more than 120 degrees under thighs that are level, who sits has the knees up, or legs ahead.
FLOOR_M, SEATED_M = 0.10, 0.22
KNEES_UP_DEG, LEGS_AHEAD_DEG = 115.0, 60.0
# On hands and knees the hips are a thigh (0.37 m) over the floor, on thighs that stand and bent knees: low by
# trunk and head, and yet not down. What is on the floor are the knees, which from above may look lower than
# the feet behind them; 0.25 m is a thigh that leans by 30 degrees, under a camera that looks down by 35.
PROPPED_M, PROPPED_KNEES_M, PROPPED_THIGH_DEG, PROPPED_KNEE_DEG = 0.28, 0.25, 45.0, 60.0
# Who squats has the knees bent by 110 degrees and more under thighs that are level, and the trunk up.
SQUAT_KNEE_DEG, SQUAT_RISE_M = 110.0, 0.2
# Knees that are folded further have the heels under the hips: only hips that are on the floor sit there then.
# Source: squatting bends them by 157 degrees (SD 6) in 30 people (Hemmerich et al., Journal of Orthopaedic
# Research 24, 2006, 770-781), crouching by 149 in 26 (Hyodo et al., Brazilian Journal of Physical Therapy 21,
# 2017, 159-166).
FOLDED_DEG = 135.0


def propped(body: Features) -> bool:
    """Whether the legs carry the body: it kneels, is on hands and knees, or squats.

    Not where the legs do not show.
    """
    stands = body.thigh_deg <= PROPPED_THIGH_DEG and body.knee_deg >= PROPPED_KNEE_DEG
    squats = body.thigh_deg < KNEES_UP_DEG and body.knee_deg >= SQUAT_KNEE_DEG and body.rise_m >= SQUAT_RISE_M
    high = body.hip_m >= PROPPED_M or body.hip_m - body.knees_m >= PROPPED_KNEES_M
    return (stands and high) or (squats and body.hip_m > FLOOR_M)


def grounded(body: Features, feet_y_px: float | None, folded_deg: float = FOLDED_DEG) -> bool:
    """Whether the hips are on the floor, whatever the trunk does.

    They have to be near the height `feet_y_px`, where the feet stood before: feet that now point away from
    the camera look higher than they are, and so seats look lower. Knees that are folded further than
    `folded_deg` squat: enough for a suspicion, but not for what confirms it.
    """
    if feet_y_px is None:
        return False
    over_m = (feet_y_px - body.hip_y_px) / body.scale_px_m
    if over_m > SEATED_M:
        return False
    if math.isnan(body.knee_deg):  # where the feet are now, or how the legs are bent, does not show
        return False
    knees_up = body.thigh_deg >= KNEES_UP_DEG and body.knee_deg <= folded_deg
    seated = knees_up or body.knee_deg <= LEGS_AHEAD_DEG
    return body.hip_m <= (SEATED_M if seated else FLOOR_M)
