"""`kinestream events`."""

import sys
import time
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from services.console.errors import BadInputError, Group
from services.console.options import ConfigOption, RedisOption, settings_of
from services.console.screen import event_line
from shared.bus.connect import visit_bus
from shared.bus.redis_transport import RedisTransport
from shared.bus.transport import START, TransportError
from shared.messages import Event
from shared.schema import asyncapi as describe_stream
from shared.schema import event_schema

app = typer.Typer(cls=Group, no_args_is_help=True, help="What was seen: the stream `ks:events`.")
_PAGE = 256
_WAIT_MS = 1000
_RETRY_S = 1.0


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
    position, console = _place(bus, after), Console()
    while True:
        try:
            entries = bus.events(position, count=_PAGE, block_ms=_WAIT_MS if follow else 0)
        except TransportError as error:
            if not follow:
                raise
            typer.echo(f"kinestream: {error}; waiting for it", err=True)
            time.sleep(_RETRY_S)
            continue
        for entry_id, data in entries:
            _show(entry_id, data, None if json else console)
            position = entry_id
        if not entries and not follow:
            return


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


def _place(bus: RedisTransport, after: str) -> str:
    if after == "$":  # a fixed place: "$" again at every read would lose what comes in between
        return f"{bus.now_ms() - 1}-0"
    if after == "0":
        return START
    time_ms, _, number = after.partition("-")
    if not (time_ms.isdecimal() and (number or "0").isdecimal()):
        raise BadInputError(f"--from {after}: give an entry id such as 1700000000000-0, or 0, or $")
    return after


def _show(entry_id: str, data: bytes, console: Console | None) -> None:
    if console is None:
        sys.stdout.write(data.decode() + "\n")
        sys.stdout.flush()
        return
    event = msgspec.json.decode(data, type=Event)
    console.print(Text(f"{entry_id}  ", style="dim") + event_line(event), soft_wrap=True)
