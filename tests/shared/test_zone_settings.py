"""Zones and lines of a camera in the configuration."""

from pathlib import Path

import pytest

from shared.rules.zone import ZoneKind
from shared.settings import SettingsError, load

BED = "{name: bed, kind: bed, points: [[0, 0], [1, 0], [1, 1]]}"


def written(folder: Path, camera: str) -> Path:
    path = folder / "kinestream.yaml"
    path.write_text(f"cameras: [{{name: a, source: b.mp4, {camera}}}]", encoding="utf-8")
    return path


def test_zones_have_names_kinds_and_corners(tmp_path: Path) -> None:
    (camera,) = load(
        written(tmp_path, f"zones: [{BED}, {{name: x, points: [[0, 0], [0, 1], [1, 1]]}}]")
    ).cameras
    assert [(zone.name, zone.kind) for zone in camera.zones] == [("bed", ZoneKind.BED), ("x", ZoneKind.AREA)]
    assert camera.zones[0].points == ((0, 0), (1, 0), (1, 1))


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        (f"zones: [{BED}, {BED}]", "cameras[0]: several zones of camera a are named bed: names must differ"),
        (
            "zones: [{name: a b, points: [[0, 0], [0, 1], [1, 1]]}]",
            "cameras[0].zones[0].name: String should match pattern '^[A-Za-z0-9_.-]{1,32}$'",
        ),
        (
            "zones: [{name: a, points: [[0, 0], [0.5, 0.5], [1, 1]]}]",
            "cameras[0].zones[0].points: nobody can be in it, its points lie on one line: give three corners"
            " or more",
        ),
        (
            "zones: [{name: a, knd: bed, points: [[0, 0], [0, 1], [1, 1]]}]",
            "cameras[0].zones[0].knd: no such key; did you mean 'kind'?",
        ),
        (
            "zones: [{name: a, kind: cot, points: [[0, 0], [0, 1], [1, 1]]}]",
            "cameras[0].zones[0].kind: Input should be 'bed', 'sofa', 'chair', 'floor', 'exit' or 'area'",
        ),
        (
            "zones: [{name: a, points: [[0, 0], [0, 1], [1, 1], [1, 640]]}]",
            "cameras[0].zones[0].points[3][1]: Input should be less than or equal to 1",
        ),
        (
            "lines: [{name: door, points: [[0, 0], [0, 0]]}]",
            "cameras[0].lines[0].points: its two points are the same: give two that differ",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, camera: str, said: str) -> None:
    path = written(tmp_path, camera)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(caught.value).splitlines() == [f"{path}: {said}"]
