"""`kinestream eval events`: what is typed, what is shown, what is written; no clip is played here."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.console.command import app
from tests.services.evaluate.events.made import FALLS, SITS, made_data_set


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", "events", *map(str, arguments)], env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return made_data_set(tmp_path_factory.mktemp("data"))


def test_recorded_tracks_are_scored_by_data_set_and_together(data: tuple[Path, Path]) -> None:
    shown = invoke(data[0], "--tracks", data[1])
    assert shown.exit_code == 0, shown.output
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert lines[1] == ["found", "95", "%", "false", "prec.", "F1", "95", "%", "per", "hour", "median", "p95"]
    assert [line[:4] for line in lines[2:5]] == [
        ["first", "1/1", ".21-1.00", "0"], ["second", "0/0", "0", "-"], ["all", "1/1", ".21-1.00", "0"],
    ]  # fmt: skip
    assert "second, sit_down" in shown.stdout
    assert "nothing wrong in 2 clips" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 100


def test_programs_get_everything_as_json(data: tuple[Path, Path], tmp_path: Path) -> None:
    shown = invoke(data[0], "--tracks", data[1], "--json", "--out", tmp_path)
    facts = json.loads(shown.stdout)
    assert [clip["name"] for clip in facts["clips"]] == [FALLS, SITS]
    assert facts["groups"][-1]["falls"]["recall"] == 1
    [verdict] = facts["clips"][0]["verdicts"]
    assert (verdict["outcome"], verdict["label"]) == ("found", "fall_forward")
    assert json.loads((tmp_path / "events.json").read_text()) == facts
    assert FALLS in (tmp_path / "events.html").read_text()


def test_a_sweep_goes_over_recorded_tracks(data: tuple[Path, Path], tmp_path: Path) -> None:
    arguments = ("--sweep", "rules.fall.confirm_s=0.4,0.8", "--only", "first", "--out", tmp_path)
    shown = invoke(data[0], "--tracks", data[1], *arguments)
    assert shown.exit_code == 0, shown.output
    assert "best F1 1.000 of falls at rules.fall.confirm_s 0.4 to 0.8" in shown.stdout
    assert "Sweep of rules.fall.confirm_s" in (tmp_path / "events.html").read_text()


def test_made_up_scenes_are_scored_without_any_file(tmp_path: Path) -> None:
    shown = invoke("--synthetic", "--suite", "falls", "--seeds", "2", "--out", tmp_path)
    assert shown.exit_code == 0, shown.output
    first = next(line.split() for line in shown.stdout.splitlines() if line.startswith("falls "))
    assert first[1] == "2"
    assert "rate " in shown.stdout
    facts = json.loads((tmp_path / "events.json").read_text())
    assert facts["synthetic"]["suite"][0]["falls"]["labelled"] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "nothing to score: give LABELS of clips, or --synthetic"),
        (("LABELS", "--sweep", "posture_s=0.3,0.4"), "--sweep goes over recorded tracks"),
        (("LABELS", "--tracks", "a", "--record", "b"), "give one of them"),
        (("--synthetic", "--tracks", "a"), "give their LABELS as well"),
        (("--synthetic", "--suite", "gym"), "there is no suite gym: there are falls, "),
        (("LABELS", "--tracks", "nowhere"), "cannot be read: No such file or directory; record it with"),
        (("LABELS", "--only", "garden"), "no labelled clip is called garden"),
        (("nowhere.json",), "nowhere.json cannot be read: No such file or directory"),
        (("LABELS", "elsewhere"), f"clip {FALLS} is not in elsewhere: give the folder of the clips"),
        (("--synthetic", "--sweep", "rules.fal.x=1"), "actions has no such option"),
    ],
)
def test_what_cannot_be_scored_is_one_line_and_exit_code_2(
    data: tuple[Path, Path], arguments: tuple[str, ...], says: str
) -> None:
    shown = invoke(*(data[0] if each == "LABELS" else each for each in arguments))
    assert shown.exit_code == 2
    assert says in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


def test_two_clips_that_would_be_one_camera_are_refused(tmp_path: Path) -> None:
    for name in ("a b.mp4", "a-b.mp4"):
        (tmp_path / name).touch()
    clips = {name: {"fps": 10, "frames": 10, "events": []} for name in ("a b.mp4", "a-b.mp4")}
    (tmp_path / "labels.json").write_text(json.dumps({"clips": clips}))
    shown = invoke(tmp_path / "labels.json")
    assert shown.exit_code == 2
    assert "clips a b.mp4 and a-b.mp4 would both be the camera a-b: rename one" in shown.stderr
