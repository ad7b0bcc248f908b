import math

import msgspec
import numpy as np
import pytest

from services.segmentation.stage import Nothing, SegmentationStage
from services.segmentation.views import upright_region
from shared.bus.frames import Image, Jpeg, PictureError
from shared.messages import Array, Frame, Person
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.vision.limbs import BODY
from shared.vision.skeletons import LIMBS
from shared.worker import Work
from tests.services.footage import frame_in, frame_of, run_one, still, through_wire, work_of
from tests.services.segmentation.truth import overlap, silhouette, true_poses

GREY = np.full((480, 640, 3), 128, np.uint8)


def _play(stage: SegmentationStage, url: str, index: int) -> tuple[Frame, list[float]]:
    """One frame of a scene with true poses; overlap of each mask with the true one."""
    scene = Scene(parse(url))
    image = scene.render(index)
    message = true_poses(frame_of(image), scene, index)
    found, _ = run_one(stage, message, stage.fresh(), image)
    people = zip(found.persons, scene.truth(index).persons, strict=True)
    overlaps = [overlap(person, true, message) for person, true in people]
    return found, overlaps


@pytest.fixture(scope="module")
def walker() -> tuple[Frame, Image]:
    scene = Scene(parse("synth://walk"))
    image = scene.render(60)
    return true_poses(frame_of(image), scene, 60), image


@pytest.mark.parametrize(
    ("url", "index", "least"),
    [
        ("synth://walk", 60, 0.8),
        ("synth://sit", 120, 0.75),
        ("synth://bend", 90, 0.7),
        ("synth://fall_backward", 110, 0.7),
        ("synth://fall_sideways", 110, 0.6),
        ("synth://lie_on_bed", 150, 0.75),
    ],
)
def test_masks_agree_with_the_truth_of_the_scene(
    segmentation: SegmentationStage, url: str, index: int, least: float
) -> None:
    _, (overlap,) = _play(segmentation, url, index)
    assert overlap > least


def test_limbs_of_a_walker_in_full_view_are_seen(segmentation: SegmentationStage) -> None:
    (person,) = _play(segmentation, "synth://fall_backward", 50)[0].persons
    assert set(person.limbs) == set(LIMBS)
    assert person.limbs["torso"].coverage > 0.85
    assert np.mean([limb.coverage for limb in person.limbs.values()]) > 0.7
    assert not person.occluded
    assert all(0 <= limb.attention <= 1 for limb in person.limbs.values())


def test_legs_behind_a_board_are_hidden(segmentation: SegmentationStage, walker: tuple[Frame, Image]) -> None:
    message, image = walker
    (person,) = message.persons
    assert person.keypoints is not None
    hips = int(person.keypoints.numpy()[23:25, 1].mean())
    covered = image.copy()
    covered[hips + 5 :] = (140, 160, 170)
    found, _ = run_one(segmentation, message, segmentation.fresh(), covered)
    limbs = found.persons[0].limbs
    assert all(limbs[name].occluded for name in ("left_shank", "right_shank", "left_thigh", "right_thigh"))
    assert not limbs["torso"].occluded
    assert found.persons[0].occluded


def test_people_who_cross_do_not_take_each_others_pixels(segmentation: SegmentationStage) -> None:
    _, overlaps = _play(segmentation, "synth://crossing", 30)
    assert len(overlaps) == 2
    assert min(overlaps) > 0.6


@pytest.mark.parametrize("skeleton", [None, "other"])
def test_a_person_without_landmarks_gets_a_mask_and_what_it_tells_alone(
    segmentation: SegmentationStage, walker: tuple[Frame, Image], skeleton: str | None
) -> None:
    message, image = walker
    bare = msgspec.structs.replace(message, persons=(Person(message.persons[0].box, 0.7, skeleton),))
    found, _ = run_one(segmentation, bare, segmentation.fresh(), image)
    assert set(found.persons[0].limbs) == {"head", "torso", BODY}
    assert all(limb.from_mask for limb in found.persons[0].limbs.values())
    whole = silhouette(found.persons[0], message)
    trimmed = silhouette(run_one(segmentation, message, segmentation.fresh(), image)[0].persons[0], message)
    assert (whole & trimmed).sum() / trimmed.sum() > 0.8


