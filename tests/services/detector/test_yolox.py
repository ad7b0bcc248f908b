"""The stage on detectors of the YOLOX kind: one of the tests' own, and the real ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from services.detector.stage import DetectorStage, build
from shared.messages import Box
from shared.models.errors import ModelError
from shared.models.running import Model
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Detector, Runtime, Settings
from shared.vision.boxes import iou_matrix
from tests.services.detector import bars
from tests.services.footage import frame_in, frame_of, run_one, still, work_of

Make = Callable[..., DetectorStage]


def found_in(stage: DetectorStage, *seen: tuple[Box, float]) -> list[tuple[Box, float]]:
    """Boxes and scores of who is in a room with these bars, at the first look."""
    image = bars.room(seen)
    message, _ = run_one(stage, frame_of(image), stage.fresh(), image)
    return [(person.box, person.score) for person in message.persons]


def test_a_person_is_the_box_that_the_network_gives_without_keypoints(bar_stage: Make) -> None:
    image = bars.room([(bars.upright(2, 4), 1.0)])
    stage = bar_stage()
    message, _ = run_one(stage, frame_of(image), stage.fresh(), image)
    (person,) = message.persons
    assert person.box == pytest.approx(bars.upright(2, 4))
    assert person.score > 0.9
    assert (person.keypoints, person.skeleton) == (None, None)


def test_boxes_end_where_the_picture_ends(bar_stage: Make) -> None:
    ((box, _),) = found_in(bar_stage(), (bars.upright(2, 0), 1.0), (bars.upright(2, 1), 1.0))
    assert box[1] == 0
    assert box[3] > 0


def test_the_tail_of_low_scores_goes_on_where_it_is_wanted(bar_stage: Make) -> None:
    sure, weak = (bars.upright(1, 4), 0.9), (bars.upright(6, 4), 0.3)
    ((box, score),) = found_in(bar_stage(), sure, weak)
    assert box == pytest.approx(sure[0])
    both = found_in(bar_stage(least_score=0.2), sure, weak)
    assert both[0] == (box, score)
    assert both[1][0] == pytest.approx(weak[0])
    assert 0.2 <= both[1][1] < 0.5


@pytest.mark.parametrize(
    ("classes", "most"), [(("standing",), 0.5), (("lying", "standing"), 1.0), (("square",), 0.0)]
)
def test_the_wanted_classes_count(bar_stage: Make, classes: tuple[str, ...], most: float) -> None:
    found = found_in(bar_stage(classes=classes, score=0.2), (bars.upright(2, 4), 1.0))
    assert [score for _, score in found] == pytest.approx([most] * bool(most), abs=0.1)


def test_the_tail_lies_below_what_counts() -> None:
    with pytest.raises(ValidationError, match=r"least_score 0\.6 is above score 0\.5"):
        Detector(least_score=0.6)


def test_an_unknown_class_is_an_error_at_the_start(bar_model: Model) -> None:
    with pytest.raises(ModelError, match="bars has no class 'stading'; did you mean 'standing'"):
        DetectorStage(Detector(classes=("stading",)), bar_model)


def test_blazepose_knows_no_classes(model: Model) -> None:
    with pytest.raises(ModelError, match=r"finds people only; leave detector\.classes"):
        DetectorStage(Detector(classes=("dog",)), model)


def test_a_model_that_finds_no_people_is_an_error_at_the_start(runtime: Runtime) -> None:
    settings = Settings(runtime=runtime, detector=Detector(model="selfie"))
    with pytest.raises(ModelError, match=r"selfie is for person segmentation: detector\.model wants"):
        build(settings)


def test_a_model_of_the_users_own_is_built_by_its_name(tmp_path: Path) -> None:
    settings = bars.installed(tmp_path).model_copy(
        update={"detector": Detector(model="bars", classes=("lying",))}
    )
    assert len(found_in(build(settings), (bars.upright(2, 4), 1.0))) == 1


def test_a_tail_does_not_move_who_is_sure(model: Model) -> None:
    image = Scene(parse("synth://walk")).render(60)
    plain, tailed = (DetectorStage(Detector(least_score=least), model) for least in (None, 0.001))
    sure, _ = run_one(plain, frame_of(image), plain.fresh(), image)
    more, _ = run_one(tailed, frame_of(image), tailed.fresh(), image)
    assert more.persons[: len(sure.persons)] == sure.persons
    assert all(0.001 <= person.score < 0.5 for person in more.persons[len(sure.persons) :])
    assert len(more.persons) > len(sure.persons)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "boxes"),
    [
        ("000000000785.jpg", [(281, 45, 500, 391)]),
        ("000000196141.jpg", [(248, 74, 417, 375)]),
        ("000000040083.jpg", [(38, 111, 213, 286)]),
    ],
)
@pytest.mark.parametrize("detector_of", ["yolox-nano", "light-person"])
def test_people_in_real_pictures_are_found(
    runtime: Runtime, detector_of: str, name: str, boxes: list[Box]
) -> None:
    stage = build(Settings(runtime=runtime, detector=Detector(model=detector_of, score=0.3, iou=0.45)))
    image = still(name)
    found, _ = run_one(stage, frame_of(image), stage.fresh(), image)
    overlaps = iou_matrix(
        np.array(boxes, np.float32), np.array([person.box for person in found.persons], np.float32)
    )
    assert (overlaps.max(axis=1) > 0.6).all()


@pytest.mark.data
def test_other_classes_of_coco_are_found_by_name(runtime: Runtime) -> None:
    detector = Detector(model="yolox-nano", classes=("skis",), score=0.3, iou=0.45)
    stage = build(Settings(runtime=runtime, detector=detector))
    image = still("000000000785.jpg")  # somebody on skis
    found, _ = run_one(stage, frame_of(image), stage.fresh(), image)
    assert found.persons
    assert all(person.box[1] > 300 for person in found.persons)


def test_a_batch_of_cameras_is_as_each_alone(bar_stage: Make) -> None:
    stage = bar_stage(least_score=0.2)
    rooms = [[(bars.upright(2, 4), 1.0)], [], [(bars.upright(1, 3), 0.7), (bars.upright(6, 5), 0.3)]]
    works = [
        work_of(frame_of(image, camera=f"c{index}"), stage.fresh(), image)
        for index, image in enumerate(map(bars.room, rooms))
    ]
    together = stage.process(works)
    assert together == [stage.process([work])[0] for work in works]
    assert [len(frame_in(done).persons) for done in together] == [1, 0, 2]
