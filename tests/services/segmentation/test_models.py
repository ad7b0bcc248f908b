from collections.abc import Callable
from functools import cache

import msgspec
import numpy as np
import pytest

from services.detector.stage import build as build_detector
from services.pose.stage import build as build_pose
from services.segmentation.stage import SegmentationStage, build
from services.segmentation.views import body_region, views_of
from shared.bus.frames import Image
from shared.messages import Array, Frame, Person
from shared.models import registry
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Runtime, Segmentation, Settings
from shared.vision import palettes
from shared.vision.limbs import BODY
from shared.vision.masks import paste, unpack_parts
from shared.vision.skeletons import LIMBS
from tests.services.footage import frame_of, run_one, still
from tests.services.segmentation.truth import overlap, silhouette, true_poses

StageOf = Callable[[str], SegmentationStage]
BODYPIX = pytest.param("bodypix-640x480", marks=pytest.mark.data)


@pytest.fixture(scope="module")
def stage_of(runtime: Runtime) -> StageOf:
    """The stage with a model of the registry."""

    @cache
    def make(model: str) -> SegmentationStage:
        return build(Settings(runtime=runtime, segmentation=Segmentation(model=model)))

    return make


def _play(stage: SegmentationStage, url: str, index: int) -> tuple[Frame, list[float]]:
    """One frame of a scene with true poses; overlap of each mask with the true one."""
    scene = Scene(parse(url))
    image = scene.render(index)
    message = true_poses(frame_of(image), scene, index)
    found, _ = run_one(stage, message, stage.fresh(), image)
    people = zip(found.persons, scene.truth(index).persons, strict=True)
    return found, [overlap(person, true, found) for person, true in people]


@pytest.mark.parametrize(
    ("model", "url", "index", "least"),
    [
        ("selfie-landscape", "synth://walk", 60, 0.7),
        ("selfie-landscape", "synth://bend", 90, 0.7),
        ("selfie-landscape", "synth://lie_on_bed", 150, 0.7),
        ("blazepose-full-mask", "synth://walk", 60, 0.85),
        ("blazepose-full-mask", "synth://fall_forward", 110, 0.8),
        ("blazepose-full-mask", "synth://lie_on_bed", 150, 0.85),
        pytest.param("bodypix-640x480", "synth://walk", 60, 0.6, marks=pytest.mark.data),
        pytest.param("bodypix-480x352", "synth://bend", 90, 0.6, marks=pytest.mark.data),
    ],
)
def test_every_model_finds_the_true_silhouette(
    stage_of: StageOf, model: str, url: str, index: int, least: float
) -> None:
    found, (iou,) = _play(stage_of(model), url, index)
    assert iou > least
    assert set(found.persons[0].limbs) == set(LIMBS)


@pytest.mark.parametrize("model", ["selfie", BODYPIX])
def test_in_a_crowd_each_cell_is_one_persons(stage_of: StageOf, model: str) -> None:
    _, overlaps = _play(stage_of(model), "synth://walk?seed=2&height=1.2&people=6", 20)
    assert np.mean(overlaps) > 0.5


@pytest.fixture(scope="module")
def posed(runtime: Runtime) -> dict[str, tuple[Frame, Image]]:
    """Photographs with the one person that our own stages find in each."""
    settings = Settings(runtime=runtime)
    detector, pose = build_detector(settings), build_pose(settings)
    found = {}
    for name in ("000000000785.jpg", "000000040083.jpg", "000000196141.jpg"):
        image = still(name)
        detected, _ = run_one(detector, frame_of(image), detector.fresh(), image)
        found[name] = run_one(pose, detected, pose.fresh(), image)[0], image
    return found


@pytest.mark.data
@pytest.mark.parametrize(
    ("model", "least"), [("selfie", 0.86), ("selfie-landscape", 0.8), ("bodypix-640x480", 0.78)]
)
def test_masks_agree_with_blazeposes_own(
    stage_of: StageOf, posed: dict[str, tuple[Frame, Image]], model: str, least: float
) -> None:
    stage, reference = stage_of(model), stage_of("blazepose-full-mask")
    for message, image in posed.values():
        mine, theirs = (run_one(each, message, each.fresh(), image)[0] for each in (stage, reference))
        first, second = silhouette(mine.persons[0], mine), silhouette(theirs.persons[0], theirs)
        assert (first & second).sum() / (first | second).sum() > least


@pytest.mark.data
def test_bodypix_tells_limbs_without_any_keypoints(stage_of: StageOf) -> None:
    scene = Scene(parse("synth://bend"))
    image = scene.render(20)
    (true,) = scene.truth(20).persons
    assert true.visible_box is not None
    message = msgspec.structs.replace(frame_of(image), persons=(Person(true.visible_box, 0.9),))
    stage = stage_of("bodypix-640x480")
    (person,) = run_one(stage, message, stage.fresh(), image)[0].persons
    assert set(person.limbs) == {*LIMBS, BODY}
    head, torso, body = (person.limbs[name].centroid for name in ("head", "torso", BODY))
    assert head is not None
    assert torso is not None
    assert body is not None
    nose, hips = true.keypoints[0], true.keypoints[23:25].mean(axis=0)
    assert np.hypot(*(np.array(head) - nose)) < 20
    assert nose[1] < torso[1] < hips[1] + 10
    assert person.limbs["head"].from_mask
    assert person.limbs["head"].confidence > 0.5
    assert person.parts is not None
    laid = paste(unpack_parts(person.parts), person.parts.box, message.width_px, message.height_px)
    seen = {palettes.find("bodypix24").names[number] for number in np.unique(laid)}
    assert {"none", "left_face", "right_face", "torso_front"} <= seen


@pytest.mark.data
def test_a_picture_without_people_costs_no_look_of_a_whole_picture_model() -> None:
    entry = registry.find("bodypix-640x480")
    message = frame_of(np.zeros((480, 640, 3), np.uint8))
    assert views_of(message, entry) == []
    outside = msgspec.structs.replace(message, persons=(Person((700, 10, 800, 90), 0.9),))
    assert views_of(outside, entry) == []
    both = msgspec.structs.replace(message, persons=(outside.persons[0], Person((10, 10, 99, 99), 0.9)))
    (view,) = views_of(both, entry)
    assert list(view.boxes) == [1]


def test_blazeposes_square_is_around_the_hips_and_holds_the_body() -> None:
    scene = Scene(parse("synth://fall_backward"))
    message = true_poses(frame_of(scene.render(110)), scene, 110)
    (person,) = message.persons
    region = body_region(person)
    hips = scene.truth(110).persons[0].keypoints[23:25].mean(axis=0)
    assert (region.x, region.y) == pytest.approx(hips, abs=1)
    inside = region.from_picture(scene.truth(110).persons[0].keypoints.astype(np.float32))
    assert inside.min() > 0
    assert inside.max() < 1


@pytest.mark.parametrize("keypoints", [None, Array.of(np.full((17, 5), np.nan, np.float32))])
def test_without_keypoints_blazeposes_square_is_around_the_box(keypoints: Array | None) -> None:
    region = body_region(Person((100, 50, 180, 250), 0.9, "coco17", keypoints))
    assert (region.x, region.y, region.size_px, region.rotation) == (140, 150, 250, 0)


def test_a_model_of_another_task_is_refused(runtime: Runtime) -> None:
    with pytest.raises(ValueError, match="blazepose-full tells no silhouettes"):
        build(Settings(runtime=runtime, segmentation=Segmentation(model="blazepose-full")))
