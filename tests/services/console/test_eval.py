"""`kinestream eval`: what is typed, what is shown, what is written."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from services.console.command import app
from services.evaluate.coco import Result as Found
from services.evaluate.coco import read_truth, write
from tests.models_fixture import models_dir  # noqa: F401 - a fixture
from tests.services.evaluate.toys import people, saved
from tests.services.footage import data_file


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments)], env={"COLUMNS": "80"})


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures with people of whom two of three are found."""
    folder = saved(tmp_path_factory.mktemp("set") / "coco", people(1, 2))
    truth = people(1, 2)
    results = [Found(each.image_id, 1, 0.9, each.keypoints) for each in truth.annotations[:2]]
    write(folder / "found.json", results)
    return folder


def test_results_are_scored_in_a_table_of_80_columns(labelled: Path) -> None:
    shown = invoke("pose", labelled, "--predictions", labelled / "found.json")
    assert shown.exit_code == 0, shown.output
    assert "2/3" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_json_is_for_programs(labelled: Path) -> None:
    shown = invoke("pose", labelled, "--predictions", labelled / "found.json", "--json")
    facts = json.loads(shown.stdout)
    assert facts["pictures"] == 2
    assert facts["models"][0]["found"] == 2
    assert facts["models"][0]["ap"] == pytest.approx(0.663, abs=0.001)


def test_the_worst_pictures_and_the_results_are_kept(labelled: Path, tmp_path: Path) -> None:
    invoke("pose", labelled, "--predictions", labelled / "found.json", "--out", tmp_path, "--worst", 1)
    assert sorted(path.name for path in (tmp_path / "found").iterdir()) == ["01-2.png", "results.json"]
    again = invoke("pose", labelled, "--predictions", tmp_path / "found" / "results.json")
    assert "2/3" in again.stdout


def test_files_of_one_name_are_told_apart_by_their_folders(labelled: Path, tmp_path: Path) -> None:
    write(tmp_path / "none" / "found.json", [])
    both = ("--predictions", labelled / "found.json", "--predictions", tmp_path / "none" / "found.json")
    rows = json.loads(invoke("pose", labelled, *both, "--json").stdout)["models"]
    assert [row["found"] for row in rows] == [2, 0]
    assert rows[1]["model"] == str(tmp_path / "none" / "found")


def test_the_demo_overwrites_no_annotations_but_its_own(labelled: Path) -> None:
    before = (labelled / "annotations.json").read_bytes()
    shown = invoke("pose", "--demo", "--out", labelled)
    assert shown.exit_code == 2
    assert "holds annotations of your own: name another folder" in shown.stderr
    assert (labelled / "annotations.json").read_bytes() == before


