"""The stage with the real MediaPipe."""

import logging
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from services.pose import stage as pose
from services.pose.bodies import joints_of
from services.pose.tasks.landmarkers import Place
from services.pose.tasks.stage import TasksStage
from shared import metrics
from shared.bus.frames import Image, Jpeg, PictureError
from shared.messages import Frame
from shared.scene.scene import FrameTruth, Scene
from shared.scene.url import parse
from shared.settings import Pose, Runtime, Settings
from shared.vision.skeletons import BLAZEPOSE33, find
from shared.worker import Work
from tests.mediapipe_needs import needs_mediapipe
from tests.services.footage import frame_in, frame_of, run_one, through_wire, work_of
from tests.services.pose.tasks.conftest import Builder

pytestmark = needs_mediapipe

GREY = np.full((240, 320, 3), 128, np.uint8)
WALK = "synth://walk?size=320x240"

_JOINTS = joints_of(find(BLAZEPOSE33))


@pytest.fixture(scope="module")
def walking() -> Scene:
    return Scene(parse(WALK))


def pictures(
    scene: Scene, indices: range, camera: str = "hall", run: int = 1
) -> Iterator[tuple[Frame, Image]]:
    for seq, index in enumerate(indices):
        image = scene.render(index)
        message = frame_of(image, seq, round(index * 1e6 / scene.fps), camera)
        yield msgspec.structs.replace(message, run=run), image


def played(stage: TasksStage, frames: list[tuple[Frame, Image]], state: Place | None = None) -> list[Frame]:
    found = []
    place = stage.fresh() if state is None else state
    for message, image in frames:
        seen, place = run_one(stage, message, place, image)
        found.append(seen)
    return found


def error(found: Frame, truth: FrameTruth) -> float:
    """Mean distance of the joints from the truth, over the body's height, for the only person."""
    (person,), (true,) = found.persons, truth.persons
    assert person.keypoints is not None
    offsets = person.keypoints.numpy()[_JOINTS, :2] - true.keypoints[_JOINTS]
    return float(np.hypot(*offsets.T).mean() / np.ptp(true.keypoints, axis=0).max())


@pytest.mark.parametrize("mode", ["image", "video", "live_stream"])
def test_every_running_mode_finds_the_person_of_the_scene(make: Builder, walking: Scene, mode: str) -> None:
    stage = make(running_mode=mode)
    indices = range(60, 66)
    found = played(stage, list(pictures(walking, indices)))
    errors = [error(each, walking.truth(index)) for each, index in zip(found, indices, strict=True)]
    assert max(errors) < 0.06


def test_a_person_is_described_in_full_with_a_silhouette_where_one_is_wanted(
    make: Builder, walking: Scene
) -> None:
    stage = make(output_segmentation_masks=True)
    (found,) = played(stage, list(pictures(walking, range(60, 61))))
    (person,) = found.persons
    assert person.mask is not None
    assert person.world is not None
    assert person.skeleton == BLAZEPOSE33
    assert person.score > 0.9
    world = person.world.numpy()
    (true,) = walking.truth(60).persons
    assert person.box == pytest.approx(true.full_box, abs=0.1 * (true.full_box[3] - true.full_box[1]))
    assert person.mask.box == pytest.approx(true.full_box, abs=0.1 * (true.full_box[3] - true.full_box[1]))
    assert 1.2 < world[[27, 28], 1].mean() - world[0, 1] < 1.9


def test_the_other_backend_sees_the_same_person(make: Builder, walking: Scene, runtime: Runtime) -> None:
    (theirs,) = played(make(), list(pictures(walking, range(60, 61))))
    onnx = pose.build(Settings(runtime=runtime, pose=Pose()))
    message, image = next(pictures(walking, range(60, 61)))
    ours, _ = run_one(onnx, msgspec.structs.replace(message, persons=theirs.persons), onnx.fresh(), image)
    (our,), (their,) = ours.persons, theirs.persons
    assert our.keypoints is not None
    assert their.keypoints is not None
    offsets = our.keypoints.numpy()[_JOINTS, :2] - their.keypoints.numpy()[_JOINTS, :2]
    assert np.hypot(*offsets.T).mean() < 4
    assert our.skeleton == their.skeleton


def test_an_empty_room_is_looked_at_and_empty(make: Builder) -> None:
    (found,) = played(make(), [(frame_of(GREY), GREY)])
    assert (found.persons, found.skipped) == ((), ())


def test_two_people_are_found_where_two_are_asked_for(make: Builder) -> None:
    scene = Scene(parse("synth://crossing?size=320x240"))
    frames = list(pictures(scene, range(20, 24)))
    assert [len(found.persons) for found in played(make(num_poses=1), frames)] == [1] * 4
    assert max(len(found.persons) for found in played(make(num_poses=2), frames)) == 2


