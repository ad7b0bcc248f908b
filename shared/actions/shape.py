"""What box, silhouette and limbs show of a person: also of somebody whose pose is weak or missing."""

import math
from collections.abc import Mapping

import numpy as np

from shared.actions.geometry import mean
from shared.messages import Box, Mask, Person
from shared.rules.moment import Shape
from shared.vision.masks import Bits, unpack
from shared.vision.skeletons import LIMBS, find, limb_shapes

_EDGE_SHARE = 0.01  # of the picture's size: boxes end that near to an edge that cuts the person off
# A standing body's box in nose over ankles: the skull and the feet come on top of it.
# Source: median of standing people in the developer clips.
_WHOLE = 1.1
# Trunk and thighs tell where a body is; what covers them tells whether somebody is there.
_CORE = ("torso", "left_thigh", "right_thigh")


def shape(person: Person, size_px: tuple[int, int], standing_px: float, *, weak: bool) -> Shape:
    """The shape of a person; the silhouette is looked at only where the pose is `weak`, for its cost.

    Args:
        person: with a box, and perhaps a mask.
        size_px: width and height of the picture; where it is 0 no edge is known.
        standing_px: nose over ankles of the person if it stood at the lower edge of the box; NaN if unknown.
        weak: whether there is no usable pose.
    """
    x0, y0, x1, y1 = person.box
    width, height = size_px
    margin_x, margin_y = _EDGE_SHARE * width, _EDGE_SHARE * height
    known = width > 0 and height > 0
    axis_deg, elongation, filled = math.nan, math.nan, math.nan
    if weak and person.mask is not None:
        axis_deg, elongation, filled = _silhouette(person.mask)
    return Shape(
        box_aspect=(x1 - x0) / (y1 - y0) if y1 > y0 else math.nan,
        box_height_share=(y1 - y0) / (_WHOLE * standing_px),
        box_size_share=math.hypot(x1 - x0, y1 - y0) / (_WHOLE * standing_px),
        axis_deg=axis_deg,
        elongation=elongation,
        filled=filled,
        cut_top=known and y0 <= margin_y,
        cut_bottom=known and y1 >= height - margin_y,
        cut_side=known and (x0 <= margin_x or x1 >= width - margin_x),
    )


def limb_sight(person: Person) -> dict[str, float]:
    """How well each limb is seen, 0 to 1: the visibility of its landmarks times the limb's attention.

    Without a pose the attention alone, without a segmentation the visibility alone; nothing without both.
    """
    visible = _visibilities(person)
    if not person.limbs:
        return visible
    attention = {name: limb.attention for name, limb in person.limbs.items() if name in LIMBS}
    if not visible:
        return attention
    return {name: value * attention.get(name, 1.0) for name, value in visible.items()}


def trust(limbs: Mapping[str, float], presence: float) -> float:
    """How surely the pose is this body's, 0 to 1: how well trunk and thighs are seen, times their presence.

    A pose that sits on furniture or on somebody else has no silhouette of its own under it, or no presence.
    NaN where nothing is known of them.
    """
    seen = mean(limbs.get(name, math.nan) for name in _CORE)
    return seen if math.isnan(presence) else seen * presence


def _visibilities(person: Person) -> dict[str, float]:
    if person.keypoints is None or person.skeleton is None:
        return {}
    places = limb_shapes(find(person.skeleton))
    visible = person.keypoints.numpy()[:, 3]
    means = visible[places.points].mean(axis=1).tolist()
    return {name: max(0.0, min(1.0, value)) for name, value in zip(places.names, means, strict=True)}


def _silhouette(mask: Mask) -> tuple[float, float, float]:
    """Axis (degrees), elongation and how much of its box it fills; NaN of an empty one."""
    bits = unpack(mask)
    count = int(bits.sum())
    if count == 0:
        return math.nan, math.nan, math.nan
    axis_deg, elongation = _spread(bits, mask.box)
    return axis_deg, elongation, count / bits.size


def _spread(bits: Bits, box: Box) -> tuple[float, float]:
    """Direction of the longest extent against the horizontal, 0 to 90, and how many times it is the
    shortest.

    Source: Hu, "Visual pattern recognition by moment invariants", IRE Trans. Inf. Theory 8, 1962.
    """
    rows, columns = np.nonzero(bits)
    x = columns * ((box[2] - box[0]) / bits.shape[1])
    y = rows * ((box[3] - box[1]) / bits.shape[0])
    x, y = x - x.mean(), y - y.mean()
    across, down, slant = float(x @ x), float(y @ y), float(x @ y)
    half = math.hypot((across - down) / 2, slant)
    most, least = (across + down) / 2 + half, (across + down) / 2 - half
    axis_deg = abs(math.degrees(math.atan2(2 * slant, across - down)) / 2)
    return axis_deg, math.sqrt(most / least) if least > 0 else math.nan
