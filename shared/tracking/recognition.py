"""What looks decide: that somebody who was away has come back, or that it is somebody else.

An embedding comes now and then, and only of people who are seen whole. So between the end of an absence and
the next embedding a track is in doubt, and a person may have a young track of which no looks are known.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.tracking import motion
from shared.tracking.likeness import Scene, body_sizes, cosine, is_confirmed
from shared.tracking.policy import Policy
from shared.tracking.tracks import BORN, DOUBTED, SEEN, Indices, Tracks

# A track unseen for longer may be continued by somebody else. The pose stage itself looks for a person at the
# last place for half a second.
ABSENT_US = 500_000

# What is known of a track in row DOUBTED: nothing is in doubt; it was away and nobody has seen its looks
# since; somebody else was seen in its place.
SURE, AWAY, MISTAKEN = range(3)


class Candidates(NamedTuple):
    """Tracks (`rows`) and observations (`columns`), (P,) each, that looks may bring together."""

    rows: Indices
    columns: Indices


def plausible(tracks: Tracks, scene: Scene, candidates: Candidates, policy: Policy) -> NDArray[np.bool_]:
    """(P,) False where a track was away and looks say that this is somebody else.

    Where that was said before, the track only comes back by looks. Nothing is said of tracks that were not
    away: who turns or bends looks different for a moment.
    """
    rows, columns = candidates
    if policy.stranger_cosine is None or not tracks.gallery.shape[1]:
        return np.ones(len(rows), np.bool_)
    doubted = tracks.numbers[DOUBTED]
    mistaken = (doubted == MISTAKEN)[rows]
    if scene.embeddings is None:
        return ~mistaken
    away = ((doubted == AWAY) | (scene.pts_us - tracks.numbers[SEEN] > ABSENT_US))[rows] | mistaken
    wanted = policy.stranger_cosine if policy.reentry_cosine is None else policy.reentry_cosine
    alike = cosine(tracks, scene.embeddings, rows, columns)
    same = alike >= np.where(mistaken, wanted, policy.stranger_cosine)
    return np.asarray(~away | same | (np.isnan(alike) & ~mistaken), np.bool_)


def doubt(tracks: Tracks, match: Candidates, strangers: Indices, scene: Scene) -> None:
    """Note which tracks are mistaken, and which of those now seen come back from an absence, until looks are
    known again.

    To be called before the tracks count as seen.

    Args:
        tracks: T tracks.
        match: who has been matched.
        strangers: tracks that could only have been continued by somebody else.
        scene: N observations.
    """
    if not tracks.gallery.shape[1]:
        return
    numbers, (rows, columns) = tracks.numbers, match
    numbers[DOUBTED, strangers] = MISTAKEN
    gone = scene.pts_us - numbers[SEEN, rows] > ABSENT_US
    numbers[DOUBTED, rows] = np.where(gone, AWAY, numbers[DOUBTED, rows])
    if scene.embeddings is not None:
        seen = ~np.isnan(scene.embeddings[columns, 0])
        numbers[DOUBTED, rows[seen]] = SURE


def returned(
    tracks: Tracks, scene: Scene, match: Candidates, policy: Policy
) -> tuple[Candidates, NDArray[np.float32]]:
    """Pairs (P,) by looks alone, within a wide reach, and their cosines: who was hidden comes back elsewhere.

    A person whose own track is younger than the absence and has no known looks counts as free: that track was
    begun at the picture's edge, where nothing could be told.

    Args:
        tracks: T tracks.
        scene: N observations.
        match: who has been matched so far.
        policy: with `reentry_cosine`.
    """
    if scene.embeddings is None or policy.reentry_cosine is None:
        return Candidates(match.rows[:0], match.columns[:0]), np.empty(0, np.float32)
    limits = np.iinfo(np.int64)
    born_us = np.full(len(scene), limits.max)
    blank = np.isnan(tracks.gallery[match.rows, 0])
    born_us[match.columns] = np.where(blank, tracks.numbers[BORN, match.rows], limits.min)
    free = is_confirmed(tracks)
    free[match.rows] = False
    known = scene.sure & ~np.isnan(scene.embeddings[:, 0])
    rows, columns = (free[:, None] & known).nonzero()
    offset = tracks.filters[:2, rows] - scene.position[:2, columns]
    size = body_sizes(tracks.filters[motion.POSITION])[rows] * body_sizes(scene.position)[columns]
    alike = cosine(tracks, scene.embeddings, rows, columns)
    kept = (alike >= policy.reentry_cosine) & (born_us[columns] > tracks.numbers[SEEN, rows])
    kept &= (offset * offset).sum(axis=0) <= policy.reentry_reach**2 * size
    return Candidates(rows[kept], columns[kept]), alike[kept]
