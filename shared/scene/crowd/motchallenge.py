"""Films and detections as MOTChallenge text: `frame,id,left,top,width,height,...`, frames and ids from 1.

Source: https://motchallenge.net/instructions/ and Milan et al., "MOT16", arXiv:1603.00831, section 4 (ground
truth: considered or not, class 1 for a pedestrian, visible share).
"""

import numpy as np

from shared.scene.camera import Floats
from shared.scene.crowd.detections import Detections
from shared.scene.crowd.film import Film


def truth_text(film: Film) -> str:
    """The content of `gt/gt.txt`."""
    rows = zip(film.frames + 1, film.ids, _sides(film.boxes), film.visible, strict=True)
    return "".join(f"{frame},{person},{box},1,1,{share:.4f}\n" for frame, person, box, share in rows)


def detections_text(found: Detections) -> str:
    """The content of `det/det.txt`."""
    rows = zip(found.frames + 1, _sides(found.boxes), found.scores, strict=True)
    return "".join(f"{frame},-1,{box},{score:.4f},-1,-1,-1\n" for frame, box, score in rows)


def information_text(name: str, film: Film) -> str:
    """The content of `seqinfo.ini`; of a varying pace the mean rate."""
    span_s = float(film.pts_us[-1] - film.pts_us[0]) / 1e6
    fps = (film.pts_us.size - 1) / span_s if span_s else 25.0
    width_px, height_px = film.size_px
    return (
        f"[Sequence]\nname={name}\nimDir=img1\nframeRate={fps:g}\nseqLength={film.pts_us.size}\n"
        f"imWidth={width_px}\nimHeight={height_px}\nimExt=.jpg\n"
    )


def _sides(boxes: Floats) -> list[str]:
    sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    return [",".join(f"{value:.3f}" for value in row) for row in sides]
