"""`kinestream eval events`."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.console.errors import BadInputError
from services.console.options import ConfigOption, RedisOption, with_redis
from services.console.options_eval import JsonOption
from services.console.playing_clips import InterruptedFilmsError, Way
from services.console.recording_tracks import Task
from services.console.scoring_events import (
    Options,
    Outcome,
    Sources,
    pictures_of,
    score_clips,
    score_scenes,
    sweep_clips,
    sweep_scenes,
    view_of,
)
from services.evaluate.events import chain
from services.evaluate.events.labels import read_labels
from services.evaluate.events.page import Scoring
from services.evaluate.events.sweep import parse
from services.evaluate.events.synthetic import MOST_SEEDS, Seeds, seeds_of
from services.evaluate.events.writing import HTML, encode, write_report
from shared.settings import Settings, load

LabelsArgument = Annotated[Path | None, typer.Argument(metavar="[LABELS]", help="labels.json of the clips.")]
ClipsArgument = Annotated[
    Path | None, typer.Argument(metavar="[CLIPS]", help="Their folder; else that of LABELS.")
]
RecordOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Keep the tracks here; a clip that is there is not run.")
]
TracksOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Score the tracks recorded here, in seconds.")
]
OnlyOption = Annotated[
    list[str] | None, typer.Option(metavar="PART", help="Only clips whose path holds this. Repeatable.")
]
WorkersOption = Annotated[int, typer.Option(min=1, max=64, metavar="N", help="So many of every stage.")]
SpeedOption = Annotated[
    float | None,
    typer.Option(min=0.1, max=1000, metavar="X", help="At most X times as fast as the clips were taken."),
]
OutOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write events.html and events.json here.")
]
SyntheticOption = Annotated[bool, typer.Option("--synthetic", help="Score made-up scenes, by factor.")]
SuiteOption = Annotated[
    list[str] | None, typer.Option("--suite", metavar="NAME", help="... of this suite only. Repeatable.")
]
SeedsOption = Annotated[
    int, typer.Option(min=1, max=MOST_SEEDS, metavar="N", help="... so many of each suite.")
]
SweepOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="OPTION=VALUES",
        help="Score at each value: rules.fall.confirm_s=0.4,0.6 or =0.2:1:0.1. Several: every combination.",
    ),
]
PicturesOption = Annotated[
    bool, typer.Option("--pictures/--no-pictures", help="Show small pictures of the clips in it.")
]


def events(  # noqa: PLR0913 - one parameter for each option of the command
    labels: LabelsArgument = None,
    clips: ClipsArgument = None,
    *,
    record: RecordOption = None,
    tracks: TracksOption = None,
    synthetic: SyntheticOption = False,
    suite: SuiteOption = None,
    seeds: SeedsOption = 20,
    sweep: SweepOption = None,
    only: OnlyOption = None,
    out: OutOption = None,
    pictures: PicturesOption = True,
    workers: WorkersOption = 1,
    speed: SpeedOption = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    json: JsonOption = False,
) -> None:
    """Score falls and other events on labelled clips: recall, precision, F1, false alarms, time to alert.

    The clips are played through the real bus and stages, or recorded tracks of them, or made-up scenes, go
    through the same rules. A sweep goes over recorded tracks, or without LABELS over made-up scenes.

    Try:

      kinestream eval events clips/labels.json --record tracks --out report

      kinestream eval events clips/labels.json --tracks tracks --sweep rules.fall.confirm_s=0.2:1.2:0.1

      kinestream eval events --synthetic --seeds 50
    """
    settings, console = with_redis(load(config), redis), Console(stderr=True)
    scenes = seeds_of(suite or (), seeds) if synthetic else []
    sources = Sources(tracks, record, Way(workers, speed))
    options = parse(sweep or (), settings.actions)
    _check(labels, sources, options, scenes)
    outcomes: list[Outcome] = []
    scoring = Scoring(f"made-up scenes, Kinestream {chain.software()}", (), (), {})
    if labels is not None:
        task = Task(read_labels(labels).only(tuple(only or ())), clips or labels.parent, settings)
        scoring = _clips(task, sources, console)
        if out is not None and pictures:
            scoring = replace(scoring, thumbnails=pictures_of(task, scoring.scores))
        if options and sources.kept is not None:
            outcomes.append(sweep_clips(task, sources.kept, options))
    outcomes += _scenes(scenes, settings, options if labels is None else ())
    scoring = replace(scoring, sections=[outcome.section for outcome in outcomes])
    _show(scoring, outcomes, json=json)
    if out is not None:
        write_report(out, scoring)
        console.print(f"report: {out / HTML}", style="dim", soft_wrap=True)


def _check(labels: Path | None, sources: Sources, options: Options, scenes: Sequence[Seeds]) -> None:
    """Refuse what does not go together, before anything long is begun."""
    if labels is None and not scenes:
        raise BadInputError("nothing to score: give LABELS of clips, or --synthetic")
    if labels is None and sources.kept is not None:
        raise BadInputError("--tracks and --record are about clips: give their LABELS as well")
    if sources.record is not None and sources.tracks is not None:
        raise BadInputError("--record makes the tracks that --tracks reads: give one of them")
    if labels is not None and options and sources.kept is None:
        raise BadInputError("--sweep goes over recorded tracks: give --tracks DIR, or --record DIR")


def _clips(task: Task, sources: Sources, console: Console) -> Scoring:
    try:
        scoring = score_clips(task, sources, console)
    except InterruptedFilmsError as interrupted:
        kept = sources.record
        where = f"; the same command goes on with what {kept} lacks" if kept is not None else ""
        console.print(f"interrupted{where}", style="yellow", soft_wrap=True)
        raise typer.Exit(128 + interrupted.number) from None
    for flag in scoring.flags:
        console.print(flag, style="yellow", soft_wrap=True)
    return scoring


def _scenes(scenes: Sequence[Seeds], settings: Settings, options: Options) -> list[Outcome]:
    if not scenes:
        return []
    outcomes = [score_scenes(scenes, settings)]
    return [*outcomes, sweep_scenes(scenes, settings, options)] if options else outcomes


def _show(scoring: Scoring, outcomes: Sequence[Outcome], *, json: bool) -> None:
    if json:
        sys.stdout.write(encode(scoring).decode() + "\n")
        return
    shown = Console()
    if scoring.scores:
        shown.print(view_of(scoring), soft_wrap=True)
    for outcome in outcomes:
        shown.print()
        shown.print(outcome.view, soft_wrap=True)
