from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from services.pose.bodies import joints_of
from services.pose.people import HOLD_US, People
from services.pose.stage import build
from shared.bus.frames import Image, Jpeg, PictureError
from shared.messages import Frame
from shared.scene.scene import FrameTruth, Scene
from shared.scene.url import parse
from shared.settings import Pose, Runtime, Settings
from shared.vision.skeletons import BLAZEPOSE33, find
from shared.worker import Stage, Work
from tests.services.footage import (
    clip,
    detected,
    frame_in,
    frame_of,
    run_one,
    through_wire,
    with_true_detections,
    work_of,
)

GREY = np.full((480, 640, 3), 128, np.uint8)
JOINTS = joints_of(find(BLAZEPOSE33))


def _play(
    pose: Stage[People], url: str, indices: range, detections_every: int
) -> Iterator[tuple[Frame, FrameTruth, People]]:
    """A part of a scene through the stage, with perfect detections in every n-th frame."""
    scene = Scene(parse(url))
    state = pose.fresh()
    for index in indices:
        image = scene.render(index)
        message = frame_of(image, index, round(index * 1e6 / scene.fps))
        if (index - indices.start) % detections_every == 0:
            message = with_true_detections(message, scene, index)
        found, state = run_one(pose, message, state, image)
        yield found, scene.truth(index), state


def _error(found: Frame, truth: FrameTruth) -> float:
    """Mean distance of the joints from the truth, over the body's height, for the only person."""
    (person,), (true,) = found.persons, truth.persons
    assert person.keypoints is not None
    offsets = person.keypoints.numpy()[JOINTS, :2] - true.keypoints[JOINTS]
    height = np.ptp(true.keypoints, axis=0).max()
    return float(np.hypot(*offsets.T).mean() / height)


@pytest.fixture(scope="module")
def scene() -> tuple[Scene, Image]:
    scene = Scene(parse("synth://walk"))
    return scene, scene.render(60)


def test_landmarks_of_the_scene_are_where_they_are(pose: Stage[People]) -> None:
    errors = [_error(found, truth) for found, truth, _ in _play(pose, "synth://sit", range(60, 140, 4), 30)]
    assert np.median(errors) < 0.03
    assert max(errors[1:]) < 0.08, "once the region comes from landmarks"


def test_a_person_is_described_in_full(pose: Stage[People], scene: tuple[Scene, Image]) -> None:
    message = with_true_detections(frame_of(scene[1]), scene[0], 60)
    found, _ = run_one(pose, message, pose.fresh(), scene[1])
    (person,) = found.persons
    assert person.keypoints is not None
    assert person.world is not None
    keypoints, world = person.keypoints.numpy(), person.world.numpy()
    assert person.skeleton == BLAZEPOSE33
    assert (keypoints.shape, world.shape) == ((33, 5), (33, 3))
    assert keypoints.dtype == np.float32
    assert np.isfinite(keypoints).all()
    assert keypoints[:, 3:].min() >= 0
    assert keypoints[:, 3:].max() <= 1
    assert person.score > 0.9
    x0, y0, x1, y1 = person.box
    (true,) = scene[0].truth(60).persons
    assert (x0, y0, x1, y1) == pytest.approx(true.full_box, abs=0.1 * (true.full_box[3] - true.full_box[1]))
    stature = world[[27, 28], 1].mean() - world[0, 1]
    assert 1.2 < stature < 1.9


def test_a_person_is_followed_through_a_fall_without_further_detections(pose: Stage[People]) -> None:
    frames = list(_play(pose, "synth://fall_backward", range(45, 105), 1000))
    assert all(len(found.persons) == 1 for found, _, _ in frames)
    assert max(_error(found, truth) for found, truth, _ in frames[-10:]) < 0.12


def test_a_false_detection_is_tried_for_a_moment_and_names_nobody(pose: Stage[People]) -> None:
    image = Scene(parse("synth://empty")).render(0)
    message = msgspec.structs.replace(frame_of(image), persons=(detected(200, 300, 120),))
    found, state = run_one(pose, message, pose.fresh(), image)
    assert found.persons == ()
    assert len(state.followed) == 1
    found, state = run_one(pose, frame_of(image, 1, HOLD_US + 1), state, image)
    assert (found.persons, state.followed) == ((), ())


