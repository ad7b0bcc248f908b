"""What the people who stand tell about a camera: its tilt, its roll, and how high people are where.

All of it is robust means that move slowly, so that one misread body, or one child, changes little; it is kept
in the camera's checkpoint.
"""

import math

import msgspec

from shared.actions.features import Landmarks
from shared.actions.geometry import Point, largest, middle, minus
from shared.actions.vertical import Vertical
from shared.rules.moment import Features
from shared.vision.skeletons.coco import COCO17
from shared.vision.skeletons.skeleton import both_sides

BANDS = 12  # of the picture's rows, each with its own height
EVERY_US = 200_000  # one body a camera is learnt from that often, at any frame rate
_LEAST_GAIN = 0.005  # of one body: 200 of them, two thirds of a minute of standing, are the memory
SURE_BODIES = 10  # two seconds of standing: from here on it is known who cannot be a person
_DOUBT = 4  # bodies that count as much as the assumption of a level camera
_OUTLIER_DEG, _OUTLIER_LOG = 8.0, 0.15  # one body moves a mean as if it were off by no more
_BENT_DEG = 28.0  # who stands has knees and hips that are bent by less, in space and at any tilt
_UPRIGHT_DEG = 25.0  # and leans to a side by less
_STEEPEST_DEG = 60.0  # bodies that seem tilted further from or to the camera may as well lie
# The focal length in the longer sides of the picture: the angle of view is 58 degrees, as of most webcams;
# with 80 or 45 degrees the lean at a picture's edge changes by a third.
FOCAL_SHARE = 0.9
_MOST_WEIGHT = 25  # bodies of a band that count: more of them make its mean no surer
_LEAST_SPREAD = 0.5  # square bands; below it all stood on about one row, which tells no slant
_NEAR_BANDS = 1.5  # so far from the only rows that people stood on their height is still told
_FARTHEST = 2.0  # times the nearest height that is known; what lies beyond is not told
_NOSE = COCO17.index["nose"]
_SHOULDERS, _HIPS, _ANKLES = (
    tuple(COCO17.index[name] for name in both_sides(joint)) for joint in ("shoulder", "hip", "ankle")
)


