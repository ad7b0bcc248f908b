"""The peers, used as their documentation says: `python -m tests.bench.tracking.peers`, in their environment.

Sources: https://supervision.roboflow.com/0.30.9/trackers, https://trackers.roboflow.com/2.6.0,
https://tryolabs.github.io/norfair/2.3/.
"""

import logging
import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any

import norfair
import numpy as np
import supervision
import trackers

from tests.bench.tracking.child import Build, Floats, Integers, serve


class Supervision:
    """ByteTrack of supervision, which its 0.31 has dropped."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._tracker = supervision.ByteTrack(**options)

    def prepare(self, boxes: Floats, scores: Floats) -> Any:
        return _detections(boxes, scores)

    def step(self, pts_us: int, detections: Any) -> Any:
        return self._tracker.update_with_detections(detections)

    def read(self, result: Any) -> tuple[Integers, Floats]:
        return result.tracker_id.astype(np.int64), result.xyxy.astype(np.float64)


class Roboflow:
    """One of the classes of trackers; `clock` gives it the time of each frame."""

    def __init__(self, kind: str, options: Mapping[str, Any]) -> None:
        self._clock = options.get("clock", False)
        rest = {name: value for name, value in options.items() if name != "clock"}
        self._tracker = getattr(trackers, kind)(**rest)

    def prepare(self, boxes: Floats, scores: Floats) -> Any:
        return _detections(boxes, scores)

    def step(self, pts_us: int, detections: Any) -> Any:
        if self._clock:
            return self._tracker.update(detections, timestamp=pts_us / 1e6)
        return self._tracker.update(detections)

    def read(self, result: Any) -> tuple[Integers, Floats]:
        known = result.tracker_id >= 0
        return result.tracker_id[known].astype(np.int64), result.xyxy[known].astype(np.float64)


class Norfair:
    """Norfair with the overlap of boxes as distance; `seen` leaves out tracks that this frame did not show.

    A threshold has no default there: 0.5 is the one of its examples for boxes.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._seen = options.get("seen", False)
        rest = {name: value for name, value in options.items() if name != "seen"}
        self._tracker = norfair.Tracker(distance_function="iou", **{"distance_threshold": 0.5, **rest})

    def prepare(self, boxes: Floats, scores: Floats) -> Any:
        pairs = zip(boxes.reshape(-1, 2, 2), scores.tolist(), strict=True)
        return [norfair.Detection(box, scores=np.array((score, score))) for box, score in pairs]

    def step(self, pts_us: int, detections: Any) -> Any:
        return self._tracker.update(detections)

    def read(self, result: Any) -> tuple[Integers, Floats]:
        shown = [each for each in result if not self._seen or each.live_points.any()]
        ids = np.array([each.id for each in shown], np.int64)
        return ids, np.array([each.estimate.ravel() for each in shown], np.float64).reshape(-1, 4)


def _detections(boxes: Floats, scores: Floats) -> Any:
    return supervision.Detections(
        xyxy=boxes.astype(np.float32),
        confidence=scores.astype(np.float32),
        class_id=np.zeros(scores.size, int),
    )


BUILDS: Mapping[str, Build] = {
    "supervision ByteTrack": Supervision,
    "norfair": Norfair,
    "trackers SORT": partial(Roboflow, "SORTTracker"),
    "trackers ByteTrack": partial(Roboflow, "ByteTrackTracker"),
    "trackers C-BIoU": partial(Roboflow, "CBIoUTracker"),
    "trackers BoT-SORT": partial(Roboflow, "BoTSORTTracker"),
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")  # supervision says at every start that the class will go
    logging.disable(logging.WARNING)
    serve(BUILDS)
