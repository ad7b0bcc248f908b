"""Persons of messages as the tracker observes them, and what it found as persons again."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.messages import Frame, Person, TrackState
from shared.tracking import Found, Observations, State
from shared.vision.bodies import body_of
from shared.vision.embeddings import unpack
from shared.vision.skeletons.coco import COCO17, JOINTS

_JOINTS = COCO17.places(JOINTS)
_PLACE_AND_VISIBILITY = (0, 1, 3)  # of `Person.keypoints`
_STATES: dict[int, TrackState] = {
    State.TENTATIVE: TrackState.TENTATIVE,
    State.CONFIRMED: TrackState.CONFIRMED,
}


def boxes_of(persons: Sequence[Person]) -> NDArray[np.float64]:
    """(N, 4) px, in the messages' own precision."""
    return np.array([person.box for person in persons], np.float64).reshape(-1, 4)


def observe(frame: Frame, warp: np.ndarray[tuple[int, int], np.dtype[np.float64]] | None) -> Observations:
    """The persons of a frame; what their skeleton lacks of the joints is NaN, and all where there is none."""
    persons = frame.persons
    boxes = boxes_of(persons)
    bodies = np.full((len(persons), len(COCO17.points), 5), np.nan)
    for row, person in enumerate(persons):
        if body := body_of(person):
            bodies[row] = body.points
    return Observations(
        boxes,
        np.array([person.score for person in persons], np.float64),
        bodies[:, _JOINTS[:, None], _PLACE_AND_VISIBILITY],
        unpack(persons),
        warp=warp,
        picture_px=(frame.width_px, frame.height_px),
    )


def named(frame: Frame, found: Found) -> Frame:
    """The frame with names; confirmed tracks that no person took are `lost`."""
    velocities = found.velocities.astype(np.float64).round(2)
    rows = zip(frame.persons, found.ids.tolist(), found.states.tolist(), velocities.tolist(), strict=True)
    persons = tuple(
        msgspec.structs.replace(person, track=track, track_state=_STATES[state], velocity=(vx, vy))
        if track
        else person
        for person, track, state, (vx, vy) in rows
    )
    return msgspec.structs.replace(frame, persons=persons, lost=_absent(found))


def _absent(found: Found) -> tuple[Person, ...]:
    lost = found.lost
    rows = zip(lost.ids.tolist(), lost.boxes.tolist(), lost.scores.tolist(), lost.low.tolist(), strict=True)
    return tuple(
        Person((x0, y0, x1, y1), score, track=track, track_state=TrackState.LOST, lost_low=low)
        for track, (x0, y0, x1, y1), score, low in rows
    )
