"""PoseNet and BodyPix on real pictures, from file to message, beside BlazePose."""

import json
from collections.abc import Mapping
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from services.pose.bodies import SQUARE, region_around
from services.pose.people import HOLD_US
from services.pose.stage import PoseStage, build
from shared.bus.frames import Image, PictureError
from shared.messages import Frame, Person
from shared.models import registry
from shared.models.running import open_model
from shared.settings import Pose, Runtime, Settings
from shared.vision import skeletons
from shared.vision.decoding.posenet import PoseNetLayout, decode_people
from shared.vision.skeletons import to_coco17
from shared.worker import Stage, Work
from tests.services.footage import data_file, frame_of, run_one, still, through_wire, work_of
from tests.shared.vision.decoding.plain_posenet import PlainDecoder

pytestmark = pytest.mark.data

Floats = NDArray[np.float32]

COUPLE = np.array(
    [
        [
            *((158.07, 109.18), (167.79, 100.58), (149.41, 101.96), (182.34, 96.85), (138.92, 99.68)),
            *((201.33, 130.37), (127.24, 123.53), (210.42, 182.86), (115.50, 181.66), (169.84, 235.68)),
            *((131.27, 224.40), (181.10, 224.32), (145.01, 225.65), (170.62, 245.43), (142.60, 248.50)),
            *((147.38, 303.11), (141.25, 307.36)),
        ],
        [
            *((298.31, 103.04), (312.61, 90.18), (288.06, 88.63), (348.83, 71.54), (276.68, 85.09)),
            *((367.42, 123.32), (273.69, 119.09), (345.02, 215.87), (245.54, 182.50), (271.70, 225.57)),
            *((222.67, 217.96), (367.64, 240.41), (252.14, 242.77), (372.83, 249.81), (207.76, 240.37)),
            *((339.13, 277.84), (172.41, 255.51)),
        ],
    ]
)
"""Pixels of couple.jpg made 481 x 353, by the decoder of google-coral/edgetpu on LiteRT's outputs."""
COUPLE_SCORES = (0.737645, 0.643693)


def outputs_for(name: str, picture: str, runtime: Runtime) -> tuple[tuple[int, int], Mapping[str, Floats]]:
    """What the network says of a picture squeezed into its input, whose size comes first."""
    model = open_model(registry.find(name), runtime)
    size_px = (model.entry.input.width, model.entry.input.height)
    resized = cv2.cvtColor(cv2.resize(still(picture), size_px), cv2.COLOR_BGR2RGB)
    return size_px, model.run(resized[None].astype(np.uint8))


@pytest.fixture(scope="module")
def posenet(runtime: Runtime) -> Stage[Any]:
    return build(Settings(runtime=runtime, pose=Pose(model="posenet-353x481")))


@pytest.fixture(scope="module")
def couple() -> Image:
    return still("couple.jpg")


def points_of(person: Person) -> Floats:
    assert person.keypoints is not None
    return np.asarray(person.keypoints.numpy(), np.float32)


def test_both_people_are_those_of_the_reference_decoder(runtime: Runtime) -> None:
    size_px, outputs = outputs_for("posenet-353x481", "couple.jpg", runtime)
    (people,) = decode_people(
        outputs["heatmaps"], outputs["short_offsets"], outputs["mid_offsets"], PoseNetLayout(size_px)
    )
    assert people.presence == pytest.approx(COUPLE_SCORES, abs=1e-3)
    assert np.abs(people.points * size_px - COUPLE).max() < 0.1


def test_people_of_the_published_picture_are_those_of_the_published_table(runtime: Runtime) -> None:
    rows = data_file("pose/posenet_mobilenet_v1_075_353_481_quant_decoder_reference.csv")
    data_file("pose/test_couple.jpg")  # the picture that the table is about; couple.jpg shows others
    table = np.genfromtxt(rows, delimiter=",", skip_header=1, usecols=(1, 3, 4, 5)).reshape(2, 17, 4)
    size_px, outputs = outputs_for("posenet-353x481", "test_couple.jpg", runtime)
    (people,) = decode_people(
        outputs["heatmaps"], outputs["short_offsets"], outputs["mid_offsets"], PoseNetLayout(size_px)
    )
    assert people.presence == pytest.approx(table[:, 0, 0], abs=0.02)
    assert np.abs(people.points * size_px - table[..., 2:]).max() < 1


