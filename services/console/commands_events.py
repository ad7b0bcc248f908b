"""`kinestream events`."""

import sys
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from services.console.errors import Group
from services.console.options import ConfigOption, RedisOption, settings_of
from services.console.screen import event_line
from services.console.tailing import entries_of
from shared.bus.connect import visit_bus
from shared.bus.topology import EVENT_CHANNEL
from shared.messages import Event
from shared.schema import asyncapi as describe_stream
from shared.schema import event_schema

app = typer.Typer(cls=Group, no_args_is_help=True, help="What was seen: the stream `ks:events`.")


@app.command()
def tail(
    config: ConfigOption = None,
    redis: RedisOption = None,
    after: Annotated[
        str,
        typer.Option(
            "--from", metavar="ID", help="Entry id to go on after; 0: all that are kept; $: new ones."
        ),
    ] = "$",
    json: Annotated[bool, typer.Option("--json", help="Whole events as JSON lines.")] = False,
    follow: Annotated[bool, typer.Option(help="Wait for more, until Ctrl-C.")] = True,
) -> None:
    """Print events as they happen.

    Try:

      kinestream events tail --redis redis://localhost

      kinestream events tail --redis redis://localhost --from 0 --no-follow --json > events.jsonl
    """
    bus = visit_bus(settings_of(config, redis).bus)
    console = None if json else Console()
    for entry_id, data in entries_of(bus, EVENT_CHANNEL, after, follow=follow):
        _show(entry_id, data, console)


@app.command()
def schema(
    asyncapi: Annotated[
        bool, typer.Option("--asyncapi", help="The whole stream as an AsyncAPI 3.0 document.")
    ] = False,
) -> None:
    """Print what an event looks like, as JSON Schema, for whoever writes a subscriber.

    Try:

      kinestream events schema > event.schema.json

      kinestream events schema --asyncapi > asyncapi.json
    """
    document = describe_stream() if asyncapi else event_schema()
    typer.echo(msgspec.json.format(msgspec.json.encode(document)).decode())


def _show(entry_id: str, data: bytes, console: Console | None) -> None:
    if console is None:
        sys.stdout.write(data.decode() + "\n")
        sys.stdout.flush()
        return
    event = msgspec.json.decode(data, type=Event)
    console.print(Text(f"{entry_id}  ", style="dim") + event_line(event), soft_wrap=True)
