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
_STATES = {State.TENTATIVE: TrackState.TENTATIVE, State.CONFIRMED: TrackState.CONFIRMED}


def boxes_of(persons: Sequence[Person]) -> NDArray[np.float64]:
    """(N, 4) px, in the messages' own precision."""
    return np.array([person.box for person in persons], np.float64).reshape(-1, 4)


def observe(frame: Frame, warp: np.ndarray[tuple[int, int], np.dtype[np.float64]] | None) -> Observations:
    """The persons of a frame; what their skeleton lacks of the joints is NaN, and all where there is none."""
    persons = frame.persons
    boxes = boxes_of(persons)
    keypoints = np.full((len(persons), len(JOINTS), 3), np.nan)
    for row, person in enumerate(persons):
        if body := body_of(person):
            keypoints[row] = body.points[_JOINTS][:, [0, 1, 3]]
    return Observations(
        boxes,
        np.array([person.score for person in persons], np.float64),
        keypoints,
        unpack(persons),
        warp=warp,
        picture_px=(frame.width_px, frame.height_px),
    )


def named(frame: Frame, found: Found) -> Frame:
    """The frame with names; confirmed tracks that no person took are `lost`."""
    rows = zip(
        frame.persons, found.ids.tolist(), found.states.tolist(), found.velocities.tolist(), strict=True
    )
    persons = tuple(
        msgspec.structs.replace(
            person, track=track, track_state=_STATES[State(state)], velocity=(round(vx, 2), round(vy, 2))
        )
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
