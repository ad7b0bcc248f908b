"""Which observation belongs to which track: candidates, clear cases, and the best assignment of the rest."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from shared.tracking import motion
from shared.tracking.likeness import (
    Pairs,
    above,
    closeness,
    corners,
    foreseen,
    likeness,
    overlaps,
)
from shared.tracking.observations import Single
from shared.tracking.policy import Policy
from shared.tracking.recognition import plausible, returned
from shared.tracking.scalars import ZERO, single
from shared.tracking.scene import Scene
from shared.tracking.tracks import LAST, STATE, Indices, Tracks

# What a pair counts in the one assignment that stands for ByteTrack's stages one after the other, by its
# track and its person: both factors apply, so the likeness decides within a stage and rarely across stages.
# Unlike there, an unsure person may continue a tentative track as well: who enters a picture is seen in part.
# Both by number: of the track's `State`, and whether the person is sure.
_TIERS, _SURENESS = np.array([0.0, 1.0, 4.0], np.float32), np.array([1.0, 4.0], np.float32)
# Up to so many entries a matrix is assigned as a whole faster than what is clear is taken out of it.
_SMALL = 4096
_NEVER = single(np.inf)


class Match(NamedTuple):
    """Tracks (`rows`) and the observations (`columns`) that continue them, (M,) each, tracks in order."""

    rows: Indices
    columns: Indices


_NOBODY = Match(np.empty(0, np.intp), np.empty(0, np.intp))


def associate(tracks: Tracks, scene: Scene, policy: Policy) -> Match:
    """Who is who. Each track and each observation occurs at most once."""
    if not len(tracks) or not len(scene):
        return _NOBODY
    if policy.dance is not None and motion.unsettled(tracks.filters) > policy.dance:
        policy = policy.loose
    match = _resolve(_candidates(tracks, scene, policy), tracks, scene, policy)
    recovers = policy.reach or policy.recover_iou is not None
    if recovers and len(match.rows) < min(len(tracks), len(scene)):
        left = _left(match, tracks, scene, policy)
        if len(left[0]) and len(left[1]):
            recovered = _recovered(tracks, scene, left, policy)
            match = _joined(match, recovered) if len(recovered.rows) else match
    return match


def recognise(match: Match, tracks: Tracks, scene: Scene, policy: Policy) -> tuple[Match, Indices]:
    """The match with those who have come back, known by looks, and the young tracks (R,) that they had before
    that was known: those are in no pair any more.
    """
    if policy.reentry_cosine is None or scene.embeddings is None or not tracks.gallery.shape[1]:
        return match, match.rows[:0]
    rows, columns, alike = returned(tracks, scene, match.rows, match.columns, policy)
    if not len(rows):
        return match, match.rows[:0]
    again = assign(rows, columns, alike, (len(tracks), len(scene)))
    taken = np.isin(match.columns, again.columns)
    return _joined(Match(match.rows[~taken], match.columns[~taken]), again), match.rows[taken]


def _candidates(tracks: Tracks, scene: Scene, policy: Policy) -> Pairs:
    """The pairs that the policy allows."""
    levels = policy.levels
    least = levels.least_iou
    if not scene.all_sure:
        least = np.where(scene.sure, least, levels.unsure_iou)
        np.copyto(least, _NEVER, where=scene.scores < levels.least_score)
    pairs = above(_overlaps(tracks, scene, policy), least)
    if tracks.gallery.shape[1]:
        pairs = pairs.take(plausible(tracks, scene, pairs.rows, pairs.columns, policy))
    return pairs if policy.surprise is None else foreseen(tracks, scene, pairs, policy)


def _overlaps(tracks: Tracks, scene: Scene, policy: Policy) -> Single:
    """(T, N) overlap with the expected boxes, or its mean with that of the last observations."""
    second = corners(scene.position, policy.buffer)
    first = corners(tracks.filters[motion.POSITION], policy.buffer)
    found = overlaps(first, second, policy.height)
    if policy.last:
        last = overlaps(corners(tracks.looks[LAST], policy.buffer), second, policy.height)
        last -= found
        last *= policy.levels.last
        found += last
    return found


def _resolve(pairs: Pairs, tracks: Tracks, scene: Scene, policy: Policy) -> Match:
    """The best choice among `pairs`: nothing is weighed where nobody has a choice."""
    rows, columns, shape = pairs.rows, pairs.columns, (len(tracks), len(scene))
    count = len(rows)
    if count <= min(shape) and len(set(rows.tolist())) == count == len(set(columns.tolist())):
        return Match(rows, columns)
    if shape[0] * shape[1] <= _SMALL:
        return assign(rows, columns, _gains(pairs, tracks, scene, policy), shape)
    choices, rivals = np.bincount(rows), np.bincount(columns)
    clear = (choices[rows] == 1) & (rivals[columns] == 1)
    disputed = pairs.take(~clear)
    left, row_places = _numbered(disputed.rows)
    right, column_places = _numbered(disputed.columns)
    gains = _gains(disputed, tracks, scene, policy)
    best = assign(row_places, column_places, gains, (len(left), len(right)))
    return _joined(Match(rows[clear], columns[clear]), Match(left[best.rows], right[best.columns]))


def _gains(pairs: Pairs, tracks: Tracks, scene: Scene, policy: Policy) -> Single:
    """(P,) what each pair is worth."""
    gains = likeness(tracks, scene, pairs, policy)
    tiers: Single = _TIERS.take(tracks.numbers[STATE].take(pairs.rows))
    if not scene.all_sure:
        tiers *= _SURENESS.take(scene.sure.take(pairs.columns))
    tiers *= gains
    return tiers


def assign(rows: Indices, columns: Indices, gains: Single, shape: tuple[int, ...]) -> Match:
    """The pairs (P,) of `shape` (T, N) that are worth most together, none of them twice.

    `gains` (P,) are positive.
    """
    if not len(rows):
        return _NOBODY
    cost = np.zeros(shape)
    cost[rows, columns] = -gains
    chosen, taken = linear_sum_assignment(cost)
    kept = cost[chosen, taken].nonzero()[0]
    return Match(chosen, taken) if len(kept) == len(chosen) else Match(chosen.take(kept), taken.take(kept))


def _numbered(places: Indices) -> tuple[Indices, Indices]:
    """Which places occur, in order, and the number of each in that list."""
    used = np.bincount(places)
    return used.nonzero()[0], (np.minimum(used, 1).cumsum() - 1)[places]


def _joined(first: Match, second: Match) -> Match:
    rows = np.concatenate([first.rows, second.rows])
    order = rows.argsort()
    return Match(rows[order], np.concatenate([first.columns, second.columns])[order])


def _left(match: Match, tracks: Tracks, scene: Scene, policy: Policy) -> tuple[Indices, Indices]:
    """Confirmed tracks and sure observations that `match` does not have; all of both for a reach."""
    if policy.reach:
        free, new = np.ones(len(tracks), np.bool_), scene.scores >= policy.levels.least_score
    else:
        free, new = tracks.confirmed(), scene.sure.copy()
    free[match.rows] = False
    new[match.columns] = False
    return free.nonzero()[0], new.nonzero()[0]


def _recovered(tracks: Tracks, scene: Scene, left: tuple[Indices, Indices], policy: Policy) -> Match:
    """Pairs by nearness within the reach, or by overlap with the last observation.

    Source: for the latter "observation-centric recovery", Cao et al., arXiv:2203.14360, section 4.3.
    """
    if policy.reach:
        least, values = 0.0, _within_reach(tracks, scene, left, policy)
    else:
        first = corners(tracks.looks[LAST].take(left[0], axis=1), policy.buffer)
        second = corners(scene.position.take(left[1], axis=1), policy.buffer)
        least, values = policy.recover_iou or 0.0, overlaps(first, second, policy.height)
    rows, columns = places = (values > least).nonzero()
    if not len(rows):
        return _NOBODY
    gains = values[places]
    if tracks.gallery.shape[1]:
        same = plausible(tracks, scene, left[0][rows], left[1][columns], policy)
        rows, columns, gains = rows[same], columns[same], gains[same]
    best = assign(rows, columns, gains, values.shape)
    return Match(left[0][best.rows], left[1][best.columns])


def _within_reach(tracks: Tracks, scene: Scene, left: tuple[Indices, Indices], policy: Policy) -> Single:
    """`closeness` of those who are `left`, 0 for an unsure person whom more than one track may reach: where
    many are near nobody knows whose that is, and in a room that falls are watched in few are.
    """
    rows, columns = left
    values = closeness(tracks, scene, np.arange(len(tracks)), columns, policy)
    clear = scene.sure[columns] | (np.count_nonzero(values > ZERO, axis=0) == 1)
    values *= clear
    return values[rows]
