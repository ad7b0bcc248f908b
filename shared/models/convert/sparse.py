"""Sparse weights, as TFLite stores them, made dense.

Source: the `SparsityParameters` table of TFLite's schema; only its plain form (natural traversal order,
no block map), which is what the BlazePose detector uses.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Dense:
    """A dimension of which every index is stored."""

    size: int


@dataclass(frozen=True)
class Compressed:
    """A dimension in CSR form: parent `i` owns `indices[segments[i]:segments[i + 1]]`."""

    segments: NDArray[np.int64]
    indices: NDArray[np.int64]


def densify(
    values: NDArray[Any], shape: tuple[int, ...], levels: Sequence[Dense | Compressed]
) -> NDArray[Any]:
    """Put `values` (K,) at their places in an array of `shape`; the rest is 0.

    Raises:
        ValueError: the levels do not describe exactly the K values inside `shape`.
    """
    places: list[NDArray[np.int64]] = []
    count = 1
    for level in levels:
        if isinstance(level, Dense):
            places = [np.repeat(place, level.size) for place in places]
            places.append(np.tile(np.arange(level.size), count))
        else:
            places = [np.repeat(place, np.diff(level.segments)) for place in places]
            places.append(level.indices)
        count = len(places[-1])
    if len(places) != len(shape) or count != len(values) or count > math.prod(shape):
        raise ValueError(f"{len(values)} sparse values do not fit their index into shape {shape}")
    dense = np.zeros(shape, values.dtype)
    dense[tuple(places)] = values
    return dense
