"""Options of rules in the configuration: for all cameras, and for one."""

import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from services.console.workspace import Workspace
from shared.settings import Settings, SettingsError, load


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KINESTREAM_")]:
        monkeypatch.delenv(name)


def written(folder: Path, camera: str = "", actions: str = "") -> Path:
    path = folder / "kinestream.yaml"
    path.write_text(
        f"actions: {{{actions}}}\ncameras: [{{name: a, source: b.mp4, {camera}}}]\n", encoding="utf-8"
    )
    return path


def rules_of(settings: Settings) -> dict[str, Any]:
    rules = settings.actions.rules.overridden(settings.cameras[0].rules)
    return {name: getattr(rules, name) for name in type(rules).model_fields}


def test_a_camera_states_only_what_differs_there(tmp_path: Path) -> None:
    camera = "rules: {fall: {confirm_s: 0.8}, wandering: {enabled: true, during: null}}"
    settings = load(written(tmp_path, camera, "rules: {fall: {confirm_s: 0.7, still_every_s: 5}}"))
    rules = rules_of(settings)
    assert (rules["fall"].confirm_s, rules["fall"].still_every_s) == (0.8, 5)
    assert (rules["wandering"].enabled, rules["wandering"].during) == (True, None)
    assert not rules["bed_exit"].enabled


def test_a_camera_without_rules_has_those_of_all(tmp_path: Path) -> None:
    settings = load(written(tmp_path, actions="rules: {lying: {enabled: false}}"))
    assert not rules_of(settings)["lying"].enabled
    assert rules_of(settings)["fall"].enabled


def test_stating_a_default_is_a_change_and_so_is_stating_nothing_at_all(tmp_path: Path) -> None:
    texts = [
        "",
        "rules: {}",
        "rules: {fall: {}}",
        "rules: {fall: {confirm_s: 0.6}}",
        "rules: {fall: {during: null}}",
    ]
    loaded = [load(written(tmp_path, text)) for text in texts]
    assert all(one != other for n, one in enumerate(loaded) for other in loaded[n + 1 :])


def test_overrides_and_zones_reach_the_workers_as_they_are(tmp_path: Path) -> None:
    camera = (
        "rules: {fall: {during: null, days: [sat]}, zone_enter: {kinds: [exit]}},"
        " zones: [{name: bed, kind: bed, points: [[0, 0], [1, 0], [1, 1]]}],"
        " lines: [{name: door, points: [[0, 0], [1, 1]]}]"
    )
    settings = load(written(tmp_path, camera))
    with Workspace() as workspace:
        assert load(workspace.write(settings)) == settings


@pytest.mark.parametrize(
    ("camera", "actions", "said"),
    [
        ("rules: {fall: {confirm_s: 80}}", "",
         "cameras[0].rules.fall.confirm_s: Input should be less than or equal to 5"),
        ("rules: {fall: {confirm_s: null}}", "",
         "cameras[0].rules.fall.confirm_s: Input should be a valid number"),
        ("rules: {fal: {enabled: true}}", "", "cameras[0].rules.fal: no such key; did you mean 'fall'?"),
        ("rules: {fall: {confirm: 1}}", "",
         "cameras[0].rules.fall.confirm: no such key; did you mean 'confirm_s'?"),
        ("rules: {fall: {during: 22-6}}", "",
         "cameras[0].rules.fall.during: '22-6' is no window of a day: give times as 22:00-06:00, several with"
         " commas"),
        ("", "rules: {fall: {during: '25:00-06:00'}}",
         "actions.rules.fall.during: '25:00-06:00' is no window of a day: give times as 22:00-06:00, several"
         " with commas"),
        ("", "rules: {fall: {during: '24:00-06:00'}}",
         "actions.rules.fall.during: '24:00-06:00' is no window of a day: it begins by 23:59 and ends by"
         " 24:00"),
        ("", "rules: {fall: {during: '06:00-06:00'}}",
         "actions.rules.fall.during: '06:00-06:00' begins when it ends: leave `during` away for the whole"
         " day"),
        ("", "rules: {fall: {days: []}}",
         "actions.rules.fall.days: Tuple should have at least 1 item after validation, not 0"),
        ("", "timezone: Europe/Wien", "actions.timezone: 'Europe/Wien' is no time zone: did you mean"
         " 'Europe/Vienna'?"),
        ("", "timezone: ../etc", "actions.timezone: '../etc' is no time zone: give one of IANA's, as"
         " Europe/Vienna"),
        ("zones: [{name: seat, points: [[0, 0], [1, 0], [1, 1]]}], rules: {zone_enter: {zones: [set]}}", "",
         "cameras[0].rules.zone_enter.zones: the camera has no zone 'set'; did you mean 'seat'?"),
        ("rules: {line_cross: {lines: [door]}}", "",
         "cameras[0].rules.line_cross.lines: the camera has no line 'door'"),
        ("", "rules: {line_cross: {direction: up}}",
         "actions.rules.line_cross.direction: Input should be 'both', 'in' or 'out'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, camera: str, actions: str, said: str) -> None:
    path = written(tmp_path, camera, actions)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(caught.value).splitlines() == [f"{path}: {said}"]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("cameras: [{name: a, source: b, rules: {fall: {confirm_s: 0.8, during: '22:00-06:00'}}}]", True),
        ("cameras: [{name: a, source: b, rules: {fall: {during: null, days: [mon]}}}]", True),
        ("cameras: [{name: a, source: b, rules: {fall: {confirm_s: 80}}}]", False),
        ("cameras: [{name: a, source: b, rules: {fall: {during: 22-6}}}]", False),
        ("cameras: [{name: a, source: b, rules: {fal: {}}}]", False),
        ("cameras: [{name: a, source: b, zones: [{name: x, kind: bed, points: [[0, 0], [1, 0]]}]}]", False),
        ("actions: {rules: {zone_enter: {enabled: true, kinds: [exit]}}}", True),
        ("actions: {rules: {zone_enter: {kinds: [door]}}}", False),
    ],
)
def test_the_json_schema_knows_rules_zones_and_overrides(text: str, right: bool) -> None:
    schema = Settings.model_json_schema()
    assert jsonschema.Draft202012Validator(schema).is_valid(yaml.safe_load(text)) is right