def test_where_nothing_can_be_written_is_told(labelled: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shown = invoke("pose", labelled, "--predictions", labelled / "found.json", "--out", tmp_path / "file")
    assert shown.exit_code == 2
    assert "results.json cannot be written" in shown.stderr


def test_in_the_demo_perfect_is_one_and_the_gap_from_good_to_poor_grows_with_the_threshold(
    tmp_path: Path,
) -> None:
    shown = invoke("pose", "--demo", "--out", tmp_path, "--resamples", 0)
    assert shown.exit_code == 0, shown.output
    assert "from good to poor" in shown.stdout
    assert len(list((tmp_path / "worst" / "poor").glob("*.png"))) == 5
    truth = read_truth(tmp_path / "annotations.json")
    counts = [len(annotations) for annotations in truth.of_pictures().values()]
    assert len(counts) == 10
    assert set(counts) == {1, 2, 3}
    plain = ("--json", "--resamples", 0)
    files = [tmp_path / f"{name}.json" for name in ("perfect", "good", "poor")]
    again = invoke("pose", tmp_path, *(each for file in files for each in ("--predictions", file)), *plain)
    perfect, good, poor = json.loads(again.stdout)["models"]
    assert perfect["ap"] == perfect["ap50"] == perfect["ap75"] == 1.0
    assert good["ap75"] - poor["ap75"] > good["ap50"] - poor["ap50"] > 0
    assert poor["ap50"] > 0


def test_the_demo_of_masks_tells_every_class(tmp_path: Path) -> None:
    shown = invoke("segmentation", "--demo", "--out", tmp_path, "--json", "--resamples", 0)
    assert shown.exit_code == 0, shown.output
    rows = {row["model"]: row for row in json.loads(shown.stdout)["models"]}
    assert rows["perfect"]["miou"] == 1.0
    assert 0.8 < rows["good"]["miou"] < 1.0
    assert 0.0 < rows["poor"]["miou"] < 0.5
    assert [each["name"] for each in rows["poor"]["classes"]] == ["background", "person"]
    drawn = cv2.imread(str(next((tmp_path / "worst" / "good").glob("01-*.png"))))
    assert drawn is not None
    assert drawn.shape[1] == 3 * 640


def test_folders_of_class_maps_are_compared(tmp_path: Path) -> None:
    for name in ("pictures", "labels", "model"):
        (tmp_path / name).mkdir()
    cells = np.zeros((6, 8), np.uint8)
    cells[2:, :4] = 1
    cv2.imwrite(str(tmp_path / "pictures" / "a.jpg"), np.zeros((6, 8, 3), np.uint8))
    np.save(tmp_path / "labels" / "a.npy", cells)
    cv2.imwrite(str(tmp_path / "model" / "a.png"), np.roll(cells, 1, axis=1))
    shown = invoke(
        *("segmentation", tmp_path, "--maps", tmp_path / "labels", "--classes", "background,cup"),
        *("--predictions", tmp_path / "model", "--json"),
    )
    assert json.loads(shown.stdout)["models"][0]["miou"] == pytest.approx(12 / 20)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pose",), "nothing to score: give a FOLDER"),
        (("pose", "SET"), "nothing to score: give --predictions FILE, --model NAME, or --demo"),
        (("pose", "SET", "--predictions", "none.json"), "none.json cannot be read"),
        (("pose", "SET", "--model", "selfie"), "model selfie does not do poses; these do: blazepose-full"),
        (("pose", "SET", "--model", "blazepose-ful"), "did you mean 'blazepose-full'?"),
        (("pose", "SET", "--boxes", "mine", "--model", "all"), "--boxes mine: write --boxes truth"),
        (("segmentation", "SET"), "the annotations hold no masks"),
        (("segmentation", "--maps", "SET"), "give the folder of the pictures as --pictures FOLDER"),
        (("segmentation", "SET", "--maps", "SET"), "give --classes background,person or a classes.txt"),
    ],
)
def test_what_cannot_be_scored_is_one_line_that_says_why(
    labelled: Path, arguments: tuple[str, ...], words: str
) -> None:
    shown = invoke(*(labelled if each == "SET" else each for each in arguments))
    assert shown.exit_code == 2
    assert words in shown.stderr
    assert shown.stderr.count("\n") == 1


@pytest.mark.data
def test_a_model_is_run_with_labelled_and_with_its_own_boxes(models_dir: Path) -> None:  # noqa: F811
    annotations = data_file("pose/example_coco_val.json")
    shown = invoke(
        *("pose", annotations.parent, "--annotations", annotations, "--model", "blazepose-full"),
        *("--boxes", "truth", "--detector", "blazepose-detector", "--json", "--resamples", 0),
    )
    assert shown.exit_code == 0, shown.output
    truth, found = json.loads(shown.stdout)["models"]
    assert truth["model"] == "blazepose-full, true boxes"
    assert truth["ap"] > found["ap"] > 0


@pytest.mark.data
def test_masks_are_scored_against_labels_and_against_another_model(models_dir: Path) -> None:  # noqa: F811
    annotations = data_file("pose/example_coco_val.json")
    shown = invoke(
        *("segmentation", annotations.parent, "--annotations", annotations, "--model", "selfie"),
        *("--boxes", "truth", "--json", "--resamples", 0),
    )
    assert json.loads(shown.stdout)["models"][0]["miou"] > 0.75
    shown = invoke(
        *("segmentation", "--pictures", annotations.parent, "--model", "selfie", "--json"),
        *("--against", "blazepose-full-mask", "--resamples", 0),
    )
    assert json.loads(shown.stdout)["models"][0]["miou"] > 0.8
