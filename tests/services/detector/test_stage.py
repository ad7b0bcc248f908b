from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from services.detector.stage import DetectorStage, Known
from shared.bus.frames import Image, Jpeg, PictureError
from shared.messages import Array, Box, Frame
from shared.models.running import Model
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Detector
from shared.vision.boxes import iou_matrix
from shared.vision.skeletons import BLAZEPOSE_DETECTOR
from shared.worker import Work
from tests.services.footage import frame_in, frame_of, run_one, still, through_wire, work_of

GREY = np.full((480, 640, 3), 128, np.uint8)


class _NeverLookedAt:
    """A picture whose decoding would be waste."""

    spent_ns = 0

    def bgr(self, reduce: int = 1) -> Image:
        raise AssertionError(f"decoded at 1/{reduce}")


@pytest.fixture(scope="module")
def standing() -> tuple[Scene, Image]:
    scene = Scene(parse("synth://walk"))
    return scene, scene.render(60)


def test_a_person_of_the_scene_is_found_at_the_hips(
    detector: DetectorStage, standing: tuple[Scene, Image]
) -> None:
    scene, image = standing
    (truth,) = scene.truth(60).persons
    found, _ = run_one(detector, frame_of(image), detector.fresh(), image)
    (person,) = found.persons
    assert person.skeleton == BLAZEPOSE_DETECTOR
    assert person.keypoints is not None
    x0, y0, x1, y1 = truth.full_box
    hips = truth.keypoints[23:25].mean(axis=0)
    assert np.hypot(*(person.keypoints.numpy()[0, :2] - hips)) < 0.08 * (y1 - y0)
    assert (
        iou_matrix(np.array([person.box], np.float32), np.array([(x0, y0, x1, y1)], np.float32))[0, 0] > 0.2
    )
    assert np.isnan(person.keypoints.numpy()[:, 2:]).all()


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "boxes"),
    [
        ("000000000785.jpg", [(281, 45, 500, 391)]),
        ("000000196141.jpg", [(248, 74, 417, 375)]),
        ("000000040083.jpg", [(38, 111, 213, 286)]),
    ],
)
def test_people_in_real_pictures_are_found(detector: DetectorStage, name: str, boxes: list[Box]) -> None:
    image = still(name)
    found, _ = run_one(detector, frame_of(image), detector.fresh(), image)
    overlaps = iou_matrix(
        np.array(boxes, np.float32), np.array([person.box for person in found.persons], np.float32)
    )
    assert (overlaps.max(axis=1) > 0.35).all()


def test_nobody_is_found_in_an_empty_room_and_it_is_looked_at_every_time(detector: DetectorStage) -> None:
    image = Scene(parse("synth://empty")).render(3)
    state = detector.fresh()
    for seq in range(3):
        found, state = run_one(detector, frame_of(image, seq, 1000 * seq), state, image)
        assert found.persons == ()
        assert state.looked_us == 1000 * seq


def test_between_looks_nobody_is_named_and_nothing_is_decoded(
    detector: DetectorStage, standing: tuple[Scene, Image]
) -> None:
    image = standing[1]
    found, state = run_one(detector, frame_of(image), detector.fresh(), image)
    assert found.persons
    for seq, pts_us in enumerate((0, 1, 250_000, 499_999), start=1):
        message = frame_of(image, seq, pts_us)
        (done,) = detector.process([Work(message, state, _NeverLookedAt())])
        assert done.outputs == (message,)
        state = done.state
    for pts_us in (500_000, 7_000_000, 3_000):  # the last one: media time went back
        found, state = run_one(detector, frame_of(image, 5, pts_us), state, image)
        assert found.persons
        assert state.looked_us == pts_us


def test_the_result_does_not_depend_on_the_batch(
    detector: DetectorStage, standing: tuple[Scene, Image]
) -> None:
    image = standing[1]
    images = [image, GREY, np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(image[:400, 100:500])]
    works = [
        work_of(frame_of(image, camera=f"c{index}"), detector.fresh(), image)
        for index, image in enumerate(images)
    ]
    together = detector.process(works)
    alone = [detector.process([work])[0] for work in works]
    assert together == alone
    assert [bool(frame_in(done).persons) for done in alone] == [True, False, True, True]


