"""The tracker of one camera: persons of a picture in, names that stay out."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from shared.tracking import motion
from shared.tracking.association import Match, associate
from shared.tracking.lifecycle import confirm, expired, is_low, observe_height
from shared.tracking.likeness import Scene
from shared.tracking.policy import Policy
from shared.tracking.recognition import Candidates, doubt
from shared.tracking.scene import Found, Integers, Lost, Observations, Single, State
from shared.tracking.tracks import (
    BORN,
    CONFIRMED,
    HISTORY,
    HISTORY_US,
    HITS,
    ID,
    LAST,
    MISSES,
    SCORE,
    SEEN,
    Indices,
    Memory,
    Tracks,
    boxes_of,
)
from shared.tracking.warps import moved
from shared.vision.embeddings import blend

# Steps of the path that a filter is led along after a gap.
_LEADS = 4
# How much of a track's height is forgotten with each entry of its history: half of it in forty seconds.
_FORGET = 0.004

_NO_IDS = np.empty(0, np.int64)
_NOBODY = Lost(_NO_IDS, np.empty((0, 4), np.float32), _NO_IDS, np.empty(0, np.bool_), np.empty(0, np.float32))
_TO_POSITION = np.array([[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [-1, 0, 1, 0], [0, -1, 0, 1]], np.float32)


class Tracker:
    """Follows the people of one camera. Media time never runs back: an earlier picture is simultaneous.

    Deterministic: the same steps give the same answers, with or without `memory` and `restore` in between.
    """

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or Policy.default()
        chosen = self._policy
        self._dynamics = motion.Dynamics(
            chosen.acceleration, chosen.observation_sigma**2, (chosen.fade_s, chosen.fade_sides_s)
        )
        self._birth_score = chosen.sure_score if chosen.birth_score is None else chosen.birth_score
        self._tracks = Tracks.unpack(Memory())
        self._next = 1
        self._pts_us: int | None = None

    @classmethod
    def restore(cls, policy: Policy, memory: Memory) -> Self:
        """A tracker that goes on where the one of `memory` was."""
        tracker = cls(policy)
        tracker._tracks = Tracks.unpack(memory)
        tracker._next, tracker._pts_us = memory.next_track, memory.pts_us
        return tracker

    def memory(self) -> Memory:
        """All that the tracker knows."""
        return self._tracks.pack(self._next, self._pts_us)

    def step(self, pts_us: int, observations: Observations) -> Found:
        """Take in the persons of the picture at media time `pts_us`.

        Raises:
            ValueError: there is another number of keypoints than before.
        """
        tracks = self._tracks
        before_us = pts_us if self._pts_us is None else self._pts_us
        pts_us = self._pts_us = max(pts_us, before_us)
        removed = self._bury(expired(tracks, pts_us, observations.picture_px, self._policy))
        tracks.filters = motion.predict(tracks.filters, pts_us - before_us, self._dynamics)
        if observations.warp is not None:
            moved(tracks, observations.warp)
        scene = self._scene(pts_us, observations)
        match = associate(tracks, scene, self._policy)
        if len(match.replaced):
            match, gone = self._without_replaced(match)
            removed = np.concatenate([removed, gone])
        self._see(match, scene)
        return self._told(match, scene, observations.picture_px, removed)

    def _bury(self, ended: NDArray[np.bool_]) -> Integers:
        if not ended.any():
            return _NO_IDS
        removed = self._tracks.numbers[ID, ended]
        self._tracks.keep(~ended)
        return removed

    def _without_replaced(self, match: Match) -> tuple[Match, Integers]:
        """The same match where the tracks that were replaced are gone, and their ids."""
        ended = np.zeros(len(self._tracks), np.bool_)
        ended[match.replaced] = True
        places = np.cumsum(~ended) - 1
        left = Match(places[match.rows], match.columns, strangers=places[match.strangers])
        return left, self._bury(ended)

    def _scene(self, pts_us: int, observations: Observations) -> Scene:
        position = _TO_POSITION @ observations.boxes.T.astype(np.float32)
        np.maximum(position[2:], 1.0, out=position[2:])
        scores = observations.scores.astype(np.float32)
        sure = scores >= self._policy.sure_score
        points, looks = observations.keypoints, observations.embeddings
        self._tracks.make_room(
            0 if points is None else points.shape[1], 0 if looks is None else looks.shape[1]
        )
        return Scene(
            pts_us,
            position,
            scores,
            sure,
            np.count_nonzero(sure) == len(sure),
            None if points is None else points.astype(np.float32),
            None if looks is None else looks.astype(np.float32),
        )

    def _see(self, match: Match, scene: Scene) -> None:
        """Correct the tracks that were seen."""
        tracks, rows, columns = self._tracks, match.rows, match.columns
        numbers = tracks.numbers
        position = scene.position[:, columns]
        if self._policy.reupdate_s is not None and len(rows):
            self._lead(rows, position, scene.pts_us)
        seen = tracks.filters[:, rows]
        motion.update(seen, position, self._dynamics.variance)
        tracks.filters[:, rows] = seen
        self._learn(match, scene)
        tracks.looks[LAST, rows] = position
        tracks.looks[SCORE, rows] = scene.scores[columns]
        doubt(tracks, Candidates(rows, columns), match.strangers, scene)
        numbers[MISSES] += 1
        numbers[MISSES, rows] = 0
        numbers[HITS, rows] += 1
        numbers[SEEN, rows] = scene.pts_us
        confirm(tracks, scene.pts_us, self._policy)
        self._write_history(scene.pts_us)

    def _lead(self, rows: Indices, position: Single, pts_us: int) -> None:
        """Let the filters of tracks that come back after a gap have seen the straight path.

        Source: "observation-centric re-update", Cao et al., arXiv:2203.14360, section 4.1; there the filter
        starts from what it knew before the gap, here from its last observation alone.
        """
        gaps_us = pts_us - self._tracks.numbers[SEEN, rows]
        late = gaps_us > round((self._policy.reupdate_s or 0.0) * 1e6)
        for row, gap_us, place in zip(rows[late], gaps_us[late].tolist(), position.T[late], strict=True):
            last = self._tracks.looks[LAST, row]
            step = ((place - last) / _LEADS)[:, None]
            led = motion.born(last[:, None], self._dynamics)
            for count in range(1, _LEADS):
                led = motion.predict(led, gap_us // _LEADS, self._dynamics)
                motion.update(led, last[:, None] + count * step, self._dynamics.variance)
            self._tracks.filters[:, row] = motion.predict(led, gap_us // _LEADS, self._dynamics)[:, 0]

    def _learn(self, match: Match, scene: Scene) -> None:
        """Smooth the keypoints and the looks of those who were seen."""
        tracks, rows, columns = self._tracks, match.rows, match.columns
        if tracks.shapes.shape[1]:
            shapes = _shapes(scene, columns, tracks.shapes.shape[1])
            unseen_s = (scene.pts_us - tracks.numbers[SEEN, rows]) / 1e6
            share = -np.expm1(-unseen_s / max(self._policy.keypoints_s, 1e-6)).astype(np.float32)
            known = tracks.shapes[rows]
            smooth = known + share[:, None, None] * (shapes - known)
            tracks.shapes[rows] = np.where(np.isnan(smooth), shapes, smooth)
        if scene.embeddings is not None:
            new, mean = scene.embeddings[columns], tracks.gallery[rows].astype(np.float32)
            weights = np.float32(self._policy.gallery) * scene.scores[columns]
            tracks.gallery[rows] = blend(mean, new, weights).astype(np.float16)

    def _write_history(self, pts_us: int) -> None:
        tracks = self._tracks
        if tracks.times_us and pts_us - tracks.times_us[-1] < HISTORY_US:
            return
        tracks.times_us = (*tracks.times_us, pts_us)[-HISTORY:]
        seen = tracks.numbers[SEEN] == pts_us
        tracks.history[:-1] = tracks.history[1:]
        tracks.history[-1] = np.where(seen, tracks.looks[:2], np.nan).T
        observe_height(tracks, np.flatnonzero(seen), _FORGET)

    def _births(self, match: Match, scene: Scene) -> Indices:
        """Persons that start a track: nobody's, sure, and the surest first where room is short."""
        free = scene.scores >= self._birth_score
        free[match.columns] = False
        new = np.flatnonzero(free)
        if len(new) > (room := self._room()):
            new = np.sort(new[np.argsort(-scene.scores[new], kind="stable")][: max(0, room)])
        if len(new):
            self._tracks.join(self._newborn(new, scene))
            self._next += len(new)
        return new

    def _room(self) -> int:
        most, tracks = self._policy.max_tracks, self._tracks
        if self._policy.memory_bytes is not None:
            most = min(most, self._policy.memory_bytes // tracks.track_bytes())
        return most - len(tracks)

    def _newborn(self, columns: Indices, scene: Scene) -> Tracks:
        count, tracks = len(columns), self._tracks
        position = scene.position[:, columns]
        numbers = np.zeros((tracks.numbers.shape[0], count), np.int64)
        numbers[ID] = np.arange(self._next, self._next + count)
        numbers[[BORN, SEEN]] = scene.pts_us
        numbers[HITS] = 1
        numbers[CONFIRMED] = self._policy.confirm_hits <= 1 and not self._policy.confirm_s
        foot = position[1] + position[3] / 2
        looks = np.concatenate([position, scene.scores[None, columns], position[3:], foot[None]])
        gallery = np.full((count, tracks.gallery.shape[1]), np.nan, np.float16)
        if scene.embeddings is not None:
            gallery[:] = scene.embeddings[columns]
        history = np.full((HISTORY, count, 2), np.nan, np.float32)
        shapes = _shapes(scene, columns, tracks.shapes.shape[1])
        return Tracks(motion.born(position, self._dynamics), numbers, looks, shapes, gallery, history, ())

    def _told(self, match: Match, scene: Scene, size_px: tuple[int, int] | None, removed: Integers) -> Found:
        """What the step says: the names of the persons, and who is lost."""
        new = self._births(match, scene)
        tracks = self._tracks
        rows = np.concatenate([match.rows, np.arange(len(tracks) - len(new), len(tracks))])
        columns = np.concatenate([match.columns, new])
        numbers, filters = tracks.numbers, tracks.filters
        ids = np.zeros(len(scene), np.int64)
        ids[columns] = numbers[ID, rows]
        states = np.zeros(len(scene), np.uint8)
        states[columns] = numbers[CONFIRMED, rows] + State.TENTATIVE
        velocities = np.zeros((len(scene), 2), np.float32)
        velocities[columns] = filters[4:6, rows].T
        absent = numbers[CONFIRMED] > 0
        absent[rows] = False
        lost = _lost(tracks, np.flatnonzero(absent), size_px) if absent.any() else _NOBODY
        return Found(ids, states, lost, removed, velocities)


def _lost(tracks: Tracks, rows: Indices, picture_px: tuple[int, int] | None) -> Lost:
    numbers = tracks.numbers
    boxes = boxes_of(tracks.filters[motion.POSITION][:, rows])
    return Lost(
        numbers[ID, rows],
        boxes,
        numbers[SEEN, rows],
        is_low(tracks, picture_px)[rows],
        tracks.looks[SCORE, rows],
    )


def _shapes(scene: Scene, columns: Indices, points: int) -> Single:
    """(M, K, 3) the keypoints of the observations relative to their centres; NaN without."""
    if scene.keypoints is None:
        return np.full((len(columns), points, 3), np.nan, np.float32)
    shapes = scene.keypoints[columns]
    shapes[..., :2] -= scene.position[:2, columns].T[:, None]
    return shapes