@pytest.mark.parametrize("name", ["posenet-353x481", "bodypix-480x352"])
@pytest.mark.parametrize("picture", ["000000000785.jpg", "000000196141.jpg"])
def test_people_are_those_of_the_plain_decoder(name: str, picture: str, runtime: Runtime) -> None:
    size_px, outputs = outputs_for(name, picture, runtime)
    heatmaps, short, mid = (outputs[key] for key in ("heatmaps", "short_offsets", "mid_offsets"))
    layout = PoseNetLayout(size_px, score=0.3)
    expected = PlainDecoder(heatmaps[0], short[0], mid[0], layout).poses()
    (people,) = decode_people(heatmaps, short, mid, layout)
    assert people.presence == pytest.approx([pose.score for pose in expected], abs=1e-4)
    assert people.points * size_px == pytest.approx(np.stack([pose.points_px for pose in expected]), abs=0.05)


def test_people_are_found_without_any_detection(posenet: Stage[Any], couple: Image) -> None:
    found, state = run_one(posenet, frame_of(couple), posenet.fresh(), couple)
    bride, groom = found.persons
    scale = np.array((640 / 481, 480 / 353))
    for person, expected in ((bride, COUPLE[0]), (groom, COUPLE[1])):
        sure = points_of(person)[:, 3] > 0.5
        away = points_of(person)[sure, :2] - expected[sure] * scale
        assert np.hypot(*away.T).mean() < 6, "other pixels (JPEG, another way to resize) cost 2 to 4 px"
        assert person.skeleton == "coco17"
    assert len(state.followed) == 2


def test_a_still_picture_stays_still_and_its_people_the_same(posenet: Stage[Any], couple: Image) -> None:
    state, frames = posenet.fresh(), []
    for index in range(4):
        found, state = run_one(posenet, frame_of(couple, index, index * 40_000), state, couple)
        state = through_wire(state, posenet.state_type)
        frames.append([points_of(person) for person in found.persons])
    assert len(state.followed) == 2
    assert np.array_equal(frames[0], frames[-1], equal_nan=True)


def test_who_is_gone_for_a_moment_is_the_same_afterwards(posenet: Stage[Any], couple: Image) -> None:
    empty = np.zeros_like(couple)
    _, state = run_one(posenet, frame_of(couple), posenet.fresh(), couple)
    found, gone = run_one(posenet, frame_of(empty, 1, 40_000), state, empty)
    assert found.persons == ()
    assert [memory.misses for memory in gone.followed] == [1, 1]
    _, back = run_one(posenet, frame_of(couple, 2, 80_000), gone, couple)
    assert [memory.misses for memory in back.followed] == [0, 0]
    _, forgotten = run_one(posenet, frame_of(empty, 3, 80_001 + HOLD_US), back, empty)
    assert forgotten.followed == ()


def test_smoothing_follows_each_body_not_its_place_in_the_list(posenet: Stage[Any], couple: Image) -> None:
    _, state = run_one(posenet, frame_of(couple), posenet.fresh(), couple)
    turned = msgspec.structs.replace(state, followed=state.followed[::-1])
    found, after = run_one(posenet, frame_of(couple, 1, 40_000), turned, couple)
    assert [memory.region for memory in after.followed] == [memory.region for memory in turned.followed]
    assert [points_of(person)[0, 0] > 300 for person in found.persons] == [True, False]


def test_no_more_than_the_limit_are_named(couple: Image, runtime: Runtime) -> None:
    stage = build(Settings(runtime=runtime, pose=Pose(model="posenet-353x481", max_persons=1)))
    found, _ = run_one(stage, frame_of(couple), stage.fresh(), couple)
    assert len(found.persons) == 1


def test_a_model_for_one_person_puts_each_keypoint_where_it_is_surest(
    couple: Image, runtime: Runtime
) -> None:
    model = open_model(registry.find("posenet-353x481"), runtime)
    model.entry = msgspec.structs.replace(model.entry, parameters={"stride": 16, "people": "one"})
    stage = PoseStage(Pose(), model)
    found, _ = run_one(stage, frame_of(couple), stage.fresh(), couple)
    (person,) = found.persons
    assert person.score == pytest.approx(points_of(person)[:, 3].mean(), abs=1e-5)
    empty = np.zeros_like(couple)
    found, _ = run_one(stage, frame_of(empty), stage.fresh(), empty)
    assert found.persons == ()


