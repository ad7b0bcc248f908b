"""The tracker of one camera: persons of a picture in, names that stay out."""

from typing import Self

import numpy as np

from shared.tracking import motion
from shared.tracking.association import Match, associate, recognise
from shared.tracking.found import Found
from shared.tracking.learning import lead, newborn, see, write_history
from shared.tracking.lifecycle import EVER_US, calm_until, confirm, expired, patience_us
from shared.tracking.observations import Integers, Observations
from shared.tracking.policy import Policy
from shared.tracking.recognition import doubt
from shared.tracking.scene import Scene
from shared.tracking.tracks import ID, STATE, Indices, Memory, Tracks
from shared.tracking.warps import moved

_NO_IDS = np.empty(0, np.int64)
_NOTHING = Memory()


class Tracker:
    """Follows the people of one camera. Media time never runs back: an earlier picture is simultaneous.

    Deterministic: the same steps give the same answers, with or without `memory` and `restore` in between.
    """

    def __init__(self, policy: Policy | None = None, memory: Memory = _NOTHING) -> None:
        chosen = self._policy = policy or Policy.default()
        self._dynamics = motion.Dynamics(
            chosen.acceleration, chosen.observation_sigma**2, chosen.fade_s, chosen.fade_sides_s
        )
        self._tracks = Tracks.unpack(memory)
        self._next, self._pts_us = memory.next_track, memory.pts_us
        # Shortcuts: no track ends by then, none is to be confirmed. Without them the next step only looks.
        self._calm_us = -EVER_US
        self._all_confirmed = False

    @classmethod
    def restore(cls, policy: Policy, memory: Memory) -> Self:
        """A tracker that goes on where the one of `memory` was."""
        return cls(policy, memory)

    def memory(self) -> Memory:
        """All that the tracker knows."""
        return self._tracks.pack(self._next, self._pts_us)

    def step(self, pts_us: int, observations: Observations) -> Found:
        """Take in the persons of the picture at media time `pts_us`."""
        before_us = pts_us if self._pts_us is None else self._pts_us
        pts_us = self._pts_us = max(pts_us, before_us)
        tracks = self._tracks = self._tracks.ahead(pts_us - before_us, self._dynamics)
        removed = self._end(pts_us, pts_us - before_us, observations.picture_px)
        if observations.warp is not None:
            moved(tracks, observations.warp)
        scene = Scene.of(pts_us, observations, self._policy.levels.sure_score)
        tracks.make_room(scene.keypoint_count(), scene.embedding_length())
        match = associate(tracks, scene, self._policy)
        if tracks.gallery.shape[1]:
            match, replaced = self._look(match, scene)
            removed = np.concatenate([removed, replaced])
        self._correct(match, scene)
        rows, columns = self._births(match, scene)
        write_history(tracks, pts_us)
        ids = np.zeros(len(scene), np.int64)
        ids[columns] = tracks.numbers[ID][rows]
        states = np.zeros(len(scene), np.uint8)
        states[columns] = tracks.numbers[STATE][rows]
        return Found(ids, states, removed, tracks, rows, columns, observations.picture_px)

    def _end(self, pts_us: int, elapsed_us: int, picture_px: tuple[int, int] | None) -> Integers:
        """Drop the tracks that have ended; their ids."""
        tracks = self._tracks
        if pts_us > self._calm_us:
            self._calm_us = calm_until(tracks, self._policy)
        if pts_us <= self._calm_us:
            return _NO_IDS
        ended = expired(tracks, pts_us, elapsed_us, picture_px, self._policy)
        if not np.count_nonzero(ended):
            return _NO_IDS
        removed: Integers = tracks.numbers[ID, ended]
        tracks.keep(~ended)
        return removed

    def _look(self, match: Match, scene: Scene) -> tuple[Match, Integers]:
        """The match after looks have been heeded, and the ids of tracks that others have replaced."""
        tracks = self._tracks
        (rows, columns), replaced = recognise(match, tracks, scene, self._policy)
        ids: Integers = tracks.numbers[ID, replaced]
        if len(replaced):
            left = np.ones(len(tracks), np.bool_)
            left[replaced] = False
            tracks.keep(left)
            rows = (left.cumsum() - 1)[rows]
        doubt(tracks, scene, rows, columns, self._policy)
        return Match(rows, columns), ids

    def _correct(self, match: Match, scene: Scene) -> None:
        tracks = self._tracks
        if self._policy.reupdate_s is not None:
            lead(tracks, match, scene, self._dynamics, self._policy.reupdate_s)
        see(tracks, match, scene, self._policy)
        if not self._all_confirmed:
            self._all_confirmed = confirm(tracks, scene.pts_us, self._policy)

    def _births(self, match: Match, scene: Scene) -> Match:
        """Start tracks of persons that are nobody's and sure, of the surest first where room is short.

        Returns:
            The match with them.
        """
        if len(match.columns) == len(scene):
            return match
        free = scene.scores >= self._policy.levels.birth_score
        free[match.columns] = False
        new = free.nonzero()[0]
        if len(new) and len(new) > (room := self._room()):
            new = np.sort(new[np.argsort(-scene.scores[new], kind="stable")][: max(0, room)])
        if not len(new):
            return match
        count = len(self._tracks)
        self._tracks.join(newborn(self._tracks, new, scene, self._next, self._dynamics, self._policy))
        self._next += len(new)
        self._all_confirmed = False
        self._calm_us = min(self._calm_us, scene.pts_us + patience_us(self._policy))
        rows: Indices = np.arange(count, count + len(new))
        return Match(np.concatenate([match.rows, rows]), np.concatenate([match.columns, new]))

    def _room(self) -> int:
        most = self._policy.max_tracks
        if self._policy.memory_bytes is not None:
            most = min(most, self._policy.memory_bytes // self._tracks.track_bytes())
        return most - len(self._tracks)
