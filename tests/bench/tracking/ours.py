"""Our tracker's policies, in a child like the peers: `python -m tests.bench.tracking.ours`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from shared.tracking import Observations, State, Tracker
from shared.tracking.policy import PRESETS, policy_of
from tests.bench.tracking.child import Build, Floats, Integers, serve

PREFIX = "ours "


class Ours:
    """One policy; people count from the frame in which their track is confirmed.

    Who is lost counts where the tracker expects him, for the first `shown_s` seconds: 0 by default.
    """

    def __init__(self, preset: str, options: Mapping[str, Any]) -> None:
        policy = dict(options)
        self._shown_us = 1e6 * policy.pop("shown_s", 0.0)
        self._tracker = Tracker(policy_of(preset, policy))

    def prepare(self, boxes: Floats, scores: Floats) -> Any:
        return Observations(boxes, scores)

    def step(self, pts_us: int, detections: Any) -> Any:
        return pts_us, detections, self._tracker.step(pts_us, detections)

    def read(self, result: Any) -> tuple[Integers, Floats]:
        pts_us, detections, found = result
        rows = found.states == State.CONFIRMED
        lost = pts_us - found.lost.seen_us <= self._shown_us
        return (
            np.concatenate([found.ids[rows], found.lost.ids[lost]]),
            np.concatenate([detections.boxes[rows], found.lost.boxes[lost]]),
        )


BUILDS: Mapping[str, Build] = {PREFIX + name: partial(Ours, name) for name in PRESETS}

if __name__ == "__main__":
    serve(BUILDS)
