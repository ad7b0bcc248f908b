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
    """One policy; people count from the frame in which their track is confirmed."""

    def __init__(self, preset: str, options: Mapping[str, Any]) -> None:
        self._tracker = Tracker(policy_of(preset, dict(options)))

    def prepare(self, boxes: Floats, scores: Floats) -> Any:
        return Observations(boxes, scores)

    def step(self, pts_us: int, detections: Any) -> Any:
        return self._tracker.step(pts_us, detections), detections

    def read(self, result: Any) -> tuple[Integers, Floats]:
        found, detections = result
        rows = np.flatnonzero(found.states == State.CONFIRMED)
        return found.ids[rows], detections.boxes[rows]


BUILDS: Mapping[str, Build] = {PREFIX + name: partial(Ours, name) for name in PRESETS}

if __name__ == "__main__":
    serve(BUILDS)
