"""How alike tracks and observations are: overlap of boxes, and what else tells people apart."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.tracking import motion
from shared.tracking.observations import Single
from shared.tracking.policy import Policy
from shared.tracking.scalars import HALF, ONE, ZERO
from shared.tracking.scene import Scene
from shared.tracking.tracks import LAST, SEEN, Indices, Tracks
from shared.vision.oks import keypoint_similarity

# Rows of `corners`.
_EDGES, _AREA, _AREA_AND_HEIGHT = slice(0, 4), slice(4, 5), slice(4, 6)
_SUM = np.ones(4, np.float32)
# Up to so many pairs columns are copied to equal shapes faster than NumPy stretches them.
_FEW = 128


@lru_cache(maxsize=16)
def _picks(buffer: float) -> Single:
    half, whole = 0.5 + buffer, 1 + 2 * buffer
    edges = [[1, 0, half, 0], [0, 1, 0, half], [-1, 0, half, 0], [0, -1, 0, half]]
    return np.array([*edges, [0, 0, whole, 0], [0, 0, 0, whole]], np.float32)


def corners(position: Single, buffer: float) -> Single:
    """(6, N) x1, y1, -x0, -y0, area and height of boxes (4, N) that are grown by `buffer` of their sides on
    each side.

    With the signs of the first corner turned, an intersection is one minimum, and its sides are one sum.
    """
    grown: Single = _picks(buffer).dot(position)
    area = grown[4]
    area *= grown[5]
    return grown


def overlaps(first: Single, second: Single, by_height: bool) -> Single:
    """(T, N) `overlap` of each of `corners` (6, T) with each of (6, N)."""
    count, others = first.shape[1], second.shape[1]
    if count * others > _FEW:
        return overlap(first[:, :, None], second[:, None], by_height)
    rows, columns = _grid(count, others)
    return overlap(first.take(rows, axis=1), second.take(columns, axis=1), by_height).reshape(count, others)


@lru_cache(maxsize=256)
def _grid(count: int, others: int) -> tuple[Indices, Indices]:
    """(count * others,) each: the rows and the columns of a matrix, one row after the other."""
    rows, columns = np.indices((count, others)).reshape(2, -1)
    return rows, columns


def overlap(first: Single, second: Single, by_height: bool) -> Single:
    """Intersection over union in [0, 1] of `corners` (6, ...) that broadcast against each other.

    With `by_height` times the same of the heights alone: people at other distances from the camera differ in
    height even where their boxes overlap. Boxes that only touch have 0. Source: Yang et al., "Hybrid-SORT",
    arXiv:2308.00783, section 3.3.
    """
    nearest = np.minimum(first[_EDGES], second[_EDGES])
    sides = nearest[:2] + nearest[2:]
    np.maximum(sides, ZERO, out=sides)
    area: Single = sides[0]
    area *= sides[1]
    shared, measures = (sides, _AREA_AND_HEIGHT) if by_height else (sides[:1], _AREA)
    union = first[measures] + second[measures]
    union -= shared
    shared /= union
    if by_height:
        area *= sides[1]
    return area


def body_sizes(position: Single) -> Single:
    """(N,) the longer side of each box (4, N) in px: height of who stands, length of who lies."""
    sizes: Single = np.maximum(position[2], position[3])
    return sizes


def foreseen(tracks: Tracks, scene: Scene, pairs: "Pairs", policy: Policy) -> "Pairs":
    """The pairs that surprise less than the policy's gate."""
    rows, columns, overlaps, _ = pairs
    offset = tracks.filters[motion.POSITION].take(rows, axis=1)
    offset -= scene.position.take(columns, axis=1)
    offset *= offset
    offset /= tracks.expected(policy.levels.variance).variances.take(rows, axis=1)
    surprise: Single = _SUM.dot(offset)
    kept = surprise < policy.levels.gate
    pairs = Pairs(rows, columns, overlaps, surprise)
    return pairs if np.count_nonzero(kept) == len(kept) else pairs.take(kept)


def _places(tracks: Tracks, pairs: "Pairs", policy: Policy) -> Single:
    """(P,) overlap; where surprise counts, its mean with 1 where the box is just where it was expected, 0 at
    the bound.

    A track that was not seen for a while expects a wide circle; what its vagueness takes from the chance of
    any one place within it counts as surprise as well, so that who was just seen is preferred. This is the
    logarithm of a Gaussian's density. Source: Bar-Shalom and Li, "Multitarget-Multisensor Tracking", 1995,
    chapter 2.
    """
    if pairs.surprise is None:
        return pairs.overlaps
    _, noise, variances = tracks.expected(policy.levels.variance)
    chance: Single = _SUM.dot(np.log(variances / noise)).take(pairs.rows)
    chance += pairs.surprise
    chance /= policy.levels.surprise
    np.subtract(ONE, chance, out=chance)
    np.maximum(chance, ZERO, out=chance)
    chance += pairs.overlaps
    chance *= HALF
    return chance


