"""The page about rules: its configurations load, its rule works, its table and its picture are up to date."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from shared.rules import RULES
from shared.rules.moment import Posture
from shared.rules.rule import Rule, RuleOptions
from shared.scene.scene import Scene
from shared.scene.url import parse
from shared.settings import Settings, load
from shared.vision.outlines import draw_places
from tests.shared.rules.acting import during, play, seen

_FOLDER = Path(__file__).parents[3] / "shared" / "rules"
_PAGE = (_FOLDER / "README.md").read_text(encoding="utf-8")
_YAML = re.findall(r"```yaml\n(.*?)```", _PAGE, re.DOTALL)
_ROW = re.compile(r"^\| `(\w+)` \| (yes)? ?\| .* \| (.*?) ?\|$", re.MULTILINE)
_COMMON = set(RuleOptions.model_fields)


def settings_of(text: str, folder: Path) -> Settings:
    path = folder / "kinestream.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("text", _YAML, ids=range(len(_YAML)))
def test_every_configuration_of_the_page_is_right(text: str, tmp_path: Path) -> None:
    assert settings_of(text, tmp_path).cameras


def test_the_table_names_every_rule_with_its_options() -> None:
    rows = {kind: (on, set(re.findall(r"`(\w+)`", options))) for kind, on, options in _ROW.findall(_PAGE)}
    for rule in RULES:
        on, options = rows.pop(rule.kind.value)
        assert bool(on) is rule.options().enabled
        assert options - _COMMON == set(rule.options.model_fields) - _COMMON
    assert not rows


def test_the_picture_shows_the_zones_of_the_page(tmp_path: Path) -> None:
    (camera,) = settings_of(_YAML[0], tmp_path).cameras
    stored = cv2.imread(str(_FOLDER / "pictures" / "room.png"))
    assert stored is not None
    fresh = draw_places(Scene(parse(camera.source)).render(0), camera.zones, camera.lines)
    assert np.abs(stored.astype(int) - fresh).mean() < 1


def test_the_rule_of_the_page_is_complete() -> None:
    (source,) = re.findall(r"```python\n(.*?)```", _PAGE, re.DOTALL)
    made: dict[str, Any] = {"__name__": "crouching"}
    known = source.replace("EventKind.CROUCHING", "EventKind.LYING")  # the line that the page asks for
    assert known != source
    exec(compile(known, "README.md", "exec"), made)
    rule: Rule[Any, Any] = made["RULE"]
    upright = [seen(time_s, detail=Posture.STANDING) for time_s in during(0, 5)]
    low = [replace(seen(time_s), detail=Posture.SQUATTING) for time_s in during(5, 60)]
    (report,) = play(rule, [*upright, *low])
    assert (report.started_us, report.raised_us) == (5_000_000, 25_000_000)
