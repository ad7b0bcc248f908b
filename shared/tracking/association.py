"""Which observation belongs to which track: candidates, clear cases, and the best assignment of the rest."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from shared.tracking import motion
from shared.tracking.likeness import (
    Pairs,
    body_sizes,
    closeness,
    corners,
    cosine,
    likeness,
    overlap,
)
from shared.tracking.observations import Single
from shared.tracking.policy import Policy
from shared.tracking.scene import Scene
from shared.tracking.tracks import LAST, SEEN, Indices, Tracks

# A sure person of a confirmed track, an unsure one of a confirmed track, a sure one of a tentative track:
# what a pair counts in the one assignment that stands for ByteTrack's stages one after the other.
_SURE, _UNSURE, _TENTATIVE = 16.0, 4.0, 1.0
# Who has not been seen for so long, and is so little alike (cosine), is somebody else. People of the same
# embedding model are alike by 0.6 and more with themselves.
_LONG_US = 500_000
_STRANGER = 0.3
_FEW = 32  # pairs that are looked at faster one by one than as arrays


class Match(NamedTuple):
    """Tracks (`rows`) and the observations (`columns`) that continue them, (M,) each, tracks in order."""

    rows: Indices
    columns: Indices


_NOBODY = Match(np.empty(0, np.intp), np.empty(0, np.intp))


def associate(tracks: Tracks, scene: Scene, policy: Policy) -> Match:
    """Who is who. Each track and each observation occurs at most once."""
    if not len(tracks) or not len(scene):
        return _NOBODY
    match = _resolve(_candidates(tracks, scene, policy), tracks, scene, policy)
    if policy.recover_iou is not None:
        left = _left(match, tracks, scene)
        if len(left[0]) and len(left[1]):
            match = _joined(match, _recovered(tracks, scene, left, policy))
    if policy.reentry_cosine is not None and scene.embeddings is not None:
        left = _left(match, tracks, scene)
        if len(left[0]) and len(left[1]):
            match = _joined(match, _recognised(tracks, scene, left, policy))
    return match


def _candidates(tracks: Tracks, scene: Scene, policy: Policy) -> Pairs:
    """The pairs that the policy allows."""
    if policy.reach:
        values = closeness(tracks, scene, policy)
        allowed = values >= 0.0
    else:
        first = corners(tracks.filters[motion.POSITION], policy.buffer)
        second = corners(scene.position, policy.buffer)
        values = overlap(first[:, :, None], second[:, None], policy.height)
        sure = scene.all_sure
        least = policy.least_iou if sure else np.where(scene.sure, policy.least_iou, policy.unsure_iou)
        allowed = values > least
    if not scene.all_sure:
        _keep_to_tiers(allowed, tracks, scene, policy)
    rows, columns = allowed.nonzero()
    pairs = Pairs(rows, columns, values)
    if scene.embeddings is not None and policy.embedding:
        pairs = _of_one_look(tracks, scene, pairs)
    return _of_a_size(tracks, scene, pairs, policy.size_ratio) if policy.reach else pairs


def _keep_to_tiers(allowed: NDArray[np.bool_], tracks: Tracks, scene: Scene, policy: Policy) -> None:
    """Unsure persons continue nothing but confirmed tracks, those below the least score nothing at all."""
    allowed &= scene.sure | tracks.confirmed()[:, None]
    allowed &= scene.scores >= policy.least_score


def _of_one_look(tracks: Tracks, scene: Scene, pairs: Pairs) -> Pairs:
    """Without the pairs of a track that has long been unseen with somebody who looks entirely different; who
    is seen all the time may look different any moment, as when falling.
    """
    long = tracks.numbers[SEEN].take(pairs.rows) < scene.pts_us - _LONG_US
    if not long.any():
        return pairs
    return pairs.take(~(long & (cosine(tracks, scene, pairs.rows, pairs.columns) < _STRANGER)))


def _of_a_size(tracks: Tracks, scene: Scene, pairs: Pairs, most: float) -> Pairs:
    ratio = (
        body_sizes(tracks.filters[motion.POSITION])[pairs.rows] / body_sizes(scene.position)[pairs.columns]
    )
    fitting = (ratio <= most) & (ratio * most >= 1.0)
    return pairs if fitting.all() else pairs.take(fitting)


def _resolve(pairs: Pairs, tracks: Tracks, scene: Scene, policy: Policy) -> Match:
    """The best choice among `pairs`: nothing is weighed where nobody has a choice."""
    count = len(pairs.rows)
    if count <= _FEW and len(set(pairs.rows.tolist())) == count == len(set(pairs.columns.tolist())):
        return Match(pairs.rows, pairs.columns)
    choices = np.bincount(pairs.rows, minlength=len(tracks))
    rivals = np.bincount(pairs.columns, minlength=len(scene))
    clear = (choices[pairs.rows] == 1) & (rivals[pairs.columns] == 1)
    if clear.all():
        return Match(pairs.rows, pairs.columns)
    disputed = pairs.take(~clear)
    gains = _gains(disputed, tracks, scene, policy)
    return _joined(
        Match(pairs.rows[clear], pairs.columns[clear]), assign(disputed.rows, disputed.columns, gains)
    )


def _gains(pairs: Pairs, tracks: Tracks, scene: Scene, policy: Policy) -> Single:
    """(P,) what each pair is worth."""
    gains = likeness(tracks, scene, pairs, policy) + np.float32(policy.eager)
    confirmed = tracks.confirmed()[pairs.rows]
    if scene.all_sure:
        return gains * np.where(confirmed, _SURE, _TENTATIVE)
    return gains * np.where(confirmed, np.where(scene.sure[pairs.columns], _SURE, _UNSURE), _TENTATIVE)


def assign(rows: Indices, columns: Indices, gains: Single) -> Match:
    """The pairs (P,) that are worth most together, none of them twice; `gains` (P,) are positive."""
    if not len(rows):
        return _NOBODY
    left, row_places = _numbered(rows)
    right, column_places = _numbered(columns)
    worth = np.zeros((len(left), len(right)))
    worth[row_places, column_places] = gains
    chosen, taken = linear_sum_assignment(worth, maximize=True)
    kept = worth[chosen, taken] > 0.0
    return Match(left[chosen[kept]], right[taken[kept]])


def _numbered(places: Indices) -> tuple[Indices, Indices]:
    """Which places occur, in order, and the number of each in that list."""
    used = np.bincount(places)
    return used.nonzero()[0], (np.minimum(used, 1).cumsum() - 1)[places]


def _joined(first: Match, second: Match) -> Match:
    rows = np.concatenate([first.rows, second.rows])
    order = rows.argsort()
    return Match(rows[order], np.concatenate([first.columns, second.columns])[order])


def _left(match: Match, tracks: Tracks, scene: Scene) -> tuple[Indices, Indices]:
    """Confirmed tracks and sure observations that `match` does not have."""
    free = tracks.confirmed()
    free[match.rows] = False
    new = scene.sure.copy()
    new[match.columns] = False
    return np.flatnonzero(free), np.flatnonzero(new)


def _recovered(tracks: Tracks, scene: Scene, left: tuple[Indices, Indices], policy: Policy) -> Match:
    """Pairs by overlap alone, with another buffer or with the last observation for the prediction.

    Source: "observation-centric recovery", Cao et al., arXiv:2203.14360, section 4.3; the second buffer of
    Yang et al., "C-BIoU", arXiv:2211.14317.
    """
    least = policy.recover_iou or 0.0
    known = tracks.looks[LAST] if policy.recover_last else tracks.filters[motion.POSITION]
    first = corners(known[:, left[0]], policy.recover_buffer)
    second = corners(scene.position[:, left[1]], policy.recover_buffer)
    values = overlap(first[:, :, None], second[:, None], policy.height)
    rows, columns = (values > least).nonzero()
    return assign(left[0][rows], left[1][columns], values[rows, columns])


def _recognised(tracks: Tracks, scene: Scene, left: tuple[Indices, Indices], policy: Policy) -> Match:
    """Pairs by looks alone, within a wide reach: who was hidden comes back elsewhere."""
    rows, columns = (places.ravel() for places in np.meshgrid(*left, indexing="ij"))
    offset = tracks.filters[:2, rows] - scene.position[:2, columns]
    size = body_sizes(tracks.filters[motion.POSITION])[rows] * body_sizes(scene.position)[columns]
    alike = cosine(tracks, scene, rows, columns)
    kept = (offset * offset).sum(axis=0) <= policy.reentry_reach**2 * size
    kept &= alike >= (policy.reentry_cosine or 0.0)
    return assign(rows[kept], columns[kept], alike[kept])
