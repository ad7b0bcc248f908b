"""Everything that can be typed after `kinestream`."""

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from services.console import (
    commands_camera,
    commands_config,
    commands_dead,
    commands_eval,
    commands_events,
    commands_explain,
    commands_models,
    commands_run,
    commands_status,
    commands_venue,
    commands_worker,
    commands_zones,
)
from services.console.errors import Group

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(commands_run.run)
app.command()(commands_run.demo)
app.command()(commands_status.status)
app.command()(commands_worker.worker)
app.command()(commands_config.init)
app.command()(commands_explain.explain)
app.add_typer(commands_camera.app, name="camera")
app.add_typer(commands_config.app, name="config")
app.add_typer(commands_models.app, name="models")
app.add_typer(commands_venue.app, name="venue")
app.add_typer(commands_zones.app, name="zones")
app.add_typer(commands_eval.app, name="eval")
app.add_typer(commands_events.app, name="events")
app.add_typer(commands_dead.app, name="dead")


def _version(asked: bool) -> None:
    if not asked:
        return
    try:
        typer.echo(f"kinestream {version('kinestream')}")
    except PackageNotFoundError:
        typer.echo("kinestream (not installed: running from its source folder)")
    raise typer.Exit


@app.callback()
def kinestream(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Camera streams in, human-motion events out: falls, sitting down, lying.

    Start with `kinestream demo`, then `kinestream run video.mp4`.
    """