def closeness(tracks: Tracks, scene: Scene, rows: Indices, columns: Indices, policy: Policy) -> Single:
    """(R, C) of tracks and observations: 1 where the centres meet, 0 at the edge of a track's reach, less
    beyond; 0 as well where the sizes do not fit.
    """
    expected, seen = tracks.filters[motion.POSITION, rows], scene.position[:, columns]
    offset = expected[:2, :, None] - seen[:2, None]
    offset *= offset
    unseen_s = (scene.pts_us - tracks.numbers[SEEN, rows]).astype(np.float32) * np.float32(1e-6)
    reach = np.minimum(policy.reach + policy.reach_per_s * unseen_s, policy.reach_max)
    sizes, others = body_sizes(expected)[:, None], body_sizes(seen)
    nearness: Single = offset[0] + offset[1]
    nearness /= (reach * reach)[:, None] * sizes * others
    np.sqrt(nearness, out=nearness)
    np.subtract(1.0, nearness, out=nearness)
    nearness[(sizes > policy.size_ratio * others) | (others > policy.size_ratio * sizes)] = 0.0
    return nearness


class Pairs(NamedTuple):
    """P allowed pairs of a track (`rows`) and an observation (`columns`), their overlaps, and how much they
    surprise: squared standard deviations, None where that does not count; (P,) each.
    """

    rows: Indices
    columns: Indices
    overlaps: Single
    surprise: Single | None = None

    def take(self, kept: NDArray[np.bool_]) -> "Pairs":
        """The pairs that are `kept` (P,)."""
        surprise = None if self.surprise is None else self.surprise[kept]
        return Pairs(self.rows[kept], self.columns[kept], self.overlaps[kept], surprise)


def above(values: Single, least: Single) -> Pairs:
    """The pairs whose `values` (T, N) are greater than `least`, () or (N,)."""
    if values.size > _FEW:
        rows, columns = places = (values > least).nonzero()
        return Pairs(rows, columns, values[places])
    rows, columns = _grid(*values.shape)
    flat = values.ravel()
    kept = (flat > (least.take(columns) if least.ndim else least)).nonzero()[0]
    return Pairs(rows.take(kept), columns.take(kept), flat.take(kept))


def likeness(tracks: Tracks, scene: Scene, pairs: Pairs, policy: Policy) -> Single:
    """(P,) in [0, 1]: the weighted mean of what is known of each pair."""
    cues = _cues(tracks, scene, pairs, policy)
    total = cues[0][0] if len(cues) == 1 else _mean(cues)
    if policy.score:
        total = total * (ONE - policy.levels.score * (ONE - scene.scores.take(pairs.columns)))
    return total


def _mean(cues: list[tuple[Single, float]]) -> Single:
    total, weights = np.zeros_like(cues[0][0]), np.zeros_like(cues[0][0])
    for value, weight in cues:
        known = ~np.isnan(value)
        total += np.where(known, weight * value, ZERO)
        weights += weight * known
    total /= weights
    return total


def _cues(tracks: Tracks, scene: Scene, pairs: Pairs, policy: Policy) -> list[tuple[Single, float]]:
    """What is known of the pairs, (P,) each, NaN where it is not, and the weights; first what all have."""
    rows, columns = pairs.rows, pairs.columns
    found = [(_places(tracks, pairs, policy), policy.iou)]
    if policy.keypoints and scene.keypoints is not None:
        found.append((_limbs(tracks, scene, pairs), policy.keypoints))
    if policy.embedding and scene.embeddings is not None:
        found.append((cosine(tracks, scene, rows, columns), policy.embedding))
    if policy.momentum:
        found.append((_heading(tracks, scene, pairs), policy.momentum))
    return found


def _limbs(tracks: Tracks, scene: Scene, pairs: Pairs) -> Single:
    """(P,) OKS of expected and seen keypoints; NaN where fewer than four are visible in both."""
    expected, seen = tracks.shapes[pairs.rows], scene.shapes(pairs.columns, tracks.shapes.shape[1])
    apart = tracks.filters[:2, pairs.rows] - scene.position[:2, pairs.columns]
    expected[..., :2] += apart.T[:, None]
    size = body_sizes(tracks.filters[motion.POSITION])[pairs.rows] * body_sizes(scene.position)[pairs.columns]
    return keypoint_similarity(expected, seen, size)


def cosine(tracks: Tracks, scene: Scene, rows: Indices, columns: Indices) -> Single:
    """(P,) cosine of mean and seen embeddings, at least 0; NaN where one is unknown."""
    if scene.embeddings is None:
        return np.full(len(rows), np.nan, np.float32)
    mean = tracks.gallery[rows].astype(np.float32)
    length = np.sqrt((mean * mean).sum(axis=1))
    product = (mean * scene.embeddings[columns]).sum(axis=1)
    return np.asarray(np.maximum(product / np.maximum(length, 1e-6), 0.0), np.float32)


def _heading(tracks: Tracks, scene: Scene, pairs: Pairs) -> Single:
    """(P,) 1 where the person is in the direction in which the track was last seen to move, 0 opposite; NaN
    where it has no history.

    Source: Cao et al., "Observation-Centric SORT", arXiv:2203.14360, section 4.2 (there three frames back,
    here a quarter to half a second).
    """
    last = tracks.looks[LAST][:2]
    older = tracks.history[-2].T
    past, way = last - older, scene.position[:2, pairs.columns] - last[:, pairs.rows]
    angle = np.arctan2(way[1], way[0]) - np.arctan2(past[1], past[0])[pairs.rows]
    off = np.abs((angle + np.pi) % (2 * np.pi) - np.pi)
    return np.asarray(1.0 - off / np.pi, np.float32)
