"""People of a real clip leave the picture and come back: detector, pose with re-identification, tracker."""

import itertools
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import pytest

from services.detector.stage import build as build_detector
from services.pose.stage import build as build_pose
from services.tracker.stage import build as build_tracker
from shared.messages import Frame
from shared.settings import Detector, Pose, ReId, Runtime, Settings
from shared.vision.embeddings import Embeddings, unit, unpack
from tests.models_fixture import models_dir, runtime
from tests.services.footage import clip, frame_in, frame_of, run_one, work_of

__all__ = ["models_dir", "runtime"]

pytestmark = pytest.mark.data

CLIP = "intel/one-by-one-person-detection.mp4"  # six people one after the other in one room, 10 pictures/s
PARTS = {  # seconds: two of them go out on the right, one of these comes in at the lower edge
    "grey leaves": (15.5, 19.4),
    "white enters": (51.0, 53.9),
    "white leaves": (65.5, 70.4),
}
GAP_US, FRAME_US = 1_000_000, 100_000

Parts = Mapping[str, Sequence[Frame]]


@pytest.fixture(scope="module")
def parts(runtime: Runtime) -> Parts:
    """Each part as pose tells it."""
    settings = Settings(
        runtime=runtime,
        detector=Detector(model="yolox-nano", score=0.3, iou=0.45, every_s=0.2),
        pose=Pose(reid=ReId(model="reid-retail-0288")),
    )
    detector, pose = build_detector(settings), build_pose(settings)
    states = {name: (detector.fresh(), pose.fresh()) for name in PARTS}
    told: dict[str, list[Frame]] = {name: [] for name in PARTS}
    end_us = 1e6 * max(last for _, last in PARTS.values())
    shown = itertools.takewhile(lambda picture: picture[0] <= end_us, clip(CLIP))
    for seq, (pts_us, image) in enumerate(shown):
        name = next((name for name, (first, last) in PARTS.items() if first <= pts_us / 1e6 <= last), None)
        if name is None:
            continue
        before, known = states[name]
        found, before = run_one(detector, frame_of(image, seq, pts_us), before, image)
        frame, known = run_one(pose, found, known, image)
        states[name] = before, known
        told[name].append(frame)
    return told


def looks(frames: Sequence[Frame]) -> Embeddings:
    """The mean look of whoever is in the frames (1, D)."""
    known = [rows for frame in frames if (rows := unpack(frame.persons)) is not None]
    assert len(known) >= 2
    return unit(np.nanmean(np.concatenate(known), axis=0, keepdims=True))


def names(settings: Settings, leaves: Sequence[Frame], enters: Sequence[Frame]) -> tuple[int, int]:
    """The ids of who leaves and of who is there in the end; between them there is nobody for a second."""
    tracker = build_tracker(settings)
    state, pts_us, last = tracker.fresh(), 0, {"leaves": 0, "enters": 0}
    empty = [msgspec.structs.replace(leaves[0], persons=())] * (GAP_US // FRAME_US)
    shown = itertools.chain(
        (("leaves", each) for each in leaves),
        (("", each) for each in empty),
        (("enters", each) for each in enters),
    )
    for seq, (part, frame) in enumerate(shown):
        pts_us += FRAME_US
        work = work_of(
            msgspec.structs.replace(frame, seq=seq, pts_us=pts_us), state, np.zeros((8, 8, 3), np.uint8)
        )
        (done,) = tracker.process([work])
        state = done.state
        tracks = [person.track for person in frame_in(done).persons if person.track]
        last |= {part: tracks[-1]} if tracks else {}
    return last["leaves"], last["enters"]


def without_looks(frames: Sequence[Frame]) -> list[Frame]:
    return [
        msgspec.structs.replace(
            frame, persons=tuple(msgspec.structs.replace(each, embedding=None) for each in frame.persons)
        )
        for frame in frames
    ]


def test_a_person_who_comes_and_goes_looks_alike_and_another_does_not(parts: Parts) -> None:
    white, grey = looks(parts["white enters"]), looks(parts["grey leaves"])
    assert (white @ looks(parts["white leaves"]).T)[0, 0] > 0.9
    assert (white @ grey.T)[0, 0] < 0.8


def test_who_comes_back_elsewhere_has_the_id_of_before_with_looks_and_a_new_one_without(
    parts: Parts,
) -> None:
    leaves, enters = parts["white leaves"], parts["white enters"]
    before, after = names(Settings(), leaves, enters)
    assert before == after
    before, after = names(Settings(), without_looks(leaves), without_looks(enters))
    assert before != after


def test_somebody_else_has_a_new_id(parts: Parts) -> None:
    before, after = names(Settings(), parts["grey leaves"], parts["white enters"])
    assert before != after
