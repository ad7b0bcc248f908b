"""`kinestream eval events`."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from services.console.options import ConfigOption
from services.console.options_eval import JsonOption
from services.evaluate.events import report
from services.evaluate.events.labels import read_labels
from services.evaluate.events.replaying import find_recordings, score_recordings
from services.evaluate.events.tally import groups
from shared.settings import load

LabelsArgument = Annotated[Path, typer.Argument(metavar="LABELS", help="labels.json of the clips.")]
ClipsArgument = Annotated[Path | None, typer.Argument(metavar="[CLIPS]", help="The folder of the clips.")]
TracksOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Score the tracks recorded here, in seconds.")
]
OnlyOption = Annotated[
    list[str] | None, typer.Option(metavar="PART", help="Only clips whose path holds this. Repeatable.")
]


def events(
    labels: LabelsArgument,
    clips: ClipsArgument = None,
    *,
    tracks: TracksOption = None,
    only: OnlyOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Score falls and other events on labelled clips: recall, precision, F1, false alarms, time to alert."""
    settings = load(config)
    chosen = read_labels(labels).only(tuple(only or ()))
    assert tracks is not None
    recorded = find_recordings(chosen, tracks, clips, settings)
    scores = score_recordings(recorded, chosen, settings.actions)
    console = Console(stderr=json)
    for each in recorded:
        for flag in each.flags:
            console.print(flag, style="yellow", soft_wrap=True)
    if json:
        sys.stdout.write(msgspec.json.encode(report.rows(groups(scores), scores)).decode() + "\n")
        return
    console.print(report.tables(groups(scores), scores), soft_wrap=True)
