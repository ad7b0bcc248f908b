"""`kinestream eval tracking`: what is typed, what is shown, what is written."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.console.command import app
from tests.services.evaluate.tracking.films import saved, text, walk
from tests.services.footage import data_file

TWENTY = range(1, 21)


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", "tracking", *map(str, arguments)], env={"COLUMNS": "80"})


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sequences with two people each, of whom results find one in one of them."""
    folder = tmp_path_factory.mktemp("films")
    for name in ("first", "second"):
        people = [*walk(1, TWENTY), *walk(2, TWENTY, left=300)]
        saved(folder / name / "gt" / "gt.txt", people)
        saved(folder / name / "det" / "det.txt", [(row[0], -1, *row[2:]) for row in people])
        saved(folder / name / "test.txt", people if name == "first" else people[:20])
    return folder


def test_results_are_scored_by_sequence_and_together_in_80_columns(films: Path) -> None:
    shown = invoke(films, "--results", "test.txt")
    assert shown.exit_code == 0, shown.output
    lines = {line.split()[0]: line.split()[1:] for line in shown.stdout.splitlines()[:6]}
    assert lines["first"] == [*["1.0000"] * 5, *["0"] * 4]
    assert lines["second"] == [".7071", ".5000", "1.0000", ".5000", ".6667", "0", "0", "0", "20"]
    assert lines["all"][3] == ".7500"
    assert "py-motmetrics says the same MOTA and IDF1." in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_a_mota_far_below_zero_fits_its_column(tmp_path: Path) -> None:
    saved(tmp_path / "gt.txt", walk(1, TWENTY))
    for name, extra in (("few", 2), ("many", 30)):
        invented = [row for number in range(extra) for row in walk(number, TWENTY, left=500)]
        saved(tmp_path / f"{name}.txt", invented)
    shown = invoke(tmp_path, "--results", "few.txt", "--results", "many.txt").stdout
    assert [line.split()[4] for line in shown.splitlines() if line.startswith("  ")][1:] == [
        "-2.0000",
        "-30.0",
    ]


def test_where_the_two_programs_differ_is_told(tmp_path: Path) -> None:
    saved(tmp_path / "gt.txt", walk(1, TWENTY))
    # after a gap the old track is back beside the person, and a new one is right on him
    found = [*walk(7, range(1, 6)), *walk(7, range(9, 21), left=18), *walk(8, range(9, 21))]
    saved(tmp_path / "test.txt", [*found, *walk(9, range(6, 9), left=500)])
    shown = invoke(tmp_path, "--results", "test.txt").stdout
    assert "py-motmetrics says of test: MOTA .1000" in shown
    assert " .0500 " in shown
    assert "IDF1" not in shown.splitlines()[-1]


def test_one_sequence_is_shown_once(films: Path) -> None:
    shown = invoke(films / "second", "--results", films / "second" / "test.txt")
    assert ".5000" in shown.stdout
    assert "  all" not in shown.stdout


def test_json_is_for_programs(films: Path) -> None:
    facts = json.loads(invoke(films, "--results", "test.txt", "--iou", 0.6, "--json").stdout)
    assert facts["iou"] == 0.6
    (tracker,) = facts["trackers"]
    assert tracker["tracker"] == "test"
    assert tracker["combined"]["mota"] == pytest.approx(0.75)
    assert tracker["sequences"]["second"]["false_negatives"] == 20
    assert tracker["sequences"]["second"]["motmetrics"]["false_negatives"] == 20


def test_our_tracks_are_kept_as_text_that_can_be_scored_again(films: Path, tmp_path: Path) -> None:
    shown = invoke(films, "--policy", "simple", "--policy", "sort", "--out", tmp_path, "--json")
    assert shown.exit_code == 0, shown.output
    ours = json.loads(shown.stdout)["trackers"]
    assert [each["tracker"] for each in ours] == ["simple", "sort"]
    again = json.loads(invoke(films, "--results", tmp_path / "simple", "--json").stdout)["trackers"]
    assert again[0]["combined"] == ours[0]["combined"]
    assert ours[0]["combined"]["false_negatives"] == 8  # two frames until each track is confirmed


def test_results_without_their_ids_are_detections(films: Path) -> None:
    shown = invoke(films, "--detections", "test.txt", "--json")
    (ours,) = json.loads(shown.stdout)["trackers"]
    assert ours["tracker"] == "default"
    assert ours["sequences"]["second"]["false_negatives"] >= 20


def test_the_demo_shows_three_lives_in_twenty_frames() -> None:
    shown = invoke("--demo")
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.stdout.splitlines())) <= 80
    frames = [line for line in shown.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert len(frames) == 20
    assert frames[0].split() == ["1", "●", "1", "tentative", "●", "2", "tentative", "●", "3", "tentative"]
    assert frames[12].split()[-3:] == ["○", "3", "removed"]
    assert len(json.loads(invoke("--demo", "--json").stdout)["demo"]["simple"]) == 60


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("FILMS",), "nothing to score: give --results PATH, --policy NAME, or --demo"),
        (("--policy", "sort"), "nothing to score: give a FOLDER with gt.txt, or --demo"),
        (("FILMS", "--policy", "srot"), "no tracker policy 'srot'"),
        (("FILMS", "--results", "test.txt", "--out", "out"), "--out keeps the tracks of our tracker"),
        (("FILMS", "--results", "none.txt"), "none.txt holds nothing for first"),
        (("FILMS", "--policy", "sort", "--scores", "1"), "--scores 1: write two numbers, as --scores 0,100"),
        (("FILMS", "--policy", "sort", "--scores", "9,1"), "the first number is that of nobody, and smaller"),
        (("FILMS", "--results", "a/sort", "--policy", "sort"), "two trackers are called sort"),
    ],
)
def test_what_cannot_be_scored_is_one_line_that_says_why(
    films: Path, arguments: tuple[str, ...], words: str
) -> None:
    shown = invoke(*(films if each == "FILMS" else each for each in arguments))
    assert shown.exit_code == 2
    assert words in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    saved(tmp_path / "gt.txt", walk(1, TWENTY))
    text(tmp_path / "bad.txt", "1,1,0,0,9,9", "2,1,0,0,9")
    shown = invoke(tmp_path, "--results", "bad.txt")
    assert shown.exit_code == 2
    assert shown.stderr == (
        f"kinestream: {tmp_path}/bad.txt:2: has 5 columns, not 6 to 10:"
        " frame,id,left,top,width,height,score,...\n"
    )


@pytest.mark.data
def test_published_sequences_are_scored_as_published_and_tracked() -> None:
    folder = data_file("tracking/TUD-Campus/gt.txt").parents[1]
    shown = invoke(
        folder, "--results", "test.txt", "--detections", "test.txt", "--policy", "bytetrack", "--json"
    )
    theirs, ours = json.loads(shown.stdout)["trackers"]
    assert round(theirs["sequences"]["TUD-Campus"]["hota"], 4) == 0.3914
    assert round(theirs["sequences"]["TUD-Stadtmitte"]["idf1"], 4) == 0.6446
    assert ours["combined"]["idf1"] > 0.5


def test_a_made_up_crowd_is_written_and_tracked(tmp_path: Path) -> None:
    command = ["eval", "crowd", str(tmp_path / "few"), "--people", "3", "--seconds", "2"]
    made = CliRunner().invoke(app, command, env={"COLUMNS": "80"})
    assert made.exit_code == 0
    assert "50 frames" in made.output
    scored = invoke(tmp_path / "few", "--policy", "crowd", "--json")
    assert scored.exit_code == 0
