"""What tracks learn from the persons that they were matched with, and how new ones begin."""

import numpy as np

from shared.tracking import motion
from shared.tracking.association import Match
from shared.tracking.lifecycle import observe_height
from shared.tracking.observations import Single, State
from shared.tracking.policy import Policy
from shared.tracking.scalars import HALF
from shared.tracking.scene import Scene
from shared.tracking.tracks import (
    BORN,
    FLOOR,
    HISTORY,
    HISTORY_US,
    HITS,
    ID,
    LAST,
    MISSES,
    OBSERVED,
    SEEN,
    STATE,
    TALL,
    Indices,
    Tracks,
)
from shared.vision.embeddings import blend

# Steps of the path that a filter is led along after a gap.
_LEADS = 4


def see(tracks: Tracks, match: Match, scene: Scene, policy: Policy) -> None:
    """Correct the tracks of `match`, in place, with what was seen of them."""
    rows, columns = match
    count, variance, adapt = len(tracks), policy.levels.variance, policy.levels.adapt
    if policy.keypoints or policy.embedding or policy.reentry_cosine is not None:
        _learn(tracks, match, scene, policy)
    if policy.lost_misses is not None:
        tracks.numbers[MISSES] += 1
        tracks.numbers[MISSES, rows] = 0
    if len(rows) == count:  # then they are in order
        observed = scene.observed.take(columns, axis=1)
        motion.update(tracks.filters, observed[LAST], tracks.expected(variance), adapt)
        tracks.looks[OBSERVED] = observed
        tracks.numbers[SEEN] = scene.pts_us
    elif len(rows):
        unseen, places = np.ones(count, np.bool_), np.zeros(count, np.intp)
        unseen[rows], places[rows] = False, columns
        observed = scene.observed.take(places, axis=1)
        motion.update(tracks.filters, observed[LAST], tracks.expected(variance), adapt, unseen)
        np.copyto(tracks.looks[OBSERVED], observed, where=~unseen)
        last_us = tracks.numbers[SEEN]
        last_us[rows] = scene.pts_us
    tracks.forget()


def lead(tracks: Tracks, match: Match, scene: Scene, dynamics: motion.Dynamics, gap_s: float) -> None:
    """Let the filters of tracks that come back after more than `gap_s` have seen the straight path.

    Source: "observation-centric re-update", Cao et al., arXiv:2203.14360, section 4.1; there the filter
    starts from what it knew before the gap, here from its last observation.
    """
    gaps_us = scene.pts_us - tracks.numbers[SEEN].take(match.rows)
    late = (gaps_us > round(gap_s * 1e6)).nonzero()[0]
    for index in late.tolist():
        row, step_us = match.rows[index], int(gaps_us[index]) // _LEADS
        last = tracks.looks[LAST, row, None]
        stride: Single = (scene.position[:, match.columns[index], None] - last) / np.float32(_LEADS)
        led = motion.born(last, dynamics)
        for count in range(1, _LEADS):
            led = motion.predict(led, step_us, dynamics)
            seen = (last + count * stride).astype(np.float32)
            motion.update(led, seen, motion.expected(led, dynamics.variance))
        tracks.filters[:, row] = motion.predict(led, step_us, dynamics)[:, 0]
        tracks.forget()


def _learn(tracks: Tracks, match: Match, scene: Scene, policy: Policy) -> None:
    """Smooth the keypoints and the looks of those who were seen."""
    rows, columns = match
    if points := tracks.shapes.shape[1]:
        new, known = scene.shapes(columns, points), tracks.shapes[rows]
        unseen_s = (scene.pts_us - tracks.numbers[SEEN].take(rows)) * 1e-6
        share = -np.expm1(-unseen_s / max(policy.keypoints_s, 1e-6)).astype(np.float32)
        smooth = known + share[:, None, None] * (new - known)
        tracks.shapes = tracks.shapes.copy()
        tracks.shapes[rows] = np.where(np.isnan(smooth), new, smooth)
    if scene.embeddings is not None:
        mean = tracks.gallery[rows].astype(np.float32)
        weights = np.float32(policy.gallery) * scene.scores[columns]
        mean = blend(mean, scene.embeddings[columns], weights)
        tracks.gallery = tracks.gallery.copy()
        tracks.gallery[rows] = mean.astype(np.float16)


def newborn(
    tracks: Tracks,
    columns: Indices,
    scene: Scene,
    first: int,
    dynamics: motion.Dynamics,
    policy: Policy,
) -> Tracks:
    """Tracks of the observations of `columns` with the ids from `first` on, to be joined to `tracks`."""
    count = len(columns)
    observed = scene.observed.take(columns, axis=1)
    numbers = np.zeros((len(tracks.numbers), count), np.int64)
    numbers[ID] = np.arange(first, first + count)
    numbers[STATE] = State.TENTATIVE if policy.confirm_hits > 1 or policy.confirm_s else State.CONFIRMED
    numbers[BORN] = numbers[SEEN] = scene.pts_us
    numbers[HITS] = 1
    _, centre, _, height, _ = observed
    looks = np.empty((len(tracks.looks), count), np.float32)
    looks[OBSERVED], looks[TALL], looks[FLOOR] = observed, height, centre + height * HALF
    gallery = np.full((count, tracks.gallery.shape[1]), np.nan, np.float16)
    if scene.embeddings is not None:
        gallery[:] = scene.embeddings[columns]
    return Tracks(
        motion.born(observed[LAST], dynamics),
        numbers,
        looks,
        scene.shapes(columns, tracks.shapes.shape[1]),
        gallery,
        np.full((HISTORY, count, 2), np.nan, np.float32),
        tracks.times_us,
    )


def write_history(tracks: Tracks, pts_us: int) -> None:
    """Note where everybody is, and who stands tall, once in `HISTORY_US`."""
    if tracks.times_us and pts_us - tracks.times_us[-1] < HISTORY_US:
        return
    seen = tracks.numbers[SEEN] == pts_us
    place = tracks.looks[:2].T.copy()
    place[~seen] = np.nan
    tracks.times_us = (*tracks.times_us, pts_us)[-HISTORY:]
    tracks.history = np.concatenate([tracks.history[1:], place[None]])
    observe_height(tracks, seen)
