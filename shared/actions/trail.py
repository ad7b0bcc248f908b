"""A track's last seconds, packed: where the hips were, how low, and how the limbs were bent.

A checkpoint of a camera holds forty tracks, so a sample takes 24 bytes: 960 of them for a track.
"""

import bisect
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from shared.actions.descent import GAP_S, WINDOW_S, Height
from shared.messages import Box
from shared.rules.moment import Features, Posture

KEPT_S = GAP_S + WINDOW_S
STEP_US = 95_000  # samples closer than this are not kept: the memory stays small at any frame rate
_TURN_US = 1 << 32  # times are kept modulo this, 71 minutes
_UNKNOWN_DEG, _UNKNOWN_CM, _UNKNOWN_FEET = 255, -128, -32768
# Time; hips' y, scale, rise and feet below the hips, all in tenths of a px; hips' x and size of the box in
# px; lowness in hundredths, step in cm, and the bends of four joints in degrees. The lowest three bits of the
# hips' y are the posture's number.
_ROW = struct.Struct("<IiHhheeBb4B")
_TIME = struct.Struct("<I")
SAMPLE_BYTES = _ROW.size
_POSTURES = (Posture.UNKNOWN, Posture.STANDING, Posture.SITTING, Posture.BENDING, Posture.LYING)
_NUMBERS = {posture: number for number, posture in enumerate(_POSTURES)}
_POSTURE_BITS, _POSTURE_MASK = 3, 7


@dataclass(frozen=True)
class Sample:
    """One moment of a body.

    Attributes:
        height: where hips, shoulders and feet were, as descents want it.
        hip_px: x and y of the middle of the hips.
        scale_px_m: pixels in a metre.
        size_px: the square root of the box's area.
        step_m: the left ankle before the right one; NaN where not known.
        bends_deg: of both elbows and both knees, 0 to 180; NaN where not known.
        posture: that of this picture alone; its base is kept.
    """

    height: Height
    hip_px: tuple[float, float]
    scale_px_m: float
    size_px: float
    step_m: float
    bends_deg: tuple[float, float, float, float]
    posture: Posture = Posture.UNKNOWN

    @property
    def pts_us(self) -> int:
        return self.height.pts_us

    @classmethod
    def of(cls, body: Features, box: Box, height: Height, posture: Posture = Posture.UNKNOWN) -> "Sample":
        """What is kept of a body's features."""
        size_px = math.sqrt(max(0.0, (box[2] - box[0]) * (box[3] - box[1])))
        bends = (body.elbow_left_deg, body.elbow_right_deg, body.knee_left_deg, body.knee_right_deg)
        hip_px = (body.hip_x_px, body.hip_y_px)
        return cls(height, hip_px, body.scale_px_m, size_px, body.step_m, bends, posture)

    def pack(self) -> bytes:
        """As it is kept; coarser than it came, whether or not a checkpoint lies between."""
        height, unknown = self.height, math.isnan(self.step_m)
        feet = _UNKNOWN_FEET if height.feet is None else _within(height.feet - height.hip, 32_767)
        return _ROW.pack(
            self.pts_us % _TURN_US,
            (_within(height.hip, 2**28 - 1) << _POSTURE_BITS) | _NUMBERS[self.posture.base],
            min(height.scale, 65_535),
            _within(height.rise, 32_767),
            feet,
            self.hip_px[0],
            self.size_px,
            height.low,
            _UNKNOWN_CM if unknown else _within(round(100 * self.step_m), 127),
            *(_UNKNOWN_DEG if math.isnan(bend) else round(bend) for bend in self.bends_deg),
        )


@dataclass(frozen=True)
class Trail:
    """What is remembered of a track, oldest first, as columns and as packed, but with whole times."""

    times_us: Sequence[int] = ()
    hip: Sequence[int] = ()
    scale: Sequence[int] = ()
    rise: Sequence[int] = ()
    feet: Sequence[int] = ()
    x_px: Sequence[float] = ()
    size_px: Sequence[float] = ()
    low: Sequence[int] = ()
    step_cm: Sequence[int] = ()
    bends: Sequence[Sequence[int]] = ()
    posture: Sequence[int] = ()

    def heights(self) -> tuple[Height, ...]:
        """The body's heights, for descents."""
        feet = [
            None if below == _UNKNOWN_FEET else hip + below
            for hip, below in zip(self.hip, self.feet, strict=True)
        ]
        return tuple(map(Height, self.times_us, self.hip, self.rise, self.scale, feet, self.low))

    def postures(self) -> list[Posture]:
        """What each picture showed by itself."""
        return [_POSTURES[number] for number in self.posture]

    def hip_px(self, place: int) -> tuple[float, float]:
        """Where the middle of the hips was: x, y."""
        return self.x_px[place], self.hip[place] / 10

    def first_after(self, pts_us: int) -> int:
        """The place of the first sample that is not older."""
        return bisect.bisect_left(self.times_us, pts_us)

    def ranges_deg(self, first: int, now: Sample) -> list[float]:
        """How far each joint was moved from a place on; NaN where it was not seen half of the time."""
        found = []
        for joint, bend in enumerate(now.bends_deg):
            known = [row[joint] for row in self.bends[first:] if row[joint] != _UNKNOWN_DEG]
            if not math.isnan(bend):
                known.append(round(bend))
            often = len(known) > (len(self.times_us) - first + 1) / 2
            found.append(float(max(known) - min(known)) if often else math.nan)
        return found

    def steps(self, first: int, now: Sample) -> list[tuple[int, float]]:
        """When the left ankle was how far before the right one, from a place on, where it was seen."""
        cms = zip(self.times_us[first:], self.step_cm[first:], strict=True)
        known = [(time_us, cm / 100) for time_us, cm in cms if cm != _UNKNOWN_CM]
        return known if math.isnan(now.step_m) else [*known, (now.pts_us, now.step_m)]


def remember(data: bytes, sample: Sample) -> bytes:
    """The packed memory with one more sample, without what is too old by then."""
    count = len(data) // SAMPLE_BYTES
    times = [_TIME.unpack_from(data, place * SAMPLE_BYTES)[0] for place in range(count)]
    if times and _age_us(times[-1], sample.pts_us) < STEP_US:
        return data
    oldest_us = round(KEPT_S * 1e6)
    old = next((n for n, time in enumerate(times) if _age_us(time, sample.pts_us) <= oldest_us), count)
    return data[old * SAMPLE_BYTES :] + sample.pack()


def recall(data: bytes, pts_us: int) -> Trail:
    """What is remembered at a moment."""
    rows = list(_ROW.iter_unpack(data))
    if not rows:
        return Trail()
    times, marked, scale, rise, feet, x_px, size_px, low, step, *bends = zip(*rows, strict=True)
    times_us = [pts_us - _age_us(time, pts_us) for time in times]
    hip = [each >> _POSTURE_BITS for each in marked]
    posture = [each & _POSTURE_MASK for each in marked]
    folded = tuple(zip(*bends, strict=True))
    return Trail(times_us, hip, scale, rise, feet, x_px, size_px, low, step, folded, posture)


def _age_us(time_us: int, pts_us: int) -> int:
    return (pts_us - time_us) % _TURN_US


def _within(value: int, most: int) -> int:
    return max(-most, min(most, value))
