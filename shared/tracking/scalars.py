"""Single numbers in the form that NumPy takes in at once.

Beside an array of a dozen numbers a Python number costs more to convert than the operation itself; an array
without dimensions costs nothing.
"""

import numpy as np

from shared.tracking.observations import Integers, Single


def single(value: float) -> Single:
    """() float32."""
    return np.array(value, np.float32)


def integer(value: int) -> Integers:
    """() int64."""
    return np.array(value, np.int64)


ZERO, HALF, ONE = single(0.0), single(0.5), single(1.0)