def test_pictures_by_themselves_give_the_same_answer_in_any_order_and_batch(
    make: Builder, walking: Scene
) -> None:
    stage = make(running_mode="image")
    frames = [*pictures(walking, range(60, 62)), *pictures(walking, range(75, 76), camera="door")]
    alone = [frame_in(stage.process([work_of(m, stage.fresh(), image)])[0]) for m, image in reversed(frames)]
    works = [work_of(message, stage.fresh(), image) for message, image in frames[1:]]
    together = [frame_in(done) for done in stage.process(works)]
    assert together == alone[1::-1]
    assert metrics.registry.get_sample_value("kinestream_pose_landmarkers") == 1


def test_cameras_do_not_share_what_is_remembered(make: Builder, walking: Scene) -> None:
    hall = list(pictures(walking, range(60, 64)))
    door = list(pictures(walking, range(90, 94), camera="door"))
    alone = [played(make(), frames) for frames in (hall, door)]
    stage, states = make(), [Place(), Place()]
    for index, pair in enumerate(zip(hall, door, strict=True)):
        done = stage.process(
            [work_of(m, state, image) for (m, image), state in zip(pair, states, strict=True)]
        )
        assert [frame_in(each) for each in done] == [frames[index] for frames in alone]
        states = [through_wire(each.state, Place) for each in done]


def test_a_landmarker_that_has_seen_other_frames_than_the_checkpoint_starts_afresh(
    make: Builder, walking: Scene
) -> None:
    frames = list(pictures(walking, range(60, 68)))
    stage = make()
    played(stage, frames[:6])  # a batch whose commit is refused: the worker goes back to frame 3
    again = played(stage, frames[4:], Place("hall", 1, 3))
    assert again == played(make(), frames[4:])


def test_the_end_of_a_camera_closes_its_landmarker(make: Builder, walking: Scene) -> None:
    stage = make()
    (done,) = stage.process([work_of(*_first(walking, "hall"))])
    assert metrics.registry.get_sample_value("kinestream_pose_landmarkers") == 1
    assert stage.finish(Place()) == ()
    assert metrics.registry.get_sample_value("kinestream_pose_landmarkers") == 1
    assert stage.finish(done.state) == ()
    assert metrics.registry.get_sample_value("kinestream_pose_landmarkers") == 0


def test_more_cameras_than_landmarkers_are_served_and_said(
    make: Builder, walking: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    stage = make(landmarkers=2)
    works = [work_of(*_first(walking, camera)) for camera in ("a", "b", "c", "d", "e")]
    with caplog.at_level(logging.WARNING):
        done = stage.process(works)
    assert [len(frame_in(each).persons) for each in done] == [1] * 5
    assert metrics.registry.get_sample_value("kinestream_pose_landmarkers") == 2
    (warning,) = caplog.messages
    assert "camera a: its landmarker was closed to open one for c" in warning
    assert "pose.mediapipe.landmarkers: 2" in warning


def test_a_recording_that_begins_again_within_a_run_is_looked_at(make: Builder, walking: Scene) -> None:
    first = list(pictures(walking, range(60, 63)))
    again = [
        (msgspec.structs.replace(message, seq=3 + seq, pts_us=message.pts_us - 5_000_000), image)
        for seq, (message, image) in enumerate(first)
    ]
    stage = make()
    found = played(stage, [*first, *again])
    assert [each.persons for each in found[3:]] == [each.persons for each in found[:3]]


def test_a_live_picture_without_a_result_in_time_goes_on_untouched_and_is_counted(
    make: Builder, walking: Scene
) -> None:
    frames = list(pictures(walking, range(60, 62), camera="late"))
    live, later = (msgspec.structs.replace(message, live=True) for message, _ in frames)
    stage = make(running_mode="live_stream", result_wait_ms=1)
    before = _ignored("late")
    seen, state = run_one(stage, live, stage.fresh(), frames[0][1])
    assert seen == msgspec.structs.replace(live, skipped=("pose",))
    assert _ignored("late") == before + 1
    replayed = msgspec.structs.replace(later, live=False)
    found, _ = run_one(stage, replayed, state, frames[1][1])
    assert (len(found.persons), found.skipped) == (1, ())


@pytest.mark.parametrize(
    ("picture", "problem"),
    [(Jpeg(b"\xff\xd8 not a picture"), "is not a JPEG"), (None, "frame 3 of camera hall")],
)
def test_a_picture_that_cannot_be_seen_is_an_error(make: Builder, picture: Jpeg | None, problem: str) -> None:
    stage = make()
    with pytest.raises(PictureError, match=problem):
        stage.process([Work(frame_of(GREY, 3, camera="hall"), stage.fresh(), picture)])


def test_nothing_is_asked_of_an_empty_batch(make: Builder) -> None:
    stage = make()
    assert stage.process([]) == []
    assert stage.wants_picture(frame_of(GREY))


def _first(scene: Scene, camera: str) -> tuple[Frame, Place, Image]:
    message, image = next(pictures(scene, range(60, 61), camera))
    return message, Place(), image


def _ignored(camera: str) -> float:
    return metrics.registry.get_sample_value("kinestream_pose_frames_ignored_total", {"camera": camera}) or 0