def test_weak_landmarks_leave_the_mask_as_it_is(
    segmentation: SegmentationStage, walker: tuple[Frame, Image]
) -> None:
    message, image = walker
    (person,) = message.persons
    assert person.keypoints is not None
    weak = person.keypoints.numpy().copy()
    weak[:, 3] = 0.1
    unsure = msgspec.structs.replace(person, keypoints=Array.of(weak))
    found, _ = run_one(
        segmentation, msgspec.structs.replace(message, persons=(unsure,)), segmentation.fresh(), image
    )
    assert found.persons[0].mask is not None
    body = found.persons[0].limbs[BODY]
    assert body.from_mask
    assert body.confidence == pytest.approx(0.1)
    assert body.axis_deg is not None
    assert abs(body.axis_deg) > 75


@pytest.mark.parametrize(
    "box", [(50.0, 50.0, 50.0, 50.0), (640.0, 100.0, 700.0, 300.0), (10.0, 10.0, 10.2, 10.3)]
)
def test_a_box_without_area_is_passed_on_or_grown(
    segmentation: SegmentationStage, box: tuple[float, float, float, float]
) -> None:
    message = msgspec.structs.replace(frame_of(GREY), persons=(Person(box, 0.5),))
    found, _ = run_one(segmentation, message, segmentation.fresh(), GREY)
    assert found.persons[0].box == box


@pytest.mark.parametrize("aspect", [1.0, 256 / 144, 0.5])
def test_a_region_stands_upright_with_a_body_that_lies(walker: tuple[Frame, Image], aspect: float) -> None:
    (person,) = walker[0].persons
    assert person.keypoints is not None
    lying = person.keypoints.numpy().copy()
    lying[:, :2] = lying[:, 1::-1]
    region = upright_region(
        msgspec.structs.replace(person, keypoints=Array.of(lying)), (100, 100, 300, 200), aspect
    )
    assert abs(region.rotation) == pytest.approx(math.pi / 2, abs=0.3)
    corners = np.array([(100, 100), (300, 100), (300, 200), (100, 200)], np.float32)
    assert region.from_picture(corners).min() > -1e-3
    assert region.from_picture(corners).max() < 1 + 1e-3


def test_the_result_does_not_depend_on_the_batch(
    segmentation: SegmentationStage, walker: tuple[Frame, Image]
) -> None:
    message, image = walker
    (person,) = message.persons
    both = msgspec.structs.replace(message, camera="b", persons=(Person(person.box, 0.5), person))
    works = [
        work_of(message, Nothing(), image),
        work_of(frame_of(GREY, camera="empty"), Nothing(), GREY),
        work_of(both, Nothing(), image),
    ]
    together = segmentation.process(works)
    assert together == [segmentation.process([work])[0] for work in works]
    assert len(frame_in(together[2]).persons) == 2


def test_a_frame_of_an_empty_room_needs_no_picture_and_passes(segmentation: SegmentationStage) -> None:
    message = frame_of(GREY)
    assert not segmentation.wants_picture(message)
    (done,) = segmentation.process([Work(message, segmentation.fresh(), None)])
    assert done.outputs == (message,)
    assert segmentation.process([]) == []
    assert segmentation.finish(segmentation.fresh()) == ()
    assert through_wire(done.state, Nothing) == done.state


@pytest.mark.parametrize(
    ("picture", "error"), [(Jpeg(b"\xff\xd8 no"), "is not a JPEG"), (None, "frame 0 of camera camera")]
)
def test_a_picture_that_cannot_be_seen_is_an_error(
    segmentation: SegmentationStage, walker: tuple[Frame, Image], picture: Jpeg | None, error: str
) -> None:
    with pytest.raises(PictureError, match=error):
        segmentation.process([Work(walker[0], segmentation.fresh(), picture)])


@pytest.mark.data
def test_a_mask_message_is_small_and_fills_a_real_person(segmentation: SegmentationStage) -> None:
    image = still("000000000785.jpg")
    message = msgspec.structs.replace(frame_of(image), persons=(Person((281, 45, 500, 391), 0.9),))
    found, _ = run_one(segmentation, message, segmentation.fresh(), image)
    (person,) = found.persons
    assert person.mask is not None
    assert len(person.mask.bits) < 1200
    whole = silhouette(person, message)
    assert 0.25 < whole[45:391, 281:500].mean() < 0.75
    assert whole[45:391, 281:500].sum() > 0.9 * whole.sum()
