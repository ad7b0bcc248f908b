"""`kinestream config check`: what is right and still not what anybody means."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.console.command import app

SEAT = "{name: seat, kind: chair, points: [[0.6, 0.4], [0.8, 0.4], [0.8, 0.6], [0.6, 0.6]]}"
BOW = "{name: bow, kind: bed, points: [[0.6, 0.6], [0.8, 0.8], [0.8, 0.6], [0.6, 0.8]]}"
BED = "{name: bed, kind: bed, points: [[0.1, 0.4], [0.4, 0.4], [0.4, 0.6], [0.1, 0.6]]}"
DOOR = "{name: door, points: [[0, 0], [1, 1]]}"
LEFT = "masks: [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]]"


def notes(folder: Path, camera: str, rules: str = "", timezone: str = "UTC") -> list[str]:
    path = folder / "kinestream.yaml"
    path.write_text(
        f"actions: {{timezone: {timezone}, rules: {{{rules}}}}}\n"
        f"cameras: [{{name: room, source: synth://demo, {camera}}}]\n"
    )
    done = CliRunner().invoke(app, ["config", "check", str(path)])
    assert done.exit_code == 0, done.output
    first, *others = done.output.splitlines()
    assert first == f"{path} is right: 1 camera"
    return [line.removeprefix("note: ") for line in others]


@pytest.mark.parametrize(
    ("camera", "rules", "said"),
    [
        ("", "", []),
        (f"zones: [{BED}]", "", []),
        (f"zones: [{SEAT}], lines: [{DOOR}]", "zone_enter: {enabled: true}, line_cross: {enabled: true}", []),
        (f"zones: [{SEAT}]", "",
         ["cameras[0].zones[0]: no rule that is on looks at seat (chair); events name it still"]),
        (f"zones: [{SEAT}, {BED}]", "zone_exit: {enabled: true, kinds: [bed]}",
         ["cameras[0].zones[0]: no rule that is on looks at seat (chair); events name it still"]),
        (f"zones: [{SEAT}], rules: {{zone_exit: {{enabled: true}}}}", "", []),
        (f"zones: [{BOW}]", "",
         ["cameras[0].zones[0]: the sides of bow cross each other: give its corners in order, all around"]),
        (f"zones: [{BED}], {LEFT}", "",
         ["cameras[0].zones[0]: bed lies behind the camera's masks, where nobody is ever seen"]),
        (f"zones: [{BED}], {LEFT}, rotate: 180", "", []),
        (f"lines: [{DOOR}]", "",
         ["cameras[0].lines: nobody looks at them: switch on line_cross, in actions.rules or in the camera's"
          " rules"]),
        ("", "bed_exit: {enabled: true}", ["actions.rules.bed_exit is on, but no camera has zones"]),
        ("", "line_cross: {enabled: true}", ["actions.rules.line_cross is on, but no camera has lines"]),
        (f"zones: [{SEAT}]", "zone_enter: {enabled: true, zones: [seet]}",
         ["actions.rules.zone_enter.zones: no camera has a zone 'seet'; did you mean 'seat'?",
          "cameras[0].zones[0]: no rule that is on looks at seat (chair); events name it still"]),
        ("", "wandering: {enabled: true}",
         ["actions.timezone is UTC: the hours of rules are meant there; say where the place is"]),
    ],
)  # fmt: skip
def test_what_has_no_effect_is_said(tmp_path: Path, camera: str, rules: str, said: list[str]) -> None:
    assert notes(tmp_path, camera, rules) == said


def test_hours_of_a_place_that_is_known_are_nothing_to_think_about(tmp_path: Path) -> None:
    assert notes(tmp_path, "", "wandering: {enabled: true}", "Europe/Vienna") == []
