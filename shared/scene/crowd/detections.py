"""What a person detector would say of a filmed crowd: unsure of who is hidden, and sometimes wrong.

Made from the truth by a seed, so that trackers are compared on the same input.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.scene.camera import Floats
from shared.scene.crowd.film import Film


@dataclass(frozen=True)
class DetectorSpec:
    """How good the detector is.

    Attributes:
        seed: two seeds make other mistakes on the same film.
        jitter: standard deviation of centre and side, each axis by itself, in sides of the box.
        missed: chance to overlook somebody who is in full view.
        hidden_from: hidden share from which on more are missed: the chance grows in a straight line ...
        hidden_to: ... to 1 at this share.
        invented: mean number of false positives in a frame, per person in it.
    """

    seed: int = 1
    jitter: float = 0.03
    missed: float = 0.05
    hidden_from: float = 0.3
    hidden_to: float = 0.9
    invented: float = 0.05


# Scores: in full view a good detector says about 0.9, and about 0.35 of whom it just still sees.
_CLEAR, _HIDDEN_COST, _SPREAD = 0.9, 0.65, 0.06
_LEAST, _MOST = 0.05, 0.99
_INVENTED_SCORE = (0.1, 0.5)


@dataclass(frozen=True, eq=False)
class Detections:
    """N boxes by frame, in no order within one.

    Attributes:
        frames: (N,) int64, index of the frame from 0, rising.
        boxes: (N, 4) x0, y0, x1, y1 in px; they may reach over the picture's edge.
        scores: (N,) in [0, 1].
        row: (N,) int64, the film's row that was seen, -1 for what was made up; for tests, not for trackers.
    """

    frames: NDArray[np.int64]
    boxes: Floats
    scores: Floats
    row: NDArray[np.int64]


def miss_chance(visible: Floats, spec: DetectorSpec) -> Floats:
    """Chance in [0, 1] that somebody of whom this share is visible is overlooked."""
    hidden = np.clip((1 - visible - spec.hidden_from) / (spec.hidden_to - spec.hidden_from), 0, 1)
    chance: Floats = spec.missed + (1 - spec.missed) * hidden
    return chance


def detect(film: Film, spec: DetectorSpec | None = None) -> Detections:
    """The detections of a film, the same at every call."""
    spec = spec or DetectorSpec()
    rng = np.random.default_rng(spec.seed)
    row = np.flatnonzero(rng.random(film.ids.size) >= miss_chance(film.visible, spec))
    boxes = _jittered(film.boxes[row], spec.jitter, rng)
    scores = _CLEAR - _HIDDEN_COST * (1 - film.visible[row]) + rng.normal(0, _SPREAD, row.size)
    invented = _invented(film, spec, rng)
    frames = np.concatenate([film.frames[row], invented.frames])
    order = np.lexsort((rng.random(frames.size), frames))
    return Detections(
        frames=frames[order],
        boxes=np.concatenate([boxes, invented.boxes])[order],
        scores=np.clip(np.concatenate([scores, invented.scores]), _LEAST, _MOST)[order],
        row=np.concatenate([row, invented.row])[order],
    )


def _jittered(boxes: Floats, jitter: float, rng: np.random.Generator) -> Floats:
    centre, side = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    centre = centre + rng.normal(0, jitter, centre.shape) * side
    half = side * np.maximum(1 + rng.normal(0, jitter, side.shape), 0.5) / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def _invented(film: Film, spec: DetectorSpec, rng: np.random.Generator) -> Detections:
    """False positives: the size of somebody who is there, anywhere in the picture at that height."""
    people = np.bincount(film.frames, minlength=film.pts_us.size)
    frames = np.repeat(np.arange(people.size), rng.poisson(spec.invented * people))
    like = film.boxes[rng.integers(0, max(film.ids.size, 1), frames.size)]
    breadth = like[:, 2] - like[:, 0]
    left = rng.uniform(0, 1, frames.size) * (film.size_px[0] - breadth)
    return Detections(
        frames=frames.astype(np.int64),
        boxes=np.stack([left, like[:, 1], left + breadth, like[:, 3]], axis=1),
        scores=rng.uniform(*_INVENTED_SCORE, frames.size),
        row=np.full(frames.size, -1, np.int64),
    )
