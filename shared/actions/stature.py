"""How high a body is in the picture, against how high it would be if it stood there."""

import math

import msgspec

from shared.actions.features import AXIS, Landmarks
from shared.actions.geometry import largest
from shared.actions.view import View, standing_px, stands_straight
from shared.rules.moment import Features

# Nose over the lower ankle of who stands, in the metres of the model.
# Source: median of BlazePose's world landmarks on standing people in the developer clips.
STANDING_M = 1.4
# The smallest who walk, of two years, stand 0.5 of an adult. Poses of people in the developer clips, lying
# ones too, have 0.61 to 2.0 of the usual scale; those that sit on furniture 0.23 to 0.35.
# Source: WHO Child Growth Standards, length/height-for-age (86 to 88 cm at 24 months, median).
LEAST_SCALE_SHARE = 0.45
_MOST_BODIES = 50
_LEAST, _GREATEST = 0.6, 1.4  # of a person's height against the average of those that a camera saw


class Stature(msgspec.Struct, frozen=True, array_like=True):
    """How many times the camera's usual standing height this person has, learnt from `bodies` moments."""

    factor: float = 1.0
    bodies: int = 0


def grown(stature: Stature, body: Features, view: View, height_px: int) -> Stature:
    """The stature after one more picture of who is on the feet; unchanged if bent or not in full view."""
    usual_px = standing_px(view, body.hip_y_px + body.hip_m * body.scale_px_m, height_px)
    if math.isnan(usual_px) or not stands_straight(body):
        return stature
    factor = max(_LEAST, min(_GREATEST, body.head_m * body.scale_px_m / usual_px))
    gain = 1 / (stature.bodies + 2)
    bodies = min(stature.bodies + 1, _MOST_BODIES)
    return Stature(stature.factor + gain * (factor - stature.factor), bodies)


def scale_share(row_px: float, scale_px_m: float, view: View, height_px: int) -> float:
    """How large a body is for its place: its scale against that of who stands with the feet at row `row_px`.

    NaN where that is not known. Who is higher than the floor, or has hidden feet, seems larger.
    """
    return _standing_px(scale_px_m, view) / standing_px(view, row_px, height_px)


def _standing_px(scale_px_m: float, view: View) -> float:
    return STANDING_M * scale_px_m * math.cos(math.radians(view.sure_tilt_deg))


def expected_px(row_px: float, scale_px_m: float, view: View, stature: Stature, height_px: int) -> float:
    """Nose over ankles of this person, standing with the feet at row `row_px`.

    Where nobody has stood near that row yet, by the scale of the pose.
    """
    usual_px = standing_px(view, row_px, height_px)
    if math.isnan(usual_px):
        return _standing_px(scale_px_m, view)
    return usual_px * stature.factor


def shares(body: Features, seen: Landmarks, view: View, stature: Stature, height_px: int) -> dict[str, float]:
    """Heights as shares of the standing height, by the names of the features; none without feet."""
    if math.isnan(body.hip_m):
        return {}
    rows = [y for y in seen.picture[AXIS, 1].tolist() if not math.isnan(y)]
    bottom, top = largest(rows), min(rows)
    standing = expected_px(bottom, body.scale_px_m, view, stature, height_px)
    return {
        "hip_share": body.hip_m * body.scale_px_m / standing,
        "head_share": body.head_m * body.scale_px_m / standing,
        "height_share": (bottom - top) / standing,
    }
