"""`kinestream init` and `kinestream config`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from services.console.config_notes import notes
from services.console.errors import BadInputError, Group
from services.console.template import template
from shared.settings import Settings, load

app = typer.Typer(cls=Group, no_args_is_help=True, help="The configuration file.")


def init(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Where to write it.")] = Path(
        "kinestream.yaml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Write a configuration with every setting, its default and what it means.

    Try:

      kinestream init && kinestream run video.mp4 --config kinestream.yaml
    """
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError:
        raise BadInputError(f"{path} exists: give another name, or --force to replace it") from None
    except OSError as error:
        raise BadInputError(f"{path} cannot be written: {error.strerror}") from None
    typer.echo(f"wrote {path}; add cameras to it, then: kinestream run --config {path}")


@app.command()
def check(path: Annotated[Path, typer.Argument(metavar="FILE")] = Path("kinestream.yaml")) -> None:
    """Say whether a configuration is right, and what in it has no effect.

    Try:

      kinestream config check kinestream.yaml
    """
    settings = load(path)
    cameras = len(settings.cameras)
    typer.echo(f"{path} is right: {cameras} camera{'s' * (cameras != 1)}")
    for note in notes(settings):
        typer.echo(f"note: {note}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors.

    Try:

      kinestream config schema > kinestream.schema.json
    """
    typer.echo(json.dumps(Settings.model_json_schema(), indent=2))
