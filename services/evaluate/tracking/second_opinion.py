"""MOTA and IDF1 once more, by py-motmetrics: two independent programs that agree are seldom both wrong.

They need not agree to the last digit: after a gap py-motmetrics gives a person his old track again wherever
it still overlaps, TrackEval whichever overlaps most.

Source: https://github.com/cheind/py-motmetrics
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.evaluate import kits
from services.evaluate.tracking.pairing import Pairing
from services.evaluate.tracking.scoring import IOU

_METRICS = ("mota", "idf1", "num_switches", "num_fragmentations", "num_false_positives", "num_misses")


@dataclass(frozen=True)
class Opinion:
    """The numbers of a `Score` that py-motmetrics knows as well."""

    mota: float
    idf1: float
    id_switches: int
    fragmentations: int
    false_positives: int
    false_negatives: int


@dataclass(frozen=True)
class Noted:
    """One sequence's numbers, with those that they are made of."""

    partial: dict[str, Any]


def note(pairing: Pairing, threshold: float = IOU) -> Noted:
    """Count in one sequence what is right and wrong.

    Raises:
        EvaluationError: py-motmetrics is not installed.
    """
    kit = kits.load("motmetrics")
    events = kit.MOTAccumulator()
    frames = zip(pairing.labelled, pairing.found, pairing.overlaps, strict=True)
    for frame, (labelled, found, overlaps) in enumerate(frames):
        # Its own distances call numpy.asfarray, which numpy 2 does not have.
        distances = np.where(overlaps >= threshold, 1 - overlaps, np.nan)
        events.update(labelled, found, distances, frameid=frame)
    return Noted(
        kit.metrics.create().compute(events, metrics=_METRICS, return_dataframe=False, return_cached=True)
    )


def opinion(noted: Sequence[Noted]) -> Opinion:
    """The numbers of one sequence, or of several together.

    Raises:
        EvaluationError: py-motmetrics is not installed.
    """
    host = kits.load("motmetrics").metrics.create()
    partials = [each.partial for each in noted]
    values = host.compute_overall(partials, metrics=_METRICS, return_dataframe=False)
    mota, idf1, *counts = (values[name] for name in _METRICS)
    return Opinion(float(mota), float(idf1), *map(int, counts))
