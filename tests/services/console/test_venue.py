"""`kinestream venue check` on the built-in scene, whose camera is known."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from services.console.command import app
from shared.scene.scene import Scene
from shared.scene.url import parse

SCENE = "synth://empty?height=2.4&size=640x480"
MARKS = [(x, y) for x in (-1.5, 0.0, 1.5) for y in (2.5, 4.0, 5.5)]


def configuration(folder: Path, *, wrong: int | None = None, count: int = 9) -> Path:
    """One camera, its points exact but for the wrong one."""
    places = np.column_stack([np.array(MARKS), np.ones(len(MARKS))])
    px = places @ Scene(parse(SCENE)).camera.floor_to_picture().T
    px = px[:, :2] / px[:, 2:]
    if wrong is not None:
        px[wrong] += 30
    order = [0, 2, 6, 8, 1, 3, 4, 5, 7][:count]
    marks = [{"px": px[i].tolist(), "m": list(MARKS[i])} for i in order]
    venue = {"cameras": {"left": {"points": marks}}, "field": {"low": [-2, 2], "high": [2, 6]}}
    file = folder / "kinestream.yaml"
    file.write_text(yaml.safe_dump({"cameras": [{"name": "left", "source": SCENE}], "venue": venue}))
    return file


def check(folder: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["venue", "check", "--out", str(folder / "out"), *arguments])
    return done.exit_code, " ".join(done.output.split())


def test_a_right_calibration_is_drawn_into_the_camera_s_picture(tmp_path: Path) -> None:
    code, said = check(tmp_path, "--config", str(configuration(tmp_path)), "--source")
    assert code == 0
    assert "left: fits" in said
    drawn = cv2.imread(str(tmp_path / "out" / "left.png"))
    above = cv2.imread(str(tmp_path / "out" / "above.png"))
    assert drawn is not None
    assert above is not None
    plain = Scene(parse(SCENE)).render(0)
    assert drawn.shape[1] == plain.shape[1]
    changed = (np.abs(drawn[-480:].astype(int) - plain) > 40).any(axis=2).mean()
    assert 0.005 < changed < 0.2


def test_a_wrong_point_is_named(tmp_path: Path) -> None:
    code, said = check(tmp_path, "--config", str(configuration(tmp_path, wrong=4)))
    assert code == 1
    assert "look at point 7: without it the others fit to 0.0 px" in said


def test_four_points_are_said_to_tell_nothing_of_themselves(tmp_path: Path) -> None:
    code, said = check(tmp_path, "--config", str(configuration(tmp_path, count=4)))
    assert code == 0
    assert "four points always fit" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--picture", "rihgt=x.png"), "give CAMERA=FILE with one of the venue's cameras: left"),
        (("--picture", "left=none.png"), "no picture that can be read"),
    ],
)
def test_bad_pictures_are_refused_in_one_line(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    code, said = check(tmp_path, "--config", str(configuration(tmp_path)), *arguments)
    assert code == 2
    assert words in said


def test_a_configuration_without_a_venue_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plain.yaml"
    file.write_text("bus: {}\n")
    code, said = check(tmp_path, "--config", str(file))
    assert code == 2
    assert "has no section `venue`" in said


def test_a_picture_too_small_for_its_points_is_refused(tmp_path: Path) -> None:
    small = tmp_path / "small.png"
    cv2.imwrite(str(small), np.full((240, 320, 3), 90, np.uint8))
    code, said = check(tmp_path, "--config", str(configuration(tmp_path)), "--picture", f"left={small}")
    assert code == 2
    assert "points lie beyond the picture of 320 x 240 px: say with size_px" in said


def test_a_given_picture_is_brought_to_the_size_of_the_points(tmp_path: Path) -> None:
    file = configuration(tmp_path)
    stored = yaml.safe_load(file.read_text())
    stored["venue"]["cameras"]["left"]["size_px"] = [640, 480]
    file.write_text(yaml.safe_dump(stored))
    large = tmp_path / "large.png"
    cv2.imwrite(str(large), np.full((960, 1280, 3), 90, np.uint8))
    code, _ = check(tmp_path, "--config", str(file), "--picture", f"left={large}")
    drawn = cv2.imread(str(tmp_path / "out" / "left.png"))
    assert code == 0
    assert drawn is not None
    assert drawn.shape[1] == 640
