"""Counts that stages commit together with their position, and what can be read from them.

A duration is counted in a logarithmic bucket, so that percentiles survive restarts and add up over workers.
"""

import math
from collections.abc import Mapping

_FIRST_MS = 0.1
_GROWTH = 1.15  # a percentile is right to 7 %
_BUCKETS = 120  # up to half an hour


def frames_key(stage: str) -> str:
    return f"{stage}:frames"


def skipped_key(stage: str) -> str:
    return f"{stage}:skipped"


def dropped_key(stage: str) -> str:
    """Messages that a stage beside the chain stood too far behind to read."""
    return f"{stage}:dropped"


def noted_key(stage: str, what: str) -> str:
    """What a stage itself counts, beside its frames."""
    return f"{stage}:noted:{what}"


def camera_frames_key(camera: str) -> str:
    """A camera's pictures that came through the whole chain. The last stage counts what is a camera's."""
    return f"camera:{camera}:frames"


def camera_skipped_key(camera: str, stage: str) -> str:
    """Of these, the ones that `stage` passed on untouched."""
    return f"camera:{camera}:skipped:{stage}"


def camera_tombstones_key(camera: str, stage: str) -> str:
    """A camera's messages that `stage` sent to the dead letters."""
    return f"camera:{camera}:tombstones:{stage}"


def cpu_key(stage: str, part: str) -> str:
    """Microseconds of processor time for one part of a stage's work (see `shared.worker.meter`)."""
    return f"cpu_us:{stage}:{part}"


def duration_key(name: str, milliseconds: float) -> str:
    """The bucket to count a duration in; `name` is a stage, or `latency` from capture to the last stage."""
    if milliseconds <= _FIRST_MS:
        return f"{name}:ms:0"
    index = math.ceil(math.log(milliseconds / _FIRST_MS, _GROWTH))
    return f"{name}:ms:{min(index, _BUCKETS)}"


def percentile_ms(counts: Mapping[str, int], name: str, share: float) -> float | None:
    """The duration below which `share` (0 to 1) of the counted ones lie, in ms; None where none is
    counted.
    """
    prefix = f"{name}:ms:"
    buckets = sorted((int(key[len(prefix) :]), n) for key, n in counts.items() if key.startswith(prefix))
    left = share * sum(n for _, n in buckets)
    for index, n in buckets:
        left -= n
        if left <= 0:
            return float(_FIRST_MS * _GROWTH ** max(index - 0.5, 0))
    return None
