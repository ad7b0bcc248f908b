"""Draws a calibration: the ground's grid and the marked points, in the camera's picture and from above."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from services.venue.checking import Finding
from services.venue.ink import cross, ellipse, ring, trace, write
from services.venue.motion import Floats
from shared.bus.frames import Image
from shared.settings import Area
from shared.vision.captions import LIGHT, Colour, captioned
from shared.vision.ground import Ground

_GRID: Colour = (200, 200, 200)
_FIELD: Colour = (60, 220, 255)
_MARKED: Colour = (80, 255, 80)
_FITTED: Colour = (90, 90, 255)
_DARK: Colour = (35, 35, 35)
_DIM: Colour = (85, 85, 85)
_CAMERAS: tuple[Colour, ...] = (
    *((255, 170, 60), (90, 200, 90), (80, 110, 255), (220, 110, 220)),
    *((90, 220, 220), (200, 200, 90), (150, 150, 255), (170, 255, 170)),
)
_TOP_PX, _BORDER_PX = 1000, 50  # longer side of the view from above, and what is left free around it
_LINES = 24  # of the grid along the longer side, at most
_SAMPLES = 400  # of a line: a bent lens makes it a curve
_STEPS_M = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True)
class Plan:
    """The part of the ground that is drawn, in metres, the field, and the distance between grid lines."""

    low: tuple[float, float]
    high: tuple[float, float]
    step_m: float
    field: Area | None

    @classmethod
    def of(cls, field: Area | None, metres: Floats) -> "Plan":
        """Around the field and (N, 2) points."""
        corners = metres if field is None else np.vstack([metres, field.low, field.high])
        low, high = corners.min(axis=0), corners.max(axis=0)
        longest = float((high - low).max())
        step_m = next((step for step in _STEPS_M if longest / step <= _LINES), longest / _LINES)
        low, high = np.floor(low / step_m) * step_m, np.ceil(high / step_m) * step_m
        return cls((float(low[0]), float(low[1])), (float(high[0]), float(high[1])), step_m, field)

    def grid(self) -> list[Floats]:
        """Its lines, each as (S, 2) points close to each other."""
        (x0, y0), (x1, y1) = self.low, self.high
        xs = np.arange(x0, x1 + self.step_m / 2, self.step_m)
        ys = np.arange(y0, y1 + self.step_m / 2, self.step_m)
        return [_line((x, y0), (x, y1)) for x in xs] + [_line((x0, y), (x1, y)) for y in ys]

    def outline(self) -> list[Floats]:
        """The field's four sides in the same way; none without a field."""
        if self.field is None:
            return []
        (x0, y0), (x1, y1) = self.field.low, self.field.high
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
        return [_line(start, end) for start, end in pairwise(corners)]


def in_camera(picture: Image, ground: Ground, finding: Finding, plan: Plan) -> Image:
    """A copy of the camera's picture (H, W, 3), captioned, with the grid, the field and the points.

    The picture has the size that the points were marked in. Green rings are where they were marked, red
    crosses where the calibration has them.
    """
    drawn = picture.copy()
    for lines, colour, thickness in ((plan.grid(), _GRID, 1), (plan.outline(), _FIELD, 2)):
        for line in lines:
            trace(drawn, _near(ground.pixels(line), drawn), colour, thickness)
    fitted = ground.pixels(finding.points.metres)
    for row, marked in enumerate(finding.points.px):
        colour = _FITTED if row == finding.wrong else _MARKED
        ring(drawn, marked, _MARKED)
        trace(drawn, np.vstack([marked, fitted[row]]), _FITTED, 1)
        cross(drawn, fitted[row], _FITTED)
        text = f"{row + 1}: {finding.residuals.px[row]:.1f} px"
        write(drawn, text, (marked[0] + 10, marked[1] - 6), colour)
    return captioned(drawn, [(finding.camera, LIGHT), (finding.verdict, LIGHT if finding.right else _FITTED)])


def from_above(grounds: Mapping[str, Ground], findings: Sequence[Finding], plan: Plan) -> Image:
    """The ground, x to the right and y upwards, with what each camera was calibrated on.

    Rings are the points' given places, crosses where the marked pixels lie; the ellipses are two standard
    deviations of a person's place there, and the polygons the hulls outside of which nothing is certain.
    """
    low, high = np.array(plan.low), np.array(plan.high)
    scale = (_TOP_PX - 2 * _BORDER_PX) / float((high - low).max())
    width, height = ((high - low) * scale + 2 * _BORDER_PX).round().astype(int).tolist()
    drawn: Image = np.full((height, width, 3), _DARK, np.uint8)

    def place(metres: Floats) -> Floats:
        offset = (metres - low) * scale + _BORDER_PX
        return np.column_stack([offset[:, 0], height - offset[:, 1]])

    for lines, colour, thickness in ((plan.grid(), _DIM, 1), (plan.outline(), _FIELD, 2)):
        for line in lines:
            trace(drawn, place(line), colour, thickness)
    for line in plan.grid():
        _measure(drawn, line, place)
    legend: list[tuple[str, Colour]] = []
    for number, finding in enumerate(findings):
        colour, ground = _CAMERAS[number % len(_CAMERAS)], grounds[finding.camera]
        legend.append((f"{finding.camera}: {finding.residuals.rms_px:.1f} px", colour))
        ellipse(drawn, place(ground.hull_m), colour)
        seen = ground.locate(finding.points.px, 0.0).metres
        for row, metres in enumerate(finding.points.metres):
            ring(drawn, place(metres[None])[0], colour)
            cross(drawn, place(seen[row : row + 1])[0], colour)
            ellipse(drawn, place(metres + _oval(finding.noise[row])), colour)
    return captioned(drawn, legend)


def _line(start: tuple[float, float], end: tuple[float, float]) -> Floats:
    return np.linspace(start, end, _SAMPLES)


def _near(px: Floats, image: Image) -> Floats:
    """The pixels of a line that are in the picture or near it; far outside a bent lens means nothing."""
    height, width = image.shape[:2]
    margin = 0.1 * max(height, width)
    inside = ((px >= -margin) & (px <= np.array([width, height]) + margin)).all(axis=1)
    return np.where(inside[:, None], px, np.nan)


def _oval(noise: Floats) -> Floats:
    """(64, 2) the line of two standard deviations of a covariance (2, 2), about the origin."""
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    values, vectors = np.linalg.eigh(noise)
    axes = vectors * np.sqrt(np.maximum(values, 0))
    return np.asarray(2 * np.column_stack([np.cos(angles), np.sin(angles)]) @ axes.T, np.float64)


def _measure(image: Image, line: Floats, place: Callable[[Floats], Floats]) -> None:
    """Write at the start of a grid line where it is."""
    start = place(line[:1])[0]
    x, y = line[0]
    upright = bool(line[0, 0] == line[-1, 0])
    if upright:
        write(image, f"{x:g}", (start[0] - 6, start[1] + 20), LIGHT)
    else:
        write(image, f"{y:g}", (start[0] - 36, start[1] + 5), LIGHT)
