"""The built-in scenes' exact truth as tracked poses: no pictures, no models."""

from collections.abc import Iterable

import numpy as np

from services.tracker.stage import TrackerStage
from shared.messages import Array, Frame, Person
from shared.scene.scene import PersonTruth, Scene
from shared.settings import Tracker
from shared.vision.skeletons import BLAZEPOSE33
from shared.worker import Work
from tests.services.footage import frame_in

_MODEL_METRES = 0.85  # the landmark model's people are that much smaller than real ones


def shown(truth: PersonTruth) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(33,) visibility as a pose model has it: hidden by furniture or the picture's edge, not by oneself."""
    height, width = truth.mask.shape
    visibility = np.full(33, 0.05)
    for index, (x, y) in enumerate(np.nan_to_num(truth.keypoints, nan=-9.0).astype(int)):
        if 0 <= x < width and 0 <= y < height:
            near = np.s_[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
            hidden = truth.silhouette[near].any() and not truth.mask[near].any()
            visibility[index] = 0.05 if hidden else 0.95
    return visibility


def posed(truth: PersonTruth) -> Person:
    points = truth.keypoints
    metres = (truth.camera_m - truth.camera_m[[23, 24]].mean(axis=0)) * _MODEL_METRES
    rows = np.column_stack([points, np.zeros(33), shown(truth), np.ones(33)])
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Person(
        (x0, y0, x1, y1),
        0.95,
        skeleton=BLAZEPOSE33,
        keypoints=Array.of(rows.astype(np.float32)),
        world=Array.of(metres.astype(np.float32)),
    )


def frames_of(scene: Scene) -> list[Frame]:
    frames = []
    for index in range(scene.frame_count):
        truth = scene.truth(index)
        frames.append(
            Frame(
                camera="scene",
                run=1,
                seq=index,
                pts_us=round(truth.time_s * 1e6),
                captured_us=0,
                width_px=scene.width_px,
                height_px=scene.height_px,
                persons=tuple(posed(person) for person in truth.persons),
            )
        )
    return frames


def track(frames: Iterable[Frame]) -> list[Frame]:
    """The same with names, by the real tracker."""
    tracker = TrackerStage(Tracker())
    tracks, named = tracker.fresh(), []
    for frame in frames:
        done = tracker.process([Work(frame, tracks, None)])[0]
        tracks = done.state
        named.append(frame_in(done))
    return named
