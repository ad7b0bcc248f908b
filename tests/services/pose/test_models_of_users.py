from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from services.pose.bodies import Shape, region_of_box
from services.pose.people import People
from services.pose.stage import build
from shared.messages import Box, Frame, Person
from shared.models.errors import ModelError
from shared.settings import Detector, Pose, Runtime, Settings
from shared.vision import skeletons
from shared.worker import Stage
from tests.services.footage import frame_of, run_one, through_wire, work_of
from tests.services.pose.toys import FIGURE, HEATMAP, HEIGHT, SIMCC, WIDTH, Network, pulled, spots, written

ASPECT = WIDTH / HEIGHT


@pytest.fixture(scope="module", params=(HEATMAP, SIMCC), ids=lambda network: str(network.decoder))
def toy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, runtime: Runtime
) -> Stage[People]:
    """The stage with a network of a user's, through registry, cache and session."""
    network: Network = request.param
    registry = written(tmp_path_factory.mktemp(network.decoder), network, {})
    return build(
        Settings(models=registry, runtime=pulled(registry, runtime), pose=Pose(model="toy", presence=0.4))
    )


def box_for(x: float, y: float, height_px: float = 200) -> Box:
    """A box in whose region the nose at (x, y) has the whole figure below it."""
    top = y - 0.08 * height_px
    return x - 0.25 * height_px, top, x + 0.25 * height_px, top + height_px


def detected_at(message: Frame, *boxes: Box, score: float = 0.9) -> Frame:
    persons = tuple(Person(box, score) for box in boxes)
    return msgspec.structs.replace(message, persons=(*message.persons, *persons))


def true_points(nose: tuple[float, float], box: Box) -> NDArray[np.float64]:
    """Where the figure around the nose is, in the region that is made of the box."""
    region = region_of_box(box, Shape(ASPECT))
    return np.asarray(np.array(nose) + FIGURE * (region.size_px / HEIGHT))


def test_everybody_is_found_where_the_network_sees_them(toy: Stage[People]) -> None:
    noses = [(150.0, 80.0), (420.0, 130.0)]
    image = spots(*noses)
    boxes = [box_for(*nose) for nose in noses]
    found, _ = run_one(toy, detected_at(frame_of(image), *boxes), toy.fresh(), image)
    assert len(found.persons) == 2
    for person, nose, box in zip(found.persons, noses, boxes, strict=True):
        assert person.keypoints is not None
        rows = person.keypoints.numpy()
        assert rows[:, :2] == pytest.approx(true_points(nose, box), abs=2.0)
        assert person.skeleton == "coco17"
        assert rows.shape == (17, 5)
        assert np.isnan(rows[:, [2, 4]]).all()
        assert rows[:, 3].min() > 0.9
        assert person.world is None
        assert person.score == pytest.approx(rows[:, 3].mean(), abs=1e-5)
        points = true_points(nose, box)
        assert person.box[1] < points[:, 1].min()
        assert person.box[3] > points[:, 1].max()


def test_a_person_is_followed_without_further_detections(toy: Stage[People]) -> None:
    state, found = toy.fresh(), frame_of(spots((0, 0)))
    for index in range(20):
        nose = (150.0 + 9 * index, 90.0 + 2 * index)
        image = spots(nose)
        message = frame_of(image, index, index * 40_000)
        if index == 0:
            message = detected_at(message, box_for(*nose))
        found, state = run_one(toy, message, state, image)
        state = through_wire(state, toy.state_type)
        assert len(found.persons) == 1
    (person,) = found.persons
    assert person.keypoints is not None
    assert person.keypoints.numpy()[0, :2] == pytest.approx(nose, abs=8)


def test_nobody_is_found_in_the_dark(toy: Stage[People]) -> None:
    image = spots((150, 80), bright=60)
    found, state = run_one(toy, detected_at(frame_of(image), box_for(150, 80)), toy.fresh(), image)
    assert found.persons == ()
    assert [memory.misses for memory in state.followed] == [1]


def test_the_result_does_not_depend_on_the_batch(toy: Stage[People]) -> None:
    works = []
    for index, nose in enumerate(((150.0, 80.0), (300.0, 100.0), (420.0, 130.0))):
        image = spots(nose)
        message = detected_at(frame_of(image, camera=f"c{index}"), box_for(*nose), box_for(40, 60))
        works.append(work_of(message, toy.fresh(), image))
    assert toy.process(works) == [toy.process([work])[0] for work in works]


def test_weak_detections_get_no_landmarks_and_go_on_unless_they_show_somebody_found(
    tmp_path: Path, runtime: Runtime
) -> None:
    registry = written(tmp_path, HEATMAP, {})
    settings = Settings(
        models=registry,
        runtime=pulled(registry, runtime),
        pose=Pose(model="toy"),
        detector=Detector(score=0.5, least_score=0.1),
    )
    stage = build(settings)
    image = spots((150, 80), (420, 130))
    sure = detected_at(frame_of(image), box_for(150, 80))
    weak = detected_at(sure, box_for(152, 84), box_for(420, 130), score=0.3)
    found, state = run_one(stage, weak, stage.fresh(), image)
    assert len(state.followed) == 1
    first, second = found.persons
    assert first.skeleton == "coco17"
    assert second == Person(box_for(420, 130), 0.3)
    alone, _ = run_one(stage, sure, stage.fresh(), image)
    assert alone.persons == (first,)


def look(registry: Path, runtime: Runtime) -> None:
    """Pull the toy network, and let a stage look at a picture with it."""
    stage = build(Settings(models=registry, runtime=pulled(registry, runtime), pose=Pose(model="toy")))
    image = spots((150, 80))
    run_one(stage, detected_at(frame_of(image), box_for(150, 80)), stage.fresh(), image)


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ({"skeleton": '"halpe26"'}, "gives 17 keypoints, but its skeleton halpe26 has 26"),
        ({"skeleton": '"coco18"'}, "did you mean 'coco17'"),
        ({"parameters": "{ kernel = 12 }"}, "'kernel' must be a number from 3 to 31, in steps of 2"),
        ({"input": f"{{ height = {HEIGHT}, width = {WIDTH}, fit = 'stretch' }}"}, "input.fit must be region"),
    ],
)
def test_an_entry_that_does_not_fit_is_an_error_that_says_why(
    lines: dict[str, str], error: str, tmp_path: Path, runtime: Runtime
) -> None:
    registry = written(tmp_path, HEATMAP, lines)
    with pytest.raises(ModelError, match=error):
        look(registry, runtime)


def test_a_model_that_finds_no_poses_is_refused(runtime: Runtime) -> None:
    with pytest.raises(ModelError, match="selfie finds no poses"):
        build(Settings(runtime=runtime, pose=Pose(model="selfie")))


def test_fewer_people_are_followed_where_a_checkpoint_would_not_hold_them(
    tmp_path: Path, runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    registry = written(tmp_path, HEATMAP, {"skeleton": '"sapiens308"'})
    settings = Settings(
        models=registry, runtime=pulled(registry, runtime), pose=Pose(model="toy", max_persons=24)
    )
    build(settings)
    points = len(skeletons.find("sapiens308").points)
    assert f"at most 7 people are followed with sapiens308's {points} points, not 24" in caplog.text
