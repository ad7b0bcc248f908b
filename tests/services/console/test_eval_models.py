"""Every pose and segmentation model on COCO's example pictures: as good as it was measured."""

from pathlib import Path

import pytest

from services.console.evaluating import (
    ALL,
    TRUTH,
    ModelMaps,
    Setup,
    pose_setups,
    run_pose,
    segmentation_setups,
)
from services.evaluate.coco import Truth, read_truth
from services.evaluate.intervals import Bootstrap
from services.evaluate.pose.keypoints import person_category
from services.evaluate.pose.scoring import score
from services.evaluate.segmentation.classmaps import CocoMaps
from services.evaluate.segmentation.scoring import score as score_maps
from services.evaluate.segmentation.scoring import tally
from shared.settings import Runtime, Settings
from tests.models_fixture import models_dir, runtime  # noqa: F401 - fixtures
from tests.services.footage import data_file

pytestmark = pytest.mark.data

DETECTORS = ("blazepose-detector", "yolox-nano", "light-person")
LEAST_AP = {  # 0.05 and more below what services/evaluate/README.md reports
    "blazepose-full, true boxes": 0.40,
    "blazepose-full, blazepose-detector": 0.09,
    "blazepose-full, yolox-nano": 0.38,
    "blazepose-full, light-person": 0.34,
    "blazepose-lite, true boxes": 0.24,
    "blazepose-lite, blazepose-detector": 0.13,
    "blazepose-lite, yolox-nano": 0.30,
    "blazepose-lite, light-person": 0.27,
    "posenet-353x481": 0.43,
    "posenet-481x641": 0.50,
}
LEAST_IOU = {
    "blazepose-full-mask, true boxes": 0.78,
    "blazepose-lite-mask, true boxes": 0.80,
    "selfie, true boxes": 0.79,
    "selfie-landscape, true boxes": 0.73,
    "bodypix-480x352, true boxes": 0.74,
    "bodypix-640x480, true boxes": 0.78,
}


@pytest.fixture(scope="module")
def settings(runtime: Runtime) -> Settings:  # noqa: F811
    return Settings(runtime=runtime)


@pytest.fixture(scope="module")
def truth() -> Truth:
    return read_truth(data_file("pose/example_coco_val.json"))


@pytest.fixture(scope="module")
def pictures() -> Path:
    return data_file("pose/example_coco_val.json").parent


def chosen(setups: list[Setup], name: str) -> Setup:
    (setup,) = (each for each in setups if each.name == name)
    return setup


@pytest.mark.parametrize("name", LEAST_AP)
def test_poses_are_as_good_as_they_were(name: str, settings: Settings, truth: Truth, pictures: Path) -> None:
    setup = chosen(pose_setups(settings, (ALL,), (TRUTH, *DETECTORS)), name)
    results = run_pose(setup, truth, pictures, lambda: None)
    ap = score(truth, person_category(truth, "example"), results, Bootstrap(0)).metrics.ap
    assert ap is not None
    assert ap >= LEAST_AP[name]


@pytest.mark.parametrize("name", LEAST_IOU)
def test_masks_are_as_good_as_they_were(name: str, settings: Settings, truth: Truth, pictures: Path) -> None:
    labelled = CocoMaps.of_truth(truth)
    setup = chosen(segmentation_setups(settings, (ALL,), (TRUTH,)), name)
    found = ModelMaps(setup, pictures, truth, labelled.classes)
    tallies = [tally(labelled.of(picture), found.of(picture), 2) for picture in truth.images]
    assert (score_maps(tallies, labelled.classes, Bootstrap(0)).metrics.miou or 0.0) >= LEAST_IOU[name]


def test_every_model_of_the_registry_has_a_floor(settings: Settings) -> None:
    assert {each.name for each in pose_setups(settings, (ALL,), (TRUTH, *DETECTORS))} == set(LEAST_AP)
    assert {each.name for each in segmentation_setups(settings, (ALL,), (TRUTH,))} == set(LEAST_IOU)