def test_the_state_survives_a_checkpoint_bit_for_bit(
    detector: DetectorStage, standing: tuple[Scene, Image]
) -> None:
    image = standing[1]
    _, state = run_one(detector, frame_of(image), detector.fresh(), image)
    again = through_wire(state, Known)
    assert again == state
    message = frame_of(image, 1)
    assert run_one(detector, message, state, image) == run_one(detector, message, again, image)


def test_a_picture_that_cannot_be_decoded_is_an_error_and_not_an_empty_room(detector: DetectorStage) -> None:
    work = Work(frame_of(GREY), detector.fresh(), Jpeg(b"\xff\xd8 not a picture"))
    with pytest.raises(PictureError, match="is not a JPEG"):
        detector.process([work])


def test_a_frame_without_its_picture_is_an_error(detector: DetectorStage) -> None:
    message = msgspec.structs.replace(frame_of(GREY, seq=7), camera="hall")
    with pytest.raises(PictureError, match="frame 7 of camera hall"):
        detector.process([Work(message, detector.fresh(), None)])


def test_an_empty_batch_and_the_end_say_nothing(detector: DetectorStage) -> None:
    assert detector.process([]) == []
    assert detector.finish(detector.fresh()) == ()


def test_every_frame_wants_its_picture(detector: DetectorStage) -> None:
    message: Frame = frame_of(GREY)
    assert detector.wants_picture(message)


class _Looked:
    """Counts in which frames the detector looks, over empty rooms of different motion."""

    def __init__(self, model: Model, **settings: float) -> None:
        self._stage = DetectorStage(Detector.model_validate(settings), model)

    def at(
        self, motions: Sequence[float | None], state: Known | None = None, image: Image = GREY
    ) -> list[int]:
        state = self._stage.fresh() if state is None else state
        looked = []
        for seq, motion in enumerate(motions, start=1):
            message = msgspec.structs.replace(frame_of(image, seq, seq * 100_000), motion=motion)
            _, after = run_one(self._stage, message, state, image)
            if after.looked_us != state.looked_us:
                looked.append(seq)
            state = after
        return looked


@pytest.mark.parametrize(
    ("motions", "looked"),
    [
        ([0.0] * 8, [1]),
        ([0.0] * 14, [1, 11]),
        ([None] * 4, [1, 2, 3, 4]),
        ([0.0, 0.0, 0.009, 0.01, 0.0, 0.0], [1, 4]),
        ([0.5, 0.4, 0.0, 0.2, 0.0], [1, 2, 4]),
        ([0.0, 0.0, None, 0.0], [1, 3]),
    ],
)
def test_still_frames_of_an_empty_room_are_left_out_where_that_is_set(
    model: Model, motions: list[float | None], looked: list[int]
) -> None:
    assert _Looked(model, still_motion=0.01, still_every_s=1).at(motions) == looked


@pytest.mark.parametrize("settings", [{}, {"still_motion": 0.0}, {"still_motion": 0.01, "still_every_s": 0}])
def test_otherwise_an_empty_room_is_looked_at_in_every_frame(
    model: Model, settings: dict[str, float]
) -> None:
    assert _Looked(model, **settings).at([0.0, 0.0, None, 0.5]) == [1, 2, 3, 4]


def test_motion_between_two_looks_is_not_forgotten(model: Model, standing: tuple[Scene, Image]) -> None:
    looked = _Looked(model, still_motion=0.01, still_every_s=3, every_s=0.5)
    motions = [0.0, 0.0, 0.2, *[0.0] * 40]  # the third comes too soon after the first look
    assert looked.at(motions, image=standing[1]) == [1, 6, 36]


def test_a_checkpoint_of_before_there_was_motion_is_read_and_counts_as_moving(model: Model) -> None:
    old = msgspec.msgpack.encode({"looked_us": 50_000, "boxes": Array.of(np.zeros((0, 4), np.float32))})
    state = msgspec.msgpack.decode(old, type=Known)
    assert _Looked(model, still_motion=0.01, still_every_s=9).at([0.0, 0.0], state) == [1]


def test_the_motion_of_left_out_frames_is_in_the_checkpoint(model: Model) -> None:
    stage = DetectorStage(Detector(still_motion=0.01), model)
    state = Known(100_000, Array.of(np.zeros((0, 4), np.float32)), motion=0.002)
    message = msgspec.structs.replace(frame_of(GREY, 1, 200_000), motion=0.004)
    (done,) = stage.process([Work(message, state, _NeverLookedAt())])
    assert through_wire(done.state, Known).motion == 0.004
