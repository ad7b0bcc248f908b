"""Which observation belongs to which track: similarity, gate and the best assignment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from services.tracker.kalman import Floats, body_sizes
from shared.vision.boxes import iou_matrix
from shared.vision.oks import keypoint_similarity

Indices = NDArray[np.intp]

# How far, in body sizes, the centre may be from its prediction. A fall towards the camera moves it by more
# than half a body in an eighth of a second, which no filter foresees; the gate opens with the time unseen.
GATE_BODIES = 0.6
GATE_BODIES_PER_S = 1.5
GATE_BODIES_MAX = 1.2
# The longer side hardly changes in a fall across the picture; along the optical axis 1.5 m of body shrink to
# a breadth of 0.4 m.
SIZE_RATIO = 4.0


@dataclass(frozen=True)
class Bodies:
    """N persons, observed or predicted.

    Attributes:
        position: (N, 4) cx, cy, w, h in px.
        keypoints: (N, K, 3) x, y in px and visibility in [0, 1]; NaN where unknown.
    """

    position: Floats
    keypoints: Floats

    def take(self, rows: Indices) -> "Bodies":
        """The persons of `rows`, in that order."""
        return Bodies(self.position[rows], self.keypoints[rows])


def corners(position: Floats) -> Floats:
    """(N, 4) x0, y0, x1, y1 of boxes given as cx, cy, w, h."""
    half = position[:, 2:] / 2
    return np.concatenate([position[:, :2] - half, position[:, :2] + half], axis=1)


def _float32(position: Floats) -> NDArray[np.float32]:
    return corners(position).astype(np.float32)


def costs(tracks: Bodies, observed: Bodies, unseen_s: Floats) -> Floats:
    """(T, N) cost in [0, 1] of each pair, infinite where the gate forbids it.

    The cost is one minus the mean of three likenesses: overlap of the boxes, closeness of the centres within
    the gate, and OKS of the keypoints (where a pair has none, of the two others). Closeness keeps a falling
    person whose old and new box hardly overlap; OKS keeps apart two people whose boxes do.
    """
    sizes = np.sqrt(body_sizes(tracks.position)[:, None] * body_sizes(observed.position)[None, :])
    offset = tracks.position[:, None, :2] - observed.position[None, :, :2]
    distance = np.linalg.norm(offset, axis=2) / sizes
    gate = np.minimum(GATE_BODIES + GATE_BODIES_PER_S * unseen_s, GATE_BODIES_MAX)[:, None]
    ratio = body_sizes(tracks.position)[:, None] / body_sizes(observed.position)[None, :]
    allowed = (distance <= gate) & (ratio <= SIZE_RATIO) & (ratio >= 1 / SIZE_RATIO)
    overlap = iou_matrix(_float32(tracks.position), _float32(observed.position))
    limbs = keypoint_similarity(tracks.keypoints, observed.keypoints, sizes)
    plain = (overlap + 1 - distance / gate) / 2
    likeness = np.where(np.isnan(limbs), plain, (2 * plain + np.nan_to_num(limbs)) / 3)
    return np.where(allowed, 1 - likeness, np.inf)


def assign(cost: Floats) -> tuple[Indices, Indices]:
    """Rows and columns of the cheapest assignment that uses no infinite pair; as many pairs as possible."""
    if cost.size == 0:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    forbidden = ~np.isfinite(cost)
    rows, columns = linear_sum_assignment(np.where(forbidden, 1e3, cost))
    kept = ~forbidden[rows, columns]
    return rows[kept], columns[kept]