class View(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a camera.

    Attributes:
        tilt_deg: below the horizontal, as standing people's world landmarks show it.
        roll_deg: how far upright people lean in the middle of the picture, clockwise.
        bodies: how many were learnt from.
        learnt_us: media time of the last one.
        heights_px: nose over the lower ankle of standing people with their feet in each band of rows; 0 for
            bands without.
        counts: bodies of each band.
    """

    tilt_deg: float = 0.0
    roll_deg: float = 0.0
    bodies: int = 0
    learnt_us: int = -EVERY_US
    heights_px: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()

    def listens(self, pts_us: int) -> bool:
        """Whether the last body was long enough ago."""
        return pts_us - self.learnt_us >= EVERY_US

    @property
    def sure_tilt_deg(self) -> float:
        """The tilt, as far as enough bodies have shown it; level before."""
        return self.tilt_deg * self.bodies / (self.bodies + _DOUBT)

    @property
    def sure_roll_deg(self) -> float:
        return self.roll_deg * self.bodies / (self.bodies + _DOUBT)


UNSEEN = View()


def vertical_at(view: View, tilt_deg: float | None, place_px: Point, size_px: tuple[int, int]) -> Vertical:
    """Where up is at a place of the picture.

    Source: verticals meet in the nadir's vanishing point, which a camera tilted by t shows f / tan(t) below
    the middle of the picture (Hartley and Zisserman, Multiple View Geometry, 2nd ed., section 8.6).

    Args:
        view: what is known of the camera.
        tilt_deg: as configured; None takes the learnt one.
        place_px: x, y of the place.
        size_px: of the picture; without it perspective is left out.
    """
    tilt = view.sure_tilt_deg if tilt_deg is None else tilt_deg
    roll = view.sure_roll_deg
    return Vertical(tilt, roll + _perspective_deg(tilt, place_px, size_px), roll)


def learn(view: View, seen: Landmarks, body: Features, size_px: tuple[int, int], pts_us: int) -> View:
    """The view after somebody who is known to stand; unchanged by who is bent, cut off or partly hidden."""
    up = _up(seen, body)
    if up is None or size_px[1] <= 0:
        return view
    picture = seen.picture.tolist()
    feet_px = largest(picture[place][1] for place in _ANKLES)
    height_px = feet_px - picture[_NOSE][1]
    tilt_deg = -math.degrees(math.atan2(up[2], -up[1]))
    feet, shoulders = middle(picture, _ANKLES), middle(picture, _SHOULDERS)
    lean_deg = math.degrees(math.atan2(shoulders[0] - feet[0], feet[1] - shoulders[1]))
    if abs(lean_deg) > _UPRIGHT_DEG or abs(tilt_deg) > _STEEPEST_DEG or not height_px > 0:
        return view
    roll_deg = lean_deg - _perspective_deg(view.sure_tilt_deg, (feet[0], body.hip_y_px), size_px)
    heights, counts = _with_height(view, feet_px / size_px[1], height_px)
    return View(
        _moved(view.tilt_deg, tilt_deg, view.bodies, _OUTLIER_DEG),
        _moved(view.roll_deg, roll_deg, view.bodies, _OUTLIER_DEG),
        view.bodies + 1,
        pts_us,
        heights,
        counts,
    )


def standing_px(view: View, y_px: float, height_px: int) -> float:
    """Nose over ankles of an average person who would stand with the feet at row `y_px`; NaN if not known.

    The height of people on a floor is linear in the row of their feet; on one row only it is known nearby.

    Source: Hoiem, Efros and Hebert, "Putting objects in perspective", CVPR 2006 (heights over the horizon).

    Args:
        view: what is known of the camera.
        y_px: the row.
        height_px: of the picture.
    """
    known = [
        (i + 0.5, h, min(n, _MOST_WEIGHT))
        for i, (h, n) in enumerate(zip(view.heights_px, view.counts, strict=True))
        if n
    ]
    if not known or height_px <= 0:
        return math.nan
    row = y_px / height_px * BANDS
    total = sum(weight for _, _, weight in known)
    middle_row = sum(band * weight for band, _, weight in known) / total
    middle_px = sum(height * weight for _, height, weight in known) / total
    spread = sum((band - middle_row) ** 2 * weight for band, _, weight in known)
    _, nearest_px, _ = min(known, key=lambda one: abs(one[0] - row))
    if spread / total < _LEAST_SPREAD:
        near = min(abs(band - row) for band, _, _ in known) <= _NEAR_BANDS
        return nearest_px if near else math.nan
    slant = (
        sum((band - middle_row) * (height - middle_px) * weight for band, height, weight in known) / spread
    )
    found = middle_px + slant * (row - middle_row)
    return found if nearest_px / _FARTHEST <= found <= nearest_px * _FARTHEST else math.nan


def stands_straight(body: Features) -> bool:
    """Whether knees and hips are straight, and head and feet are seen; lying bodies may be as well."""
    bends = (body.knee_left_deg, body.knee_right_deg, body.hip_left_deg, body.hip_right_deg)
    return all(bend <= _BENT_DEG for bend in bends) and body.head_m > 0  # False for NaN as well


def _up(seen: Landmarks, body: Features) -> Point | None:
    """From the feet to the shoulders in the camera's axes, of who stands straight in full view."""
    if seen.world is None or not stands_straight(body):
        return None
    space = seen.world.tolist()
    up = minus(middle(space, _SHOULDERS), middle(space, _ANKLES))
    return None if math.isnan(up[0]) else up


def _perspective_deg(tilt_deg: float, place_px: Point, size_px: tuple[int, int]) -> float:
    width, height = size_px
    x_px, y_px = place_px
    if abs(tilt_deg) < 1 or width <= 0:
        return 0.0
    below_px = FOCAL_SHARE * max(size_px) / math.tan(math.radians(tilt_deg)) + height / 2 - y_px
    return math.degrees(math.atan((x_px - width / 2) / below_px)) if below_px else 0.0


def _moved(value: float, seen: float, count: int, limit: float) -> float:
    if count == 0:
        return seen
    return value + max(_LEAST_GAIN, 1 / (count + 1)) * max(-limit, min(limit, seen - value))


def _with_height(view: View, row_share: float, height_px: float) -> tuple[tuple[float, ...], tuple[int, ...]]:
    heights = list(view.heights_px or (0.0,) * BANDS)
    counts = list(view.counts or (0,) * BANDS)
    band = max(0, min(BANDS - 1, int(row_share * BANDS)))
    if counts[band]:
        moved = _moved(math.log(heights[band]), math.log(height_px), counts[band], _OUTLIER_LOG)
        heights[band] = math.exp(moved)
    else:
        heights[band] = height_px
    counts[band] = min(counts[band] + 1, 255)
    return tuple(heights), tuple(counts)
