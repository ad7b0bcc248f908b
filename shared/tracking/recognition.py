"""What looks decide: that somebody who was away has come back, or that it is somebody else.

An embedding comes now and then, and only of people who are seen whole. So from the end of an absence until
looks have spoken a track is in doubt, and who has come back may have a young track until then.
"""

import numpy as np
from numpy.typing import NDArray

from shared.tracking.likeness import body_sizes, cosine
from shared.tracking.observations import Single
from shared.tracking.policy import Policy
from shared.tracking.scene import Scene
from shared.tracking.tracks import BORN, DOUBT, LAST, SEEN, TALL, Indices, Tracks

# A track unseen for longer may be continued by somebody else. The pose stage itself looks for a person at the
# last place for half a second.
ABSENT_US = 500_000

# What is known of a track in row DOUBT: nothing is in doubt; it was away, and looks have not decided since,
# once at most, or not at all; somebody else was seen in its place.
SURE, ASKED, AWAY, MISTAKEN = range(4)


def plausible(
    tracks: Tracks, scene: Scene, rows: Indices, columns: Indices, policy: Policy
) -> NDArray[np.bool_]:
    """(P,) False where a track was away and looks say that this is somebody else.

    Where that was said before, the track only comes back by looks. Nothing is said of tracks that were not
    away: who turns or bends looks different for a moment.
    """
    if policy.stranger_cosine is None or not tracks.gallery.shape[1]:
        return np.ones(len(rows), np.bool_)
    mistaken: NDArray[np.bool_] = tracks.numbers[DOUBT, rows] == MISTAKEN
    alike = cosine(tracks, scene, rows, columns)
    least = policy.stranger_cosine if policy.reentry_cosine is None else policy.reentry_cosine
    same = alike >= np.where(mistaken, least, policy.stranger_cosine)
    open_ = (np.isnan(alike) | ~_away(tracks, scene)[rows]) & ~mistaken
    return np.asarray(same | open_, np.bool_)


def returned(
    tracks: Tracks, scene: Scene, rows: Indices, columns: Indices, policy: Policy
) -> tuple[Indices, Indices, Single]:
    """Who comes back, by looks alone, within a wide reach: pairs (P,) of a lost track and an observation, and
    their cosines.

    A person whose own track is younger than the absence, and less alike, counts as free: that track was begun
    at the picture's edge, where looks told nothing or little.

    Args:
        tracks: T tracks.
        scene: N observations.
        rows: (M,) the tracks that have been matched so far,
        columns: (M,) with these observations.
        policy: with `reentry_cosine`.
    """
    born_us = np.full(len(scene), np.iinfo(np.int64).max)
    born_us[columns] = tracks.numbers[BORN, rows]
    own = np.full(len(scene), -1.0, np.float32)
    own[columns] = np.nan_to_num(cosine(tracks, scene, rows, columns), nan=-1.0)
    free = tracks.confirmed()
    free[rows] = False
    lost, seen = (free[:, None] & scene.sure & _known(scene)).nonzero()
    alike = cosine(tracks, scene, lost, seen)
    kept = (alike >= (policy.reentry_cosine or 1.0)) & (alike > own[seen])
    kept &= born_us[seen] > tracks.numbers[SEEN, lost]
    kept &= _are_near(tracks, scene, lost, seen, policy.reentry_reach)
    return lost[kept], seen[kept], alike[kept]


def doubt(tracks: Tracks, scene: Scene, rows: Indices, columns: Indices, policy: Policy) -> None:
    """Note which tracks come back from an absence, until looks have decided, and which are mistaken: away,
    while somebody else is seen within their reach. To be called before the tracks count as seen.

    Looks between `stranger_cosine` and `reentry_cosine` do not decide the first time.

    Args:
        tracks: T tracks.
        scene: N observations.
        rows: (M,) the tracks that are seen,
        columns: (M,) as these observations.
        policy: with `stranger_cosine`.
    """
    doubts, away, known = tracks.numbers[DOUBT], _away(tracks, scene), _known(scene)
    if known.any() and policy.stranger_cosine is not None:
        free = away.copy()
        free[rows] = False
        lost, seen = (free[:, None] & known).nonzero()
        stranger = cosine(tracks, scene, lost, seen) < policy.stranger_cosine
        stranger &= _are_near(tracks, scene, lost, seen, policy.reach_max)
        doubts[lost[stranger]] = MISTAKEN
    gone = scene.pts_us - tracks.numbers[SEEN, rows] > ABSENT_US
    doubts[rows] = np.where(gone | (doubts[rows] == MISTAKEN), AWAY, doubts[rows])
    rows, columns = rows[known[columns]], columns[known[columns]]
    clear = cosine(tracks, scene, rows, columns) >= (policy.reentry_cosine or 0.0)
    doubts[rows] = np.where(clear, SURE, np.maximum(doubts[rows] - 1, SURE))


def _are_near(
    tracks: Tracks, scene: Scene, rows: Indices, columns: Indices, reach: float
) -> NDArray[np.bool_]:
    """(P,) who is seen within `reach` body sizes of where the track was last seen.

    The body's size is the track's greatest: who walks out of the picture shrinks to nothing first.
    """
    offset = tracks.looks[LAST][:2, rows] - scene.position[:2, columns]
    size = np.maximum(tracks.looks[TALL, rows], body_sizes(scene.position)[columns])
    return np.asarray((offset * offset).sum(axis=0) <= (reach * size) ** 2, np.bool_)


def _away(tracks: Tracks, scene: Scene) -> NDArray[np.bool_]:
    """(T,) which tracks are away, or were and nobody has seen their looks since."""
    away: NDArray[np.bool_] = scene.pts_us - tracks.numbers[SEEN] > ABSENT_US
    return np.asarray(away | (tracks.numbers[DOUBT] != SURE), np.bool_)


def _known(scene: Scene) -> NDArray[np.bool_]:
    """(N,) whose looks are known."""
    if scene.embeddings is None:
        return np.zeros(len(scene), np.bool_)
    return ~np.isnan(scene.embeddings[:, 0])
