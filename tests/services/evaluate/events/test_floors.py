"""What must not become worse: the rules on made-up scenes, and on real clips through the whole pipeline.

The floors are what is measured, less what other seeds and machines may change; raise them with the rules.
"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.console.command import app
from services.evaluate.events.replaying import Rulebook
from services.evaluate.events.synthetic import score_suites, seeds_of
from services.evaluate.events.tally import Group, group
from shared.settings import Actions, Runtime
from tests.models_fixture import models_dir, runtime
from tests.services.footage import data_file

__all__ = ["models_dir", "runtime"]


def suite(name: str, seeds: int) -> Group:
    return group(name, score_suites(seeds_of([name], seeds), Rulebook(Actions()), lambda: None))


@pytest.mark.parametrize(
    ("name", "seeds", "found", "false"),
    [
        ("falls", 24, 12, 0),
        ("falls_passer", 10, 5, 0),
        ("daily", 24, 0, 1),
        ("daily_things", 10, 0, 3),
        ("lying", 10, 0, 0),
    ],
)
def test_falls_of_made_up_scenes_are_found_and_daily_life_is_none(
    name: str, seeds: int, found: int, false: int
) -> None:
    scored = suite(name, seeds)
    assert scored.clips == seeds
    assert scored.falls.found >= found
    assert scored.falls.false <= false


@pytest.mark.data
def test_real_falls_are_found_and_real_daily_life_is_none(tmp_path: Path, runtime: Runtime) -> None:
    labels = data_file("clips/labels.json")
    config = tmp_path / "kinestream.yaml"
    config.write_text(f"runtime: {{providers: [cpu], threads: 1, models_dir: {runtime.models_dir}}}\n")
    chosen = [f"--only={name}" for name in ("s3_fall_15", "s3_fall_19", "s3_adl_07", "s3_adl_19")]
    done = CliRunner().invoke(
        app, ["eval", "events", str(labels), *chosen, "--config", str(config), "--json"]
    )
    assert done.exit_code == 0, done.output
    assert "tell another story" not in done.stderr
    falls = json.loads(done.stdout)["groups"][-1]["falls"]
    assert (falls["found"], falls["missed"], falls["false"]) == (2, 0, 0)
    assert falls["time_to_alert_s"]["p95"] <= 2.0
