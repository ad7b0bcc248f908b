"""How good tracks are, by TrackEval, the kit of MOTChallenge.

Source: https://github.com/JonathonLuiten/TrackEval; HOTA: Luiten et al. 2020, arXiv:2009.07736; MOTA:
Bernardin and Stiefelhagen 2008, doi:10.1155/2008/246309; IDF1: Ristani et al. 2016, arXiv:1609.01775.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.evaluate import kits
from services.evaluate.tracking.motchallenge import Integers, Rows
from services.evaluate.tracking.pairing import Pairing, pair

IOU = 0.5  # from which a found box is a labelled one's, as MOTChallenge has it

_Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """What the tables show.

    Attributes:
        hota: geometric mean of detection and association, averaged over IoU of .05 to .95.
        deta: how well people are found, in [0, 1], over the same IoU.
        assa: how well tracks keep to one person, in [0, 1], over the same IoU.
        mota: 1 - (false negatives + false positives + switches) / boxes: at most 1, without a lower end.
        idf1: F1 of the boxes that carry the right id, under the best assignment of ids to people.
        id_switches: how often a person got another id than before.
        fragmentations: how often a track of a person was interrupted.
        false_positives: found boxes without a labelled one.
        false_negatives: labelled boxes without a found one.
        boxes: labelled ones.
    """

    hota: float
    deta: float
    assa: float
    mota: float
    idf1: float
    id_switches: int
    fragmentations: int
    false_positives: int
    false_negatives: int
    boxes: int


@dataclass(frozen=True)
class Measured:
    """One sequence's counts, from which scores of one or several sequences are made."""

    hota: _Raw
    clear: _Raw
    identity: _Raw
    boxes: int


def measure(pairing: Pairing, threshold: float = IOU) -> Measured:
    """Count in one sequence what is right and wrong.

    Raises:
        EvaluationError: TrackEval is not installed.
    """
    data = _data(pairing)
    hota, clear, identity = (metric.eval_sequence(data) for metric in _metrics(threshold))
    return Measured(hota, clear, identity, pairing.boxes)


def score(measured: Sequence[Measured]) -> Score:
    """The score of one sequence, or of several together: their counts are summed, not their scores averaged.

    Raises:
        EvaluationError: TrackEval is not installed.
    """
    hota, clear, identity = _metrics(IOU)

    def combined(metric: Any, of: Callable[[Measured], _Raw]) -> _Raw:
        result: _Raw = metric.combine_sequences({place: of(each) for place, each in enumerate(measured)})
        return result

    alphas = combined(hota, lambda each: each.hota)
    counts = combined(clear, lambda each: each.clear)
    return Score(
        hota=float(np.mean(alphas["HOTA"])),
        deta=float(np.mean(alphas["DetA"])),
        assa=float(np.mean(alphas["AssA"])),
        mota=float(counts["MOTA"]),
        idf1=float(combined(identity, lambda each: each.identity)["IDF1"]),
        id_switches=int(counts["IDSW"]),
        fragmentations=int(counts["Frag"]),
        false_positives=int(counts["CLR_FP"]),
        false_negatives=int(counts["CLR_FN"]),
        boxes=sum(each.boxes for each in measured),
    )


def evaluate(truth: Rows, results: Rows, name: str = "", frames: int | None = None) -> Score:
    """Score one sequence at the usual IoU.

    Raises:
        EvaluationError: TrackEval is not installed.
    """
    return score([measure(pair(truth, results, name, frames))])


def _metrics(threshold: float) -> tuple[Any, Any, Any]:
    metrics = kits.load("trackeval.metrics")
    config = {"THRESHOLD": threshold, "PRINT_CONFIG": False}
    return metrics.HOTA(), metrics.CLEAR(config), metrics.Identity(config)


def _data(pairing: Pairing) -> dict[str, Any]:
    """A sequence under the names that TrackEval's metrics look for."""
    return {
        "num_timesteps": len(pairing.overlaps),
        "num_gt_ids": _people(pairing.labelled),
        "num_tracker_ids": _people(pairing.found),
        "num_gt_dets": pairing.boxes,
        "num_tracker_dets": sum(map(len, pairing.found)),
        "gt_ids": pairing.labelled,
        "tracker_ids": pairing.found,
        "similarity_scores": pairing.overlaps,
    }


def _people(frames: Sequence[Integers]) -> int:
    """How many there are, who are numbered from 0."""
    return 1 + max((int(numbers.max()) for numbers in frames if len(numbers)), default=-1)
