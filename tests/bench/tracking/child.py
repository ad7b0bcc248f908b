"""The child process that runs trackers: asked for one run per line of JSON, it answers with one line.

Needs NumPy alone, so that the peers' environment can run it. Requests: `tracker`, `options`, `clip` (an .npz
with `pts_us`, `frames`, `boxes`, `scores`) and `results` (the .npz to write: `step_ns` of each frame, and
`frames`, `ids`, `boxes` of what was tracked). Only the tracker's step is timed: neither making its input, nor
reading its output.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Adapter(Protocol):
    """One tracker on one clip."""

    def prepare(self, boxes: Floats, scores: Floats) -> Any:
        """A frame as the tracker takes it: boxes (N, 4) x0, y0, x1, y1 in px, scores (N,) in [0, 1]."""

    def step(self, pts_us: int, detections: Any) -> Any:
        """What is timed."""

    def read(self, result: Any) -> tuple[Integers, Floats]:
        """Ids (M,) from 0, and boxes (M, 4) of the tracks that the tracker says are in the frame."""


Build = Callable[[Mapping[str, Any]], Adapter]


def serve(builds: Mapping[str, Build]) -> None:
    """Answer until the input ends. What libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        tracker = builds[request["tracker"]](request["options"])
        with np.load(request["clip"]) as clip:
            _follow(tracker, {name: clip[name] for name in clip.files}, request["results"])
        answers.write(json.dumps({"results": request["results"]}) + "\n")
        answers.flush()


def _follow(tracker: Adapter, clip: Mapping[str, NDArray[Any]], results: str) -> None:
    starts = np.searchsorted(clip["frames"], np.arange(clip["pts_us"].size + 1))
    step_ns, ids, boxes = [], [], []
    for frame, pts_us in enumerate(clip["pts_us"].tolist()):
        rows = slice(starts[frame], starts[frame + 1])
        detections = tracker.prepare(clip["boxes"][rows], clip["scores"][rows])
        started_ns = time.perf_counter_ns()
        result = tracker.step(pts_us, detections)
        step_ns.append(time.perf_counter_ns() - started_ns)
        names, places = tracker.read(result)
        ids.append(names)
        boxes.append(places)
    np.savez(
        results,
        step_ns=np.array(step_ns),
        frames=np.repeat(np.arange(len(ids)), [each.size for each in ids]),
        ids=np.concatenate(ids),
        boxes=np.concatenate(boxes).reshape(-1, 4),
    )