def test_a_body_pix_model_finds_the_same_people(couple: Image, posenet: Stage[Any], runtime: Runtime) -> None:
    stage = build(Settings(runtime=runtime, pose=Pose(model="bodypix-480x352")))
    found, _ = run_one(stage, frame_of(couple), stage.fresh(), couple)
    other, _ = run_one(posenet, frame_of(couple), posenet.fresh(), couple)
    noses = sorted(points_of(person)[0, 0] for person in found.persons)
    assert noses == pytest.approx(sorted(points_of(person)[0, 0] for person in other.persons), abs=12)


def test_the_result_does_not_depend_on_the_batch(posenet: Stage[Any], couple: Image) -> None:
    works = [
        work_of(frame_of(image, camera=f"c{index}"), posenet.fresh(), image)
        for index, image in enumerate((couple, still("000000196141.jpg"), couple[:, ::-1]))
    ]
    together = posenet.process(works)
    assert together == [posenet.process([work])[0] for work in works]
    assert posenet.process([]) == []


def test_a_picture_that_is_not_there_is_an_error(posenet: Stage[Any], couple: Image) -> None:
    message: Frame = frame_of(couple, 3, camera="hall")
    with pytest.raises(PictureError, match="frame 3 of camera hall"):
        posenet.process([Work(message, posenet.fresh(), None)])


def test_a_body_is_looked_for_again_around_what_is_sure_of_it(posenet: Stage[Any], couple: Image) -> None:
    found, state = run_one(posenet, frame_of(couple), posenet.fresh(), couple)
    for person, memory in zip(found.persons, state.followed, strict=True):
        rows = points_of(person)
        assert memory.region == region_around(rows[rows[:, 3] >= 0.3, :2], 0.0, SQUARE)


def labelled(picture: str) -> tuple[Floats, Floats, tuple[Person, ...]]:
    """COCO's people in a picture who show half of their keypoints: (N, 17, 3) of them, areas (N,), boxes."""
    labels = json.loads(data_file("pose/test_coco.json").read_text("utf-8"))
    (image,) = (image["id"] for image in labels["images"] if image["file_name"] == picture)
    people = [
        person
        for person in labels["annotations"]
        if person["image_id"] == image and person["num_keypoints"] > 8
    ]
    boxes = [person["bbox"] for person in people]
    return (
        np.array([person["keypoints"] for person in people], np.float32).reshape(-1, 17, 3),
        np.array([person["area"] for person in people], np.float32),
        tuple(Person((x, y, x + width, y + height), 0.9) for x, y, width, height in boxes),
    )


def oks(truth: Floats, areas: Floats, found: Floats) -> Floats:
    """(N, M) COCO's similarity of labelled people (N, 17, 3) and found ones (M, 17, 2 or more columns).

    Source: https://cocodataset.org/#keypoints-eval
    """
    squared = ((truth[:, None, :, :2] - found[None, :, :, :2]) ** 2).sum(axis=3)
    scale = 2 * (2 * np.array(skeletons.find("coco17").sigmas)) ** 2 * areas[:, None, None]
    labels = truth[:, None, :, 2] > 0
    likeness = np.exp(-np.nan_to_num(squared, nan=np.inf) / scale)
    return np.asarray((likeness * labels).sum(axis=2) / labels.sum(axis=2), np.float32)


@pytest.mark.parametrize("name", ["blazepose-full", "posenet-481x641", "bodypix-480x352"])
def test_people_of_coco_are_found_near_where_they_are_labelled(name: str, runtime: Runtime) -> None:
    stage = build(Settings(runtime=runtime, pose=Pose(model=name, max_persons=16, presence=0.3)))
    best: list[float] = []
    for picture in ("000000000785.jpg", "000000040083.jpg", "000000196141.jpg", "000000197388.jpg"):
        truth, areas, persons = labelled(picture)
        image = still(picture)
        message = msgspec.structs.replace(frame_of(image), persons=persons)
        found, _ = run_one(stage, message, stage.fresh(), image)
        points = np.stack(
            [to_coco17(points_of(person), skeletons.find(str(person.skeleton))) for person in found.persons]
        )
        best += oks(truth, areas, points).max(axis=1).tolist()
    assert np.mean(best) > 0.6
