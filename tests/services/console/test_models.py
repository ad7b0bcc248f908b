"""`kinestream models` with models of the user's own."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.console.command import app
from tests.shared.models.test_own import TOY, written


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose `models` is the folder it is in, and whose cache is empty."""
    path = tmp_path / "kinestream.yaml"
    path.write_text(f"models: {tmp_path}\nruntime:\n  models_dir: {tmp_path}/cache\n")
    return path


def models(config: Path, *arguments: str) -> Result:
    environment = {"COLUMNS": "120"}
    return CliRunner().invoke(app, ["models", *arguments, "--config", str(config)], env=environment)


def test_a_model_of_ones_own_is_pulled_listed_and_verified(config: Path, tmp_path: Path) -> None:
    written(tmp_path, text=TOY.replace('"heatmap"', '"classes"'))
    done = models(config, "pull", "toy")
    assert done.exit_code == 0, done.stderr
    listed = models(config, "list").stdout.splitlines()
    assert listed[-1].split() == ["toy", "classes", "coco17", "6x4", "not", "stated", "0.0", "MB", "cached"]
    assert models(config, "verify").stdout == f"1 model in {tmp_path}/cache, all whole\n"


def test_heatmaps_that_are_not_as_many_as_the_skeletons_points_are_refused(
    config: Path, tmp_path: Path
) -> None:
    written(tmp_path)
    done = models(config, "pull", "toy")
    assert done.exit_code == 2
    assert done.stderr.startswith(
        "kinestream: model toy: decoder heatmap with skeleton coco17 needs 17 channels in 'heatmaps'"
    )


@pytest.mark.parametrize("command", ["list", "verify", "pull"])
def test_a_wrong_registry_is_one_line_for_every_command(command: str, config: Path, tmp_path: Path) -> None:
    path = written(tmp_path, text=TOY.replace("decoder", "decodr"))
    done = models(config, command)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr == (f"kinestream: {path}: model toy: unknown key 'decodr'; did you mean 'decoder'?\n")
