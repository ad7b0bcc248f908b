"""A made-up crowd as a MOTChallenge sequence: the truth, a detector's boxes, and what the sequence is.

Source: https://motchallenge.net/instructions/ and Milan et al., "MOT16", arXiv:1603.00831, section 4 (ground
truth: considered or not, class 1 for a pedestrian, visible share).
"""

from pathlib import Path

import numpy as np

from services.evaluate.errors import EvaluationError
from services.evaluate.tracking.motchallenge import PEDESTRIAN, UNKNOWN, Rows, write_results
from shared.scene.crowd.detections import Detections, DetectorSpec, detect
from shared.scene.crowd.film import CrowdSpec, Film, film


def write_crowd(folder: Path, spec: CrowdSpec) -> Film:
    """Write `gt/gt.txt`, `det/det.txt` and `seqinfo.ini` of a crowd into a folder that holds none yet.

    Raises:
        EvaluationError: there is a sequence already, or the folder cannot be written.
    """
    if (folder / "seqinfo.ini").exists():
        raise EvaluationError(f"{folder} holds a sequence already; name another folder")
    shot = film(spec)
    write_results(folder / "det" / "det.txt", _rows(detect(shot, DetectorSpec(seed=spec.seed))))
    try:
        (folder / "gt").mkdir(parents=True, exist_ok=True)
        (folder / "gt" / "gt.txt").write_text(_truth(shot), encoding="ascii")
        (folder / "seqinfo.ini").write_text(_information(folder.name, shot), encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{folder} cannot be written: {error.strerror}; name another folder") from None
    return shot


def _rows(found: Detections) -> Rows:
    unknown = np.full(len(found.frames), UNKNOWN, np.int64)
    return Rows(found.frames + 1, unknown, found.boxes, found.scores, unknown)


def _truth(shot: Film) -> str:
    sides = np.concatenate([shot.boxes[:, :2], shot.boxes[:, 2:] - shot.boxes[:, :2]], axis=1)
    rows = zip(shot.frames + 1, shot.ids, sides.tolist(), shot.visible, strict=True)
    return "".join(
        f"{frame},{person},{x:.3f},{y:.3f},{width:.3f},{height:.3f},1,{PEDESTRIAN},{share:.4f}\n"
        for frame, person, (x, y, width, height), share in rows
    )


def _information(name: str, shot: Film) -> str:
    """Of a varying pace the mean rate."""
    span_s = float(shot.pts_us[-1] - shot.pts_us[0]) / 1e6
    fps = (shot.pts_us.size - 1) / span_s if span_s else 25.0
    width_px, height_px = shot.size_px
    return (
        f"[Sequence]\nname={name}\nimDir=img1\nframeRate={fps:g}\nseqLength={shot.pts_us.size}\n"
        f"imWidth={width_px}\nimHeight={height_px}\nimExt=.jpg\n"
    )
