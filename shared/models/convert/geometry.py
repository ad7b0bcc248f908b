"""Paddings and layouts: TFLite puts channels last and says SAME, ONNX puts them first and counts pixels."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

SAME, VALID = 0, 1  # tflite.Padding


@dataclass(frozen=True)
class Padding:
    """Pixels added on each side of a picture."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def onnx(self) -> list[int]:
        """The order of ONNX's `pads` attribute."""
        return [self.top, self.left, self.bottom, self.right]


NO_PADDING = Padding(0, 0, 0, 0)


@dataclass(frozen=True)
class Window:
    """A kernel that slides over a picture; every pair is rows, columns."""

    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int] = (1, 1)

    def padding(self, scheme: int, shape: tuple[int, ...]) -> Padding:
        """What TFLite's `scheme` adds to a picture of `shape` (N, rows, columns, channels)."""
        if scheme == VALID:
            return NO_PADDING
        (top, bottom), (left, right) = (self._same(axis, shape[1 + axis]) for axis in (0, 1))
        return Padding(top, left, bottom, right)

    def _same(self, axis: int, size: int) -> tuple[int, int]:
        reach = (self.kernel[axis] - 1) * self.dilations[axis] + 1
        steps = -(-size // self.strides[axis])
        total = max(0, (steps - 1) * self.strides[axis] + reach - size)
        return total // 2, total - total // 2  # the odd pixel goes behind


def channels_first(array: NDArray[Any]) -> NDArray[Any]:
    """A constant as an operand of channels-first values: (..., C) becomes (1, C, 1, 1) or (N, C, H, W)."""
    if array.ndim == 4:
        return array.transpose(0, 3, 1, 2)
    return array.reshape(1, -1, 1, 1) if array.ndim == 1 else array


AXES = (0, 2, 3, 1)  # where each axis of a channels-last array is in a channels-first one
