"""Numbers in a message."""

import math
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

_DTYPES = {"|u1": 1, "<i4": 4, "<i8": 8, "<f2": 2, "<f4": 4, "<f8": 8}
_MAX_ARRAY_BYTES = 262_144


class Array(msgspec.Struct, frozen=True):
    """A numeric array as little-endian bytes with its dtype and shape, row-major."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    def __post_init__(self) -> None:
        """Refuse a foreign dtype, a negative or huge shape, or bytes that do not fill it."""
        item = _DTYPES.get(self.dtype)
        if item is None:
            raise ValueError(f"array dtype {self.dtype!r} is not one of {', '.join(_DTYPES)}")
        if len(self.shape) > 4 or any(n < 0 for n in self.shape):
            raise ValueError(f"array shape {self.shape} is not up to four non-negative sizes")
        size = item * math.prod(self.shape)
        if size > _MAX_ARRAY_BYTES or size != len(self.data):
            raise ValueError(
                f"array of {len(self.data)} bytes does not fill {self.shape} of {self.dtype}"
                f" or passes {_MAX_ARRAY_BYTES}"
            )

    @classmethod
    def of(cls, values: NDArray[Any]) -> Self:
        """Copy `values` without changing a bit of them (booleans become uint8)."""
        if values.dtype.kind == "b":
            values = values.astype(np.uint8)
        little = values.dtype.newbyteorder("<")
        return cls(little.str, values.shape, np.ascontiguousarray(values, dtype=little).tobytes())

    def numpy(self) -> NDArray[Any]:
        """The values, read-only (they share the message's bytes)."""
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)
