"""Waiting for what other processes do."""

import time
from collections.abc import Callable

LIMIT_S = 30.0
_LOOK_S = 0.02


class NotInTimeError(AssertionError):
    """What was waited for did not come."""


def until(condition: Callable[[], object], what: str, limit_s: float = LIMIT_S) -> float:
    """Poll until `condition` holds; how long that took, in seconds.

    Raises:
        NotInTimeError: it does not within the limit.
    """
    started_s = time.monotonic()
    while not condition():
        if time.monotonic() > started_s + limit_s:
            raise NotInTimeError(f"{what}: not within {limit_s:g} s")
        time.sleep(_LOOK_S)
    return time.monotonic() - started_s
