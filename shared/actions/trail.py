"""A track's last seconds, packed: where the hips were, how low, and how the limbs were bent.

A checkpoint of a camera holds forty tracks, so a sample takes 20 bytes: 800 of them for a track.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from shared.actions.descent import GAP_S, WINDOW_S, Height
from shared.messages import Box
from shared.rules.moment import Features

KEPT_S = GAP_S + WINDOW_S
STEP_US = 95_000  # samples closer than this are not kept: the memory stays small at any frame rate
Row = tuple[int, float, float, float, float, int, int, list[int]]
_TURN_US = 1 << 32  # times are kept modulo this, 71 minutes
_UNKNOWN_DEG, _UNKNOWN_CM = 255, -128
_SAMPLE = np.dtype(
    [
        ("pts", "<u4"),
        ("y_px", "<f4"),
        ("x_px", "<f2"),
        ("scale", "<f2"),
        ("size_px", "<f2"),
        ("low", "u1"),
        ("step_cm", "i1"),
        ("bends", "u1", (4,)),
    ]
)
SAMPLE_BYTES = _SAMPLE.itemsize


@dataclass(frozen=True)
class Sample:
    """One moment of a body.

    Attributes:
        pts_us: media time.
        hip_px: x and y of the middle of the hips.
        scale_px_m: pixels in a metre.
        size_px: the square root of the box's area.
        low: how much it looks like lying on the floor, 0 to 1.
        step_m: the left ankle before the right one; NaN where not known.
        bends_deg: of both elbows and both knees, 0 to 180; NaN where not known.
    """

    pts_us: int
    hip_px: tuple[float, float]
    scale_px_m: float
    size_px: float
    low: float
    step_m: float
    bends_deg: tuple[float, float, float, float]

    @classmethod
    def of(cls, body: Features, hip_x_px: float, box: Box, low: float, pts_us: int) -> "Sample":
        size_px = math.sqrt(max(0.0, (box[2] - box[0]) * (box[3] - box[1])))
        bends = (body.elbow_left_deg, body.elbow_right_deg, body.knee_left_deg, body.knee_right_deg)
        hip_px = (hip_x_px, body.hip_y_px)
        return cls(pts_us, hip_px, body.scale_px_m, size_px, low, body.step_m, bends)

    def pack(self) -> bytes:
        """As it is kept; coarser than it came, whether or not a checkpoint lies between."""
        bends = tuple(_UNKNOWN_DEG if math.isnan(bend) else round(bend) for bend in self.bends_deg)
        step = _UNKNOWN_CM if math.isnan(self.step_m) else max(-127, min(127, round(100 * self.step_m)))
        x_px, y_px = self.hip_px
        row = (
            *(self.pts_us % _TURN_US, y_px, x_px, self.scale_px_m, self.size_px),
            *(round(255 * self.low), step, bends),
        )
        return np.array(row, _SAMPLE).tobytes()


@dataclass(frozen=True)
class Trail:
    """The samples of one track, oldest first, at most `KEPT_S` long."""

    samples: tuple[Sample, ...]

    def heights(self) -> tuple[Height, ...]:
        """The hips' heights, for descents."""
        return tuple(Height(s.pts_us, s.hip_px[1], s.scale_px_m, s.low) for s in self.samples)

    def since(self, pts_us: int) -> "Trail":
        """What is not older."""
        return Trail(tuple(sample for sample in self.samples if sample.pts_us >= pts_us))


def remember(data: bytes, sample: Sample) -> bytes:
    """The packed memory with one more sample, without what is too old by then."""
    times = np.frombuffer(data, _SAMPLE)["pts"].tolist()
    if times and _age_us(times[-1], sample.pts_us) < STEP_US:
        return data
    old = sum(_age_us(time, sample.pts_us) > KEPT_S * 1e6 for time in times)
    return data[old * SAMPLE_BYTES :] + sample.pack()


def recall(data: bytes, pts_us: int) -> Trail:
    """What is remembered at a moment."""
    rows = np.frombuffer(data, _SAMPLE).tolist()
    ages = [_age_us(row[0], pts_us) for row in rows]
    return Trail(tuple(_sample(row, pts_us - age) for row, age in zip(rows, ages, strict=True)))


def _age_us(time_us: int, pts_us: int) -> int:
    return (pts_us - time_us) % _TURN_US


def _sample(row: Row, pts_us: int) -> Sample:
    _, y_px, x_px, scale, size_px, low, step, bends = row
    return Sample(
        pts_us,
        (x_px, y_px),
        scale,
        size_px,
        low / 255,
        math.nan if step == _UNKNOWN_CM else step / 100,
        _degrees(bends),
    )


def _degrees(bends: Iterable[int]) -> tuple[float, float, float, float]:
    first, second, third, fourth = (math.nan if bend == _UNKNOWN_DEG else float(bend) for bend in bends)
    return first, second, third, fourth
