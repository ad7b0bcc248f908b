"""The tracker as a stage, with embeddings in the persons' messages."""

import msgspec
import numpy as np
import pytest

from services.tracker.stage import build
from shared.messages import Box, Frame, Person
from shared.settings import Settings, Tracker
from shared.vision.embeddings import Embeddings, pack
from tests.services.footage import frame_in, frame_of, through_wire, work_of

BLANK = np.zeros((480, 640, 3), np.uint8)
HERE: Box = (40, 100, 100, 250)
THERE: Box = (400, 100, 460, 250)
ONE, OTHER = np.eye(2, 256, dtype=np.float32)


def with_somebody(seq: int, box: Box, looks: Embeddings | None) -> Frame:
    embedding = None if looks is None else pack(looks)
    person = Person(box, 0.9, embedding=embedding)
    frame = frame_of(BLANK, seq, seq * 40_000)
    return msgspec.structs.replace(frame, persons=(person,))


@pytest.mark.parametrize("settings", [Tracker(), Tracker(policy="crowd", reentry_cosine=0.85)])
@pytest.mark.parametrize(("looks", "expected"), [(ONE, 1), (OTHER, 2), (None, 2)])
def test_who_comes_back_elsewhere_is_told_by_the_embedding_of_the_message(
    settings: Tracker, looks: Embeddings | None, expected: int
) -> None:
    stage = build(Settings(tracker=settings))
    state = stage.fresh()
    frames = [with_somebody(seq, HERE, ONE if seq == 3 else None) for seq in range(10)]
    frames += [frame_of(BLANK, seq, seq * 40_000) for seq in range(10, 30)]
    frames += [with_somebody(30, THERE, looks)]
    for frame in frames:
        (done,) = stage.process([work_of(frame, state, BLANK)])
        state = through_wire(done.state, stage.state_type)
    assert [person.track for person in frame_in(done).persons] == [expected]
