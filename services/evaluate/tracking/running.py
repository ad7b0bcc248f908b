"""Our tracker over the detections of a sequence."""

import numpy as np

from services.evaluate.tracking.motchallenge import PEDESTRIAN, Rows
from shared.tracking import Observations, Policy, State, Tracker

RATE_HZ = 25.0  # of sequences that do not tell, as most of MOTChallenge's


def track(detections: Rows, policy: Policy, rate_hz: float = RATE_HZ, frames: int | None = None) -> Rows:
    """The confirmed tracks of each frame, where they were seen, as a live stream has them: nothing is added
    once its frame is over.

    Goes through all `frames`, also those without detections; without a number, up to the last detection.
    """
    tracker = Tracker(policy)
    ids = np.zeros(len(detections), np.int64)
    last = frames or detections.last_frame
    for place, span in enumerate(detections.spans(last)):
        found = tracker.step(
            pts_us_of(place, rate_hz),
            Observations(detections.boxes[span], detections.scores[span]),
        )
        ids[span] = np.where(found.states == State.CONFIRMED, found.ids, 0)
    named = ids > 0
    rows = detections.take(named)
    return Rows(rows.frames, ids[named], rows.boxes, rows.scores, np.full(len(rows), PEDESTRIAN, np.int64))


def pts_us_of(place: int, rate_hz: float) -> int:
    """The media time of the frame at this place, from 0."""
    return round(place * 1_000_000 / rate_hz)
