"""`kinestream eval events`."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.console.errors import BadInputError
from services.console.evaluating import progress_bar
from services.console.options import ConfigOption, RedisOption, with_redis
from services.console.options_eval import JsonOption
from services.console.playing_clips import InterruptedFilmsError, Way
from services.console.recording_tracks import Task, Told, tell
from services.evaluate.events import chain, report, sweep_view
from services.evaluate.events.labels import read_labels
from services.evaluate.events.page import Scoring
from services.evaluate.events.pictures import Thumbnail, moments, thumbnails
from services.evaluate.events.replaying import Rulebook, find_recordings, score_all
from services.evaluate.events.scoring import ClipScore
from services.evaluate.events.sweep import Sweep, parse
from services.evaluate.events.sweep import sweep as run_sweep
from services.evaluate.events.tally import groups
from services.evaluate.events.writing import HTML, encode, write_report
from shared.settings import load

LabelsArgument = Annotated[Path, typer.Argument(metavar="LABELS", help="labels.json of the clips.")]
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
    labels: LabelsArgument,
    clips: ClipsArgument = None,
    *,
    record: RecordOption = None,
    tracks: TracksOption = None,
    only: OnlyOption = None,
    sweep: SweepOption = None,
    out: OutOption = None,
    pictures: PicturesOption = True,
    workers: WorkersOption = 1,
    speed: SpeedOption = None,
    config: ConfigOption = None,
    redis: RedisOption = None,
    json: JsonOption = False,
) -> None:
    """Score falls and other events on labelled clips: recall, precision, F1, false alarms, time to alert.

    The clips are played through the real bus and stages, or recorded tracks of them through the same rules.

    Try:

      kinestream eval events clips/labels.json --record tracks --out report

      kinestream eval events clips/labels.json --tracks tracks --sweep rules.fall.confirm_s=0.2:1.2:0.1
    """
    kept = tracks or record
    if sweep and kept is None:
        raise BadInputError("--sweep goes over recorded tracks: give --tracks DIR, or --record DIR")
    if record is not None and tracks is not None:
        raise BadInputError("--record makes the tracks that --tracks reads: give one of them")
    settings = with_redis(load(config), redis)
    task = Task(read_labels(labels).only(tuple(only or ())), clips or labels.parent, settings)
    console = Console(stderr=True)
    told = _told(task, tracks, record, Way(workers, speed), console)
    scores = score_all(task.labels, told.incidents)
    source = f"{labels}, {'recorded tracks' if tracks else 'clips'} of Kinestream {chain.software()}"
    swept = None if kept is None or not sweep else _sweep(task, kept, sweep)
    sections = () if swept is None else (sweep_view.section(swept),)
    scoring = Scoring(source, groups(scores), scores, task.labels.clips, sections=sections, flags=told.flags)
    if out is not None:
        shown = _thumbnails(task, scores) if pictures else {}
        write_report(out, replace(scoring, thumbnails=shown))
    for flag in told.flags:
        console.print(flag, style="yellow", soft_wrap=True)
    if json:
        sys.stdout.write(encode(scoring).decode() + "\n")
    else:
        _show(scoring, swept)
    if out is not None:
        console.print(f"report: {out / HTML}", style="dim", soft_wrap=True)


def _show(scoring: Scoring, swept: Sweep | None) -> None:
    console = Console()
    console.print(report.tables(scoring.groups, scoring.scores), soft_wrap=True)
    if swept is not None:
        console.print()
        console.print(sweep_view.terminal(swept), soft_wrap=True)


def _sweep(task: Task, tracks: Path, texts: Sequence[str]) -> Sweep:
    options = parse(texts, task.settings.actions)
    recorded = find_recordings(task.labels, tracks, task.clips, task.settings)
    with progress_bar("sweep", len(recorded)) as advance:
        return run_sweep(recorded, task.labels, Rulebook.of(task.settings), options, advance)


def _thumbnails(task: Task, scores: Sequence[ClipScore]) -> dict[str, list[Thumbnail]]:
    shown = {}
    with progress_bar("pictures", len(scores)) as advance:
        for score in scores:
            clip = task.labels.clips[score.name]
            shown[score.name] = thumbnails(task.clips / score.name, clip, moments(score))
            advance()
    return shown


def _told(task: Task, tracks: Path | None, record: Path | None, way: Way, console: Console) -> Told:
    if tracks is not None:
        told = Told()
        told.add(find_recordings(task.labels, tracks, task.clips, task.settings), task.settings)
        return told
    try:
        return tell(task, record, way, console)
    except InterruptedFilmsError as interrupted:
        where = f"; the same command goes on with what {record} lacks" if record is not None else ""
        console.print(f"interrupted{where}", style="yellow", soft_wrap=True)
        raise typer.Exit(128 + interrupted.number) from None
