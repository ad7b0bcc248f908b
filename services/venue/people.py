"""The people of a venue: how they come, move, and are known by their looks."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.venue import motion
from services.venue.efforts import moved, rested
from services.venue.motion import Floats
from services.venue.rows import Indices
from services.venue.tables import People, Tracks, Whole
from shared.settings import Effort

LOOK_SHARE = 0.1  # of a new embedding in a person's mean

Looks = NDArray[np.float16]


def newcomers(tracks: Tracks, ids: Whole, at_us: int, length: int) -> People:
    """The people of N tracks that are nobody's whom we know; `length` of the embeddings."""
    now_us = np.full(len(ids), at_us, np.int64)
    return People(
        id=ids,
        born_us=tracks.born_us,
        seen_us=now_us,
        mean=tracks.mean,
        covariance=tracks.covariance,
        look=np.zeros((len(ids), length), np.float16),
        **vars(rested(tracks.mean[:, :2], now_us)),
    )


def advanced(people: People, metres: Floats, noise: Floats, at_us: int, settings: Effort) -> People:
    """After each of N people was seen at its row of `metres` (N, 2), with covariance (N, 2, 2).

    A sighting older than what is known of somebody is brought to that moment by his velocity.
    """
    late_s = np.maximum(people.seen_us - at_us, 0) / 1e6
    noise = noise + (late_s**3 * motion.ACCELERATION_PSD / 3)[:, None, None] * np.eye(2)
    now_us = np.maximum(people.seen_us, at_us)
    ahead = motion.predict(people.motion, (now_us - people.seen_us) / 1e6)
    there = motion.update(ahead, metres + late_s[:, None] * people.mean[:, 2:], noise)
    efforts = moved(people.efforts, there.mean, now_us, settings)
    return replace(people, seen_us=now_us, mean=there.mean, covariance=there.covariance, **vars(efforts))


def remembered(known: Looks, whom: Indices, looks: NDArray[np.floating]) -> Looks:
    """(P, D) the looks of all people, after those of `whom` (N,) were seen: (N, D), zero where not."""
    if known.shape[1] != looks.shape[1]:
        known = np.zeros((len(known), looks.shape[1]), np.float16)
    mean = known[whom].astype(np.float64)
    seen, before = np.any(looks, axis=1, keepdims=True), np.any(mean, axis=1, keepdims=True)
    share = np.where(before, LOOK_SHARE, 1.0) * seen
    mean += share * (looks - mean)
    after = known.copy()
    after[whom] = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
    return after
