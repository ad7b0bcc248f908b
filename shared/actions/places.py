"""Where a person is: the place in the picture, and the camera's zones and lines as seen from there."""

import math
from collections.abc import Collection, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.messages import Box
from shared.rules.moment import Features, LineSight, Moment, Posture, Sight
from shared.rules.zone import Line, Zone

Pixel = tuple[float, float]

# Who stands on the border of a zone sways, and poses are off by a few centimetres: a zone is left only so far
# beyond its border. Source: quiet standing sways by 1 to 2 cm, and the keypoints of an ankle that people mark
# differ by 9 % of a body's size (2 sigma, COCO's constants), which for an adult is about 0.15 m.
LEAVE_M = 0.15
# Source: an ankle is at 0.039 of the stature (Winter, Biomechanics and Motor Control of Human Movement, 4th
# edition, figure 4.1, after Drillis and Contini).
_SOLE_M = 0.07
_HIP_M = 0.75  # hips over ankles of who stands, in the metres of `Features`
_STATURE_M = 1.7
_RESTING = frozenset({Posture.SITTING, Posture.LYING})


class Places:
    """The zones and lines of a camera in a picture of one size, px."""

    def __init__(self, zones: Sequence[Zone], lines: Sequence[Line], width_px: int, height_px: int) -> None:
        size_px = np.array([width_px, height_px], np.float64)
        self._zones = [(zone, _outline(zone, size_px)) for zone in zones]
        self._lines = [(line.name, *(np.array(line.points) * size_px).tolist()) for line in lines]

    @property
    def empty(self) -> bool:
        return not self._zones and not self._lines

    def around(self, place: Pixel, before: Collection[str], scale_px_m: float) -> tuple[Zone, ...]:
        """The zones around a place; those named in `before` are left only `LEAVE_M` beyond their border."""
        margin_px = LEAVE_M * scale_px_m
        return tuple(
            zone
            for zone, outline in self._zones
            if cv2.pointPolygonTest(outline, place, True) >= (-margin_px if zone.name in before else 0.0)
        )

    def named(self, names: Collection[str]) -> tuple[Zone, ...]:
        """Those of the zones that have one of these names."""
        return tuple(zone for zone, _ in self._zones if zone.name in names)

    def against(self, place: Pixel, scale_px_m: float) -> tuple[LineSight, ...]:
        """Each line as seen from a place."""
        return tuple(_against(name, start, end, place, scale_px_m) for name, start, end in self._lines)


def place_of(moment: Moment) -> Pixel | None:
    """Where the person of a moment is; None where this picture does not show it.

    The feet, and of who sits or lies the hips: they are on what carries the body, while feet hang off a bed.
    Hidden feet are as far below the hips as those of who stands. Of a person of whom only the box is known:
    the middle of its lower edge, unless they were last seen resting, whose box says nothing of the hips.
    """
    posture = moment.posture if moment.seen_posture is Posture.UNKNOWN else moment.seen_posture
    if moment.body is not None:
        return _hips(moment.body) if posture in _RESTING else _feet(moment.body)
    if moment.sight is Sight.HIDDEN and moment.box is not None and moment.posture not in _RESTING:
        x0, _, x1, y1 = moment.box
        return (x0 + x1) / 2, y1
    return None


def scale_of(moment: Moment, known: float | None, box: Box) -> float:
    """Pixels in a metre at the person: of the body, `known` from before, or of who would stand in the box."""
    if moment.body is not None:
        return moment.body.scale_px_m
    return known or max(1.0, box[3] - box[1]) / _STATURE_M


def _outline(zone: Zone, size_px: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(np.array(zone.points) * size_px, np.float32)[:, None]


def _against(
    name: str, start: Sequence[float], end: Sequence[float], place: Pixel, scale_px_m: float
) -> LineSight:
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    from_x, from_y = place[0] - start[0], place[1] - start[1]
    length = math.hypot(along_x, along_y)
    right_px = (along_x * from_y - along_y * from_x) / length  # y points down, so right is positive
    along = (along_x * from_x + along_y * from_y) / length**2
    return LineSight(name, right_px / scale_px_m, along)


def _hips(body: Features) -> Pixel:
    return body.hip_x_px, body.hip_y_px


def _feet(body: Features) -> Pixel:
    if math.isnan(body.foot_y_px):
        return body.hip_x_px, body.hip_y_px + (_HIP_M + _SOLE_M) * body.scale_px_m
    return body.foot_x_px, body.foot_y_px + _SOLE_M * body.scale_px_m
