"""`kinestream explain`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from services.console.errors import BadInputError
from services.console.options import ConfigOption, RedisOption, settings_of
from services.console.options_eval import JsonOption
from services.evaluate.explain.explanation import explain as explain_told
from services.evaluate.explain.explanation import row_of
from services.evaluate.explain.sources import LAST, Wanted, find, read_events, retrace
from services.evaluate.explain.summary import summary
from services.evaluate.explain.told import Told, told_of
from services.evaluate.explain.writing import check_path, default_path, write
from shared.bus.connect import visit_bus
from shared.bus.transport import START, ConsoleTransport
from shared.messages import Event, EventKind
from shared.settings import Settings

_PAGE = 256
_decoder = msgspec.json.Decoder(Event)

EventArgument = Annotated[
    str,
    typer.Argument(metavar="EVENT", help=f"Its id, or `{LAST}` (as without it): the newest of --kind."),
]
KindOption = Annotated[EventKind, typer.Option(help=f"Of which kind `{LAST}` is.", metavar="KIND")]
TracksOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Look in recorded tracks (.ktr), told by the rules as configured."),
]
EventsOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Look in events that `run --events` has written.")
]
OutOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Page (.html) or picture (.png, .svg); else explain-EVENT.html here."),
]


def explain(  # noqa: PLR0913 - one parameter for each option of the command
    event: EventArgument = LAST,
    *,
    kind: KindOption = EventKind.FALL,
    tracks: TracksOption = None,
    events: EventsOption = None,
    out: OutOption = None,
    json: JsonOption = False,
    config: ConfigOption = None,
    redis: RedisOption = None,
) -> None:
    """Show why an event was told: what the person did, held against the rule's thresholds, phase by phase.

    The event is looked for on the server, where falls carry the seconds before them for as long as events
    are kept, or in a file. Recorded tracks show every kind of event, and all that was seen; the rules are
    run over them again, so that a changed configuration shows what it would change. An event's id is in
    `kinestream events tail --json` and in the reports of `kinestream eval events`.

    Try:

      kinestream explain --redis redis://localhost

      kinestream explain hall-3-1-fall-2110000 --redis redis://localhost --out fall.png

      kinestream run clip.mp4 --events events.jsonl; kinestream explain --events events.jsonl

      kinestream explain last --kind sit_down --tracks tracks/clip.mp4.ktr
    """
    if tracks is not None and events is not None:
        raise BadInputError("--tracks and --events are two places to look in: give one of them")
    if out is not None:
        check_path(out)
    settings, wanted = settings_of(config, redis), Wanted(event, kind)
    explanation = explain_told(_told(wanted, tracks, events, settings))
    path = out or default_path(explanation)
    if out is not None or not json:
        write(path, explanation)
    if json:
        sys.stdout.write(msgspec.json.encode(row_of(explanation)).decode() + "\n")
        return
    console = Console()
    console.print(summary(explanation), soft_wrap=True)
    console.print(f"drawn: {path}", soft_wrap=True, highlight=False)


def _told(wanted: Wanted, tracks: Path | None, events: Path | None, settings: Settings) -> Told:
    if tracks is not None:
        return retrace(tracks, settings, wanted)
    if events is not None:
        return told_of(find(read_events(events), wanted, str(events)))
    bus = visit_bus(settings.bus)
    kept = f"the server, which keeps events for {settings.bus.events_retention_h:g} h"
    return told_of(find(_kept(bus), wanted, kept))


def _kept(bus: ConsoleTransport) -> Iterator[Event]:
    """All events that the server still has, oldest first."""
    position = START
    while entries := bus.events(position, count=_PAGE, block_ms=0):
        for entry_id, data in entries:
            yield _decoder.decode(data)
            position = entry_id
