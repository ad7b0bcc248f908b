"""The tracker as a stage: one frame and the camera's tracks in, the named persons and the new tracks out."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from typing_extensions import override

from services.tracker import kalman
from services.tracker.association import Bodies, Indices, assign, corners, costs
from services.tracker.tracks import (
    Known,
    TrackerState,
    Tracks,
    observe,
    pack,
    shapes_of,
    unpack,
    unseen_s,
)
from shared.messages import Frame, Message, Person, TrackState
from shared.settings import Settings
from shared.settings import Tracker as TrackerSettings
from shared.worker import Done, Stage, Work

_POSE = "pose"


@dataclass(frozen=True)
class _Scene:
    """One frame as the association sees it: when, who is there, how surely."""

    pts_us: int
    bodies: Bodies
    scores: kalman.Floats

    def take(self, rows: Indices) -> "_Scene":
        return _Scene(self.pts_us, self.bodies.take(rows), self.scores[rows])


class TrackerStage(Stage[TrackerState]):
    """Two-stage association: sure observations first, then unsure ones against what they left.

    Source: Zhang et al., "ByteTrack", arXiv:2110.06864; costs, gates and ages in media time are ours.
    """

    name = "tracker"
    state_type = TrackerState

    def __init__(self, settings: TrackerSettings) -> None:
        self._settings = settings

    @override
    def fresh(self) -> TrackerState:
        return TrackerState()

    @override
    def wants_picture(self, message: Frame) -> bool:
        return False

    @override
    def process(self, works: Sequence[Work[TrackerState]]) -> list[Done[TrackerState]]:
        return [self._step(work.message, work.state) for work in works]

    @override
    def finish(self, state: TrackerState) -> tuple[Message, ...]:
        """Tracks say nothing when they end."""
        return ()

    def _step(self, frame: Frame, state: TrackerState) -> Done[TrackerState]:
        if _POSE in frame.skipped:  # nobody has looked for people: those who are known are not missed either
            return Done((msgspec.structs.replace(frame, persons=()),), state)
        previous_us = frame.pts_us if state.pts_us is None else state.pts_us
        pts_us = max(frame.pts_us, previous_us)
        tracks = self._living(unpack(state), pts_us)
        tracks = tracks.moved(kalman.predict(tracks.motion, (pts_us - previous_us) / 1e6))
        scene = _Scene(pts_us, observe(frame.persons), np.array([p.score for p in frame.persons]))
        rows = self._associate(tracks, scene)
        seen = np.flatnonzero(rows >= 0)
        tracks = tracks.replaced(rows[seen], self._seen(tracks.take(rows[seen]), scene.take(seen)))
        newborn = self._newborn(rows, scene, len(tracks.known))
        rows[newborn] = len(tracks.known) + np.arange(len(newborn))
        tracks = tracks.joined(_born(scene.take(newborn), state.next_track))
        output = _named(frame, tracks, rows)
        return Done((output,), pack(tracks, state.next_track + len(newborn), pts_us))

    def _living(self, tracks: Tracks, pts_us: int) -> Tracks:
        limits = [
            self._settings.lost_s if track.confirmed else self._settings.tentative_s for track in tracks.known
        ]
        return tracks.take(np.flatnonzero(unseen_s(tracks.known, pts_us) <= np.array(limits)))

    def _associate(self, tracks: Tracks, scene: _Scene) -> Indices:
        """(N,) the row of the track of each person, -1 where it has none."""
        rows = np.full(len(scene.scores), -1, np.intp)
        if not rows.size or not tracks.known:
            return rows
        cost = costs(tracks.bodies(), scene.bodies, unseen_s(tracks.known, scene.pts_us))
        confirmed = np.array([track.confirmed for track in tracks.known])
        sure = scene.scores >= self._settings.sure_score
        likely = scene.scores >= self._settings.least_score
        for wanted, trusted in ((confirmed, sure), (confirmed, likely & ~sure), (~confirmed, sure)):
            free = np.ones(len(tracks.known), bool)
            free[rows[rows >= 0]] = False
            left = np.flatnonzero(wanted & free)
            right = np.flatnonzero(trusted & (rows < 0))
            chosen, persons = assign(cost[np.ix_(left, right)])
            rows[right[persons]] = left[chosen]
        return rows

    def _seen(self, tracks: Tracks, scene: _Scene) -> Tracks:
        known = tuple(
            Known(
                track=track.track,
                confirmed=track.confirmed or scene.pts_us - track.born_us >= self._settings.confirm_s * 1e6,
                born_us=track.born_us,
                seen_us=scene.pts_us,
                score=float(score),
            )
            for track, score in zip(tracks.known, scene.scores, strict=True)
        )
        motion = kalman.update(tracks.motion, scene.bodies.position)
        return Tracks(known, motion, shapes_of(scene.bodies))

    def _newborn(self, rows: Indices, scene: _Scene, alive: int) -> Indices:
        """Persons that start a track: nobody's, sure, and the surest first where room is short."""
        free = np.flatnonzero((rows < 0) & (scene.scores >= self._settings.sure_score))
        best = free[np.argsort(-scene.scores[free], kind="stable")]
        return np.sort(best[: max(0, self._settings.max_tracks - alive)])


def _born(scene: _Scene, next_track: int) -> Tracks:
    known = tuple(
        Known(next_track + index, False, scene.pts_us, scene.pts_us, float(score))
        for index, score in enumerate(scene.scores)
    )
    return Tracks(known, kalman.born(scene.bodies.position), shapes_of(scene.bodies))


def _named(frame: Frame, tracks: Tracks, rows: Indices) -> Frame:
    """The frame with names; confirmed tracks that no person took are `lost`."""
    persons = tuple(
        person if row < 0 else _with_track(person, tracks.known[row])
        for person, row in zip(frame.persons, rows, strict=True)
    )
    absent = sorted(set(range(len(tracks.known))) - set(rows[rows >= 0].tolist()))
    boxes = corners(tracks.motion.position)
    lost = tuple(
        _absent(boxes[row].tolist(), tracks.known[row]) for row in absent if tracks.known[row].confirmed
    )
    return msgspec.structs.replace(frame, persons=persons, lost=lost)


def _with_track(person: Person, track: Known) -> Person:
    state = TrackState.CONFIRMED if track.confirmed else TrackState.TENTATIVE
    return msgspec.structs.replace(person, track=track.track, track_state=state)


def _absent(box: list[float], track: Known) -> Person:
    x0, y0, x1, y1 = box
    return Person(box=(x0, y0, x1, y1), score=track.score, track=track.track, track_state=TrackState.LOST)


def build(settings: Settings) -> TrackerStage:
    """The stage as the configuration wants it."""
    return TrackerStage(settings.tracker)