def test_two_detections_of_one_person_are_one_person(pose: Stage[People], scene: tuple[Scene, Image]) -> None:
    message = with_true_detections(frame_of(scene[1]), scene[0], 60)
    (person,) = message.persons
    x0, _, x1, y1 = person.box
    twice = msgspec.structs.replace(
        message, persons=(person, detected((x0 + x1) / 2 + 60, y1 - (x1 - x0) / 2, (x1 - x0) / 2))
    )
    found, _ = run_one(pose, twice, pose.fresh(), scene[1])
    assert len(found.persons) == 1


def test_two_people_who_cross_are_both_found_again(pose: Stage[People]) -> None:
    frames = list(_play(pose, "synth://crossing", range(18, 58), 4))
    assert max(len(found.persons) for found, _, _ in frames) == 2
    assert [len(found.persons) for found, _, _ in frames[-6:]] == [2] * 6


def test_no_more_than_the_limit_are_followed(runtime: Runtime) -> None:
    stage = build(Settings(runtime=runtime, pose=Pose(max_persons=1)))
    assert all(len(found.persons) == 1 for found, _, _ in _play(stage, "synth://crossing", range(20, 24), 1))


def test_the_result_does_not_depend_on_the_batch(pose: Stage[People], scene: tuple[Scene, Image]) -> None:
    message = with_true_detections(frame_of(scene[1]), scene[0], 60)
    mirrored = np.ascontiguousarray(scene[1][:, ::-1])
    works = [
        work_of(message, pose.fresh(), scene[1]),
        work_of(frame_of(GREY, camera="empty"), pose.fresh(), GREY),
        work_of(
            msgspec.structs.replace(
                frame_of(mirrored, camera="b"), persons=(detected(320, 240, 150), detected(100, 200, 90))
            ),
            pose.fresh(),
            mirrored,
        ),
    ]
    together = pose.process(works)
    assert together == [pose.process([work])[0] for work in works]
    assert len(frame_in(together[0]).persons) == 1


def test_the_state_survives_a_checkpoint_bit_for_bit(pose: Stage[People]) -> None:
    scene = Scene(parse("synth://walk"))
    kept = reread = pose.fresh()
    for index in range(60, 66):
        image = scene.render(index)
        message = frame_of(image, index, index * 66_667)
        if index == 60:
            message = with_true_detections(message, scene, index)
        found, kept = run_one(pose, message, kept, image)
        again, reread = run_one(pose, message, through_wire(reread, People), image)
        assert found == again
    assert through_wire(kept, People) == reread


def test_a_room_where_nobody_is_known_is_not_even_decoded(pose: Stage[People]) -> None:
    message = frame_of(GREY)
    (done,) = pose.process([Work(message, pose.fresh(), Jpeg(b"not a picture"))])
    assert done.outputs == (message,)


@pytest.mark.parametrize(
    ("picture", "error"),
    [(Jpeg(b"\xff\xd8 not a picture"), "is not a JPEG"), (None, "frame 3 of camera hall")],
)
def test_a_picture_that_cannot_be_seen_is_an_error(
    pose: Stage[People], picture: Jpeg | None, error: str
) -> None:
    message = msgspec.structs.replace(frame_of(GREY, 3, camera="hall"), persons=(detected(320, 240, 150),))
    with pytest.raises(PictureError, match=error):
        pose.process([Work(message, pose.fresh(), picture)])


def test_an_empty_batch_and_the_end_say_nothing(pose: Stage[People]) -> None:
    assert pose.process([]) == []
    assert pose.finish(pose.fresh()) == ()
    assert pose.wants_picture(frame_of(GREY))


@pytest.mark.data
def test_a_real_fall_is_followed_to_the_floor(pose: Stage[People]) -> None:
    state, seen = pose.fresh(), []
    for seq, (pts_us, image) in enumerate(clip("gmdcsa24/s1_fall_13.mp4")):
        message = frame_of(image, seq, pts_us)
        if seq == 0:
            message = msgspec.structs.replace(message, persons=(detected(323, 232, 264),))
        found, state = run_one(pose, message, state, image)
        seen.append(len(found.persons))
        if seq == 60:
            break
    assert max(seen) == 1
    assert np.mean(seen) > 0.9
