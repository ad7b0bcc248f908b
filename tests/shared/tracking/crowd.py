"""Bare boxes for the tracker's tests."""

from collections.abc import Sequence

import msgspec
import numpy as np

from shared.tracking import Found, Memory, Observations, Policy, Tracker

Box = tuple[float, float, float, float]

STILL: Box = (100, 100, 140, 220)
OTHER: Box = (400, 100, 440, 220)


def observed(boxes: Sequence[Box], scores: Sequence[float] | float = 0.9) -> Observations:
    each = np.broadcast_to(np.asarray(scores, np.float64), len(boxes))
    return Observations(np.array(boxes, np.float64).reshape(-1, 4), each)


def play(
    policy: Policy, rows: Sequence[tuple[float, Observations]], *, restored: bool = False
) -> tuple[list[Found], Memory]:
    """What a tracker finds at these seconds, and what it remembers; with a checkpoint after every step."""
    tracker, found = Tracker(policy), []
    for time_s, observations in rows:
        found.append(tracker.step(round(time_s * 1e6), observations))
        if restored:
            packed = msgspec.msgpack.encode(tracker.memory())
            tracker = Tracker.restore(policy, msgspec.msgpack.decode(packed, type=Memory))
    return found, tracker.memory()


def standing(count: int, fps: float = 10.0, box: Box = STILL) -> list[tuple[float, Observations]]:
    """One person who stands still."""
    return [(step / fps, observed([box])) for step in range(count)]


def shifted(box: Box, dx: float = 0.0, dy: float = 0.0) -> Box:
    return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
