"""`kinestream models check` on a rendered room, with the real models."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from services.console.command import app
from shared.scene.scene import Scene
from shared.scene.url import SceneSpec
from tests.models_fixture import models_dir  # noqa: F401 - a fixture


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(SceneSpec("walk", seed=4))


@pytest.fixture(scope="module")
def picture(scene: Scene, tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Path:  # noqa: F811
    path = tmp_path_factory.mktemp("check") / "room.png"
    cv2.imwrite(str(path), scene.render(60))
    return path


def check(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["models", "check", *map(str, arguments)], env={"COLUMNS": "80"})


def test_a_person_is_told_in_80_columns_and_drawn_in_the_current_folder(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = picture.read_bytes()
    shown = check(picture)
    assert shown.exit_code == 0, shown.output
    for words in ("1 person found", "left shoulder", "share of the box", "attention", "hidden limbs:"):
        assert words in shown.stdout
    told = [line for line in shown.stdout.splitlines() if not line.startswith("written:")]
    assert max(map(len, told)) <= 80
    drawn, plain = cv2.imread("room-checked.png"), cv2.imread(str(picture))
    assert drawn is not None
    assert plain is not None
    assert drawn.shape == plain.shape
    assert (drawn != plain).any()
    assert picture.read_bytes() == before


def test_facts_and_arrays_agree_with_what_is_there(scene: Scene, picture: Path, tmp_path: Path) -> None:
    shown = check(picture, "--raw", tmp_path, "--out", tmp_path / "drawn.jpg", "--json")
    facts = json.loads(shown.stdout)
    instances = json.loads((tmp_path / "room-instances.json").read_text())
    assert instances == facts
    (person,), (truth,) = facts["persons"], scene.truth(60).persons
    points = {point["part"]: (point["x"], point["y"]) for point in person["keypoints"]}
    assert points["left_hip"] == pytest.approx(tuple(truth.keypoints[23]), abs=12)
    assert set(person["groups"]) == {"head", "torso", "arms", "legs"}
    classes = np.load(tmp_path / "room-classes.npy")
    assert classes.shape == truth.mask.shape
    both, either = (classes > 0) & truth.mask, (classes > 0) | truth.mask
    assert both.sum() / either.sum() > 0.8
    assert (tmp_path / "drawn.jpg").exists()


def test_models_are_chosen_by_their_task(picture: Path, tmp_path: Path) -> None:
    names = ("bodypix-480x352", "blazepose-lite")
    shown = check(*names, picture, "--out", tmp_path / "a.png", "--raw", tmp_path, "--json")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["models"] == {
        "detector": "blazepose-detector",
        "pose": "blazepose-lite",
        "segmentation": "bodypix-480x352",
    }
    assert len(np.unique(np.load(tmp_path / "room-classes.npy"))) > 5


def test_masks_and_unsure_bones_can_be_left_out(picture: Path, tmp_path: Path) -> None:
    def changed(*options: object) -> int:
        out = tmp_path / "drawn.png"
        assert check(picture, "--out", out, *options).exit_code == 0
        drawn, plain = cv2.imread(str(out)), cv2.imread(str(picture))
        assert drawn is not None
        assert plain is not None
        return int((drawn != plain).any(axis=2).sum())

    whole, bones = changed(), changed("--mask-alpha", 0)
    box = changed("--mask-alpha", 0, "--keypoint-threshold", 1)
    assert whole > bones > box > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none.jpg",), "no picture none.jpg: the last word of the command is the picture"),
        (
            ("selfie", "bodypix-480x352", "PICTURE"),
            "models selfie and bodypix-480x352 are both for segmentation",
        ),
        (
            ("reid-retail-0288", "PICTURE"),
            "is for re-identification: neither detector, pose nor segmentation",
        ),
        (("selfi", "PICTURE"), "did you mean 'selfie'?"),
        (("PICTURE", "--out", "PICTURE"), "is the picture itself: name another file"),
        (("PICTURE", "--out", "drawn.nothing"), "drawn.nothing cannot be written"),
        (("TEXT",), "cannot be decoded as a picture"),
    ],
)
def test_what_cannot_be_checked_is_one_line_that_says_why(
    picture: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    text = tmp_path / "notes.jpg"
    text.write_text("no picture")
    places = {"PICTURE": picture, "TEXT": text, "drawn.nothing": tmp_path / "drawn.nothing"}
    shown = check(*(places.get(each, each) for each in arguments))
    assert shown.exit_code == 2
    assert words in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_an_empty_room_says_what_to_try(picture: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    cv2.imwrite(str(empty), Scene(SceneSpec("empty")).render(0))
    shown = check(empty, "--out", tmp_path / "drawn.png")
    assert shown.exit_code == 0
    assert "no people found" in shown.stdout
    assert "detector.score" in shown.stdout
