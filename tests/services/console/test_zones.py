"""`kinestream zones draw`."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from services.console.command import app
from shared.scene.scene import Scene
from shared.scene.url import parse

SOURCE = "synth://empty?size=320x240"
ZONES = """
    zones: [{name: seat, kind: chair, points: [[0.65, 0.4], [0.85, 0.4], [0.85, 0.6], [0.65, 0.6]]}]
    lines: [{name: middle, points: [[0.5, 1.0], [0.5, 0.6]]}]
"""


def draw(folder: Path, *arguments: str) -> tuple[int, str]:
    path = folder / "kinestream.yaml"
    path.write_text(
        f"cameras:\n  - name: room\n    source: {SOURCE}\n{ZONES}  - {{name: bare, source: '{SOURCE}'}}\n"
    )
    out = str(folder / "out")
    done = CliRunner().invoke(app, ["zones", "draw", "--config", str(path), "--out", out, *arguments])
    return done.exit_code, done.output


def difference(folder: Path, name: str) -> NDArray[np.bool_]:
    drawn = cv2.imread(str(folder / "out" / f"{name}.png"))
    assert drawn is not None
    return np.asarray((np.abs(drawn.astype(int) - Scene(parse(SOURCE)).render(0)) > 12).any(axis=2))


def test_zones_and_lines_are_drawn_where_they_are(tmp_path: Path) -> None:
    code, said = draw(tmp_path)
    assert (code, said.splitlines()[0]) == (0, f"room: 1 zone, 1 line: {tmp_path / 'out' / 'room.png'}")
    changed = difference(tmp_path, "room")
    assert changed[100:140, 212:268].mean() > 0.9  # the seat
    assert changed[146:238, 160].all()  # the line
    assert not changed[:80].any()
    assert not changed[:, :130].any()


def test_a_camera_without_zones_is_drawn_with_a_grid(tmp_path: Path) -> None:
    code, said = draw(tmp_path, "--camera", "bare")
    assert (code, said) == (0, f"bare: 0 zones, 0 lines: {tmp_path / 'out' / 'bare.png'}\n")
    changed = difference(tmp_path, "bare")
    assert changed[:, 32].mean() > 0.9
    assert changed[24].mean() > 0.9
    assert not (tmp_path / "out" / "room.png").exists()


def test_a_picture_can_be_given(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((60, 80, 3), 90, np.uint8))
    code, _ = draw(tmp_path, "--camera", "room", "--picture", f"room={tmp_path / 'grey.png'}")
    drawn = cv2.imread(str(tmp_path / "out" / "room.png"))
    assert code == 0
    assert drawn is not None
    assert drawn.shape == (60, 80, 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--camera", "attic"), "--camera attic: the configuration has room, bare"),
        (("--picture", "attic=x.png"), "give CAMERA=FILE with one of these cameras: room, bare"),
        (("--picture", "room=none.png"), "none.png is no picture that can be read"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, output = draw(tmp_path, *arguments)
    assert code == 2
    assert said in " ".join(output.split())
