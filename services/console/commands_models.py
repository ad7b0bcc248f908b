"""`kinestream models`."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.console import commands_check, errors
from services.console.models import pull_models
from services.console.options import ConfigOption, settings_of
from shared.models import cache, registry
from shared.models.entries import Entry

app = typer.Typer(
    cls=errors.Group, no_args_is_help=True, help="The neural networks: fetch, list, verify, try out."
)
app.command()(commands_check.check)
_WHOLE = ("model", "input", "size", "state")  # columns whose words are not broken on a narrow screen
_STYLES = {"cached": "green", "missing": "dim", "corrupt": "bold red"}


@app.command()
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="None: those that the configuration uses."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Fetch models, check their hashes, convert them to ONNX and keep them; what is there is left alone.

    Try:

      kinestream models pull

      KINESTREAM_MODELS=~/models kinestream models pull blazepose-full
    """
    pull_models(settings_of(config, None), names or [], typer.echo)


@app.command(name="list")
def list_models(config: ConfigOption = None) -> None:
    """List every model, those of your own too: how its outputs are read, what it takes, whether it is here.

    Try:

      kinestream models list
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("model", "decoder", "skeleton", "input", "licence", "size", "state"):
        whole, numbers = heading in _WHOLE, heading == "size"
        table.add_column(heading, justify="right" if numbers else "left", overflow="fold", no_wrap=whole)
    settings = settings_of(config, None)
    for model in cache.listing(registry.of(settings.models), settings.runtime.models_dir):
        size = f"{model.bytes / 1e6:.1f} MB" if model.bytes else "-"
        state = Text(model.state, style=_STYLES[model.state])
        table.add_row(*_described(model.entry), model.entry.licence, size, state)
    Console().print(table)


def _described(entry: Entry) -> tuple[Text, ...]:
    """Name, decoder, skeleton, and the input's rows x columns."""
    words = (entry.decoder, entry.skeleton or "-", f"{entry.input.height}x{entry.input.width}")
    return (Text(entry.name, style="bold"), *map(Text, words))


@app.command()
def verify(config: ConfigOption = None) -> None:
    """Check the hashes of what is cached. Exit code 2: something is damaged.

    Try:

      kinestream models verify
    """
    settings = settings_of(config, None)
    known, models_dir = registry.of(settings.models), settings.runtime.models_dir
    faults = cache.verify(known, models_dir)
    for fault in faults:
        typer.echo(f"kinestream: {fault}", err=True)
    if faults:
        raise typer.Exit(errors.BAD_INPUT)
    kept = sum(model.state == "cached" for model in cache.listing(known, models_dir))
    typer.echo(f"{kept} model{'s' * (kept != 1)} in {models_dir}, all whole")
