"""The sequences of the benchmark: real detections of TUD, and filmed crowds in two halves.

Whatever is tuned, ours included, is tuned on the seeds of `TUNING` alone; the tables are of `JUDGED`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.evaluate.tracking.motchallenge import (
    UNKNOWN,
    Floats,
    Integers,
    Rows,
    read_results,
    read_truth,
)
from shared.scene.crowd.detections import DetectorSpec, detect
from shared.scene.crowd.film import CrowdSpec, film
from shared.scene.crowd.pace import Instants, Pace
from tests.bench.clip import DATA

TUNING = (101, 102)
JUDGED = (201, 202)
TUD = ("TUD-Campus", "TUD-Stadtmitte")
_TUD_FPS = 25

# Name, motion, people, seconds, pace.
_UNEVEN = Pace(varying=True, lost=0.1)
_FAMILIES = {
    "walk 5": CrowdSpec("walk", 5, 20.0),
    "walk 20": CrowdSpec("walk", 20, 20.0),
    "walk 60": CrowdSpec("walk", 60, 16.0),
    "walk 200": CrowdSpec("walk", 200, 8.0),
    "uneven 20": CrowdSpec("walk", 20, 40.0, pace=_UNEVEN),
    "dance 8": CrowdSpec("dance", 8, 20.0),
    "dance 14": CrowdSpec("dance", 14, 20.0),
}
FAMILIES = tuple(_FAMILIES)
# Other dances, at the rate of DanceTrack and at half of it: nothing of a peer is tuned on them.
_STAGE_PACE = Pace(fps=20.0)
_DANCES = {
    "show 7": CrowdSpec("show", 7, 40.0, pace=_STAGE_PACE),
    "show 12": CrowdSpec("show", 12, 40.0, pace=_STAGE_PACE),
    "acrobats 8": CrowdSpec("acrobatics", 8, 30.0, pace=_STAGE_PACE),
    "slow rate 8": CrowdSpec("dance", 8, 30.0, pace=Pace(fps=12.5)),
}
DANCES = tuple(_DANCES)


@dataclass(frozen=True, eq=False)
class Clip:
    """One sequence: what a tracker gets, and the truth.

    Attributes:
        name: unique; file names are made of it.
        family: clips of one family are scored together.
        pts_us: (T,) media time of the frames.
        frames: (N,) int64, of each detection, rising.
        boxes: (N, 4) detections, x0, y0, x1, y1 in px.
        scores: (N,) in [0, 1].
        truth: everybody; its frames count from 1.
    """

    name: str
    family: str
    pts_us: Instants
    frames: Integers
    boxes: Floats
    scores: Floats
    truth: Rows


def crowds(seeds: Sequence[int], part: float = 1.0) -> Iterator[Clip]:
    """Every family with every seed, from the beginning to this part in (0, 1] of its length."""
    return _filmed(_FAMILIES, seeds, part)


def dances(seeds: Sequence[int], part: float = 1.0) -> Iterator[Clip]:
    """The same of the other dances."""
    return _filmed(_DANCES, seeds, part)


def _filmed(families: Mapping[str, CrowdSpec], seeds: Sequence[int], part: float) -> Iterator[Clip]:
    for family, spec in families.items():
        for seed in seeds:
            shot = film(CrowdSpec(spec.motion, spec.people, part * spec.duration_s, seed, spec.pace))
            found = detect(shot, DetectorSpec(seed=seed))
            truth = rows(shot.frames, shot.ids, shot.boxes)
            name = f"{family.replace(' ', '-')}-{seed}"
            yield Clip(name, family, shot.pts_us, found.frames, found.boxes, found.scores, truth)


def real() -> Iterator[Clip]:
    """TUD with the boxes of a real detector: `test.txt` without its ids; it has no scores, so all are 1."""
    for name in TUD:
        folder = DATA / "tracking" / name
        if folder.is_dir():
            truth, found = read_truth(folder / "gt.txt"), read_results(folder / "test.txt")
            pts_us = np.arange(truth.last_frame, dtype=np.int64) * 1_000_000 // _TUD_FPS
            yield Clip(name, name, pts_us, found.frames - 1, found.boxes, found.scores, truth)


def rows(frames: Integers, ids: Integers, boxes: Floats) -> Rows:
    """As the metrics take them, of frames (N,) that rise from 0."""
    unknown = np.full(len(ids), UNKNOWN, np.int64)
    return Rows(frames + 1, ids, boxes, np.ones(len(ids)), unknown)
