"""`kinestream eval tracking`."""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from services.console.errors import BadInputError
from services.console.evaluating import progress_bar
from services.console.options_eval import JsonOption, names_of
from services.evaluate.tracking import demo as demonstration
from services.evaluate.tracking import report
from services.evaluate.tracking.motchallenge import (
    Rows,
    Scale,
    read_detections,
    read_results,
    read_truth,
    write_results,
)
from services.evaluate.tracking.pairing import pair
from services.evaluate.tracking.report import Judged, Scored
from services.evaluate.tracking.running import RATE_HZ, track
from services.evaluate.tracking.scoring import IOU, Measured, measure, score
from services.evaluate.tracking.second_opinion import Noted, note, opinion
from services.evaluate.tracking.sequences import Sequence as Film
from services.evaluate.tracking.sequences import detections_of, find_sequences, results_of
from services.evaluate.tracking.timeline import timeline
from shared.tracking import PRESETS, Policy, policy_of

Source = Callable[[Film], Rows]


@dataclass(frozen=True)
class Task:
    """What is scored, and how."""

    films: tuple[Film, ...]
    detections: Path | None
    scale: Scale | None
    rate_hz: float | None
    iou: float

    @property
    def alone(self) -> bool:
        """Whether one file can be everything that is given."""
        return len(self.films) == 1


FolderArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FOLDER]", help="A sequence with gt/gt.txt or gt.txt, or a folder of them."),
]
ResultsOption = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="PATH",
        help="Score these tracks: a file, a folder of NAME.txt, or a name beside gt. Repeatable.",
    ),
]
DetectionsOption = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="Track these boxes, without their ids; else det/det.txt or det.txt."),
]
PolicyOption = Annotated[
    list[str] | None,
    typer.Option("--policy", metavar="NAME", help=f"... with {', '.join(PRESETS)}. Repeatable."),
]
KeepOption = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Keep our tracks here, a text for each.")
]
ScoresOption = Annotated[
    str | None, typer.Option(metavar="LOW,HIGH", help="The detections' scores go from LOW to HIGH.")
]
RateOption = Annotated[
    float | None,
    typer.Option(
        min=0.1, max=1000, metavar="HZ", help=f"Frames per second; else seqinfo.ini's, or {RATE_HZ:g}."
    ),
]
IouOption = Annotated[
    float, typer.Option(min=0.05, max=0.95, metavar="IOU", help="From which a box is somebody's.")
]
DemoOption = Annotated[bool, typer.Option("--demo", help="Show the life of three tracks in 20 frames.")]


def tracking(  # noqa: PLR0913 - one parameter for each option of the command
    folder: FolderArgument = None,
    *,
    results: ResultsOption = None,
    detections: DetectionsOption = None,
    policy: PolicyOption = None,
    out: KeepOption = None,
    scores: ScoresOption = None,
    rate: RateOption = None,
    iou: IouOption = IOU,
    demo: DemoOption = False,
    json: JsonOption = False,
) -> None:
    """Score tracks on MOTChallenge folders: HOTA, DetA, AssA, MOTA, IDF1, switches and more.

    Scored are tracks that you have (--results), or those of our tracker (--policy) on a detector's boxes
    (--detections).

    Try:

      kinestream eval tracking --demo

      kinestream eval tracking MOT17/train --policy default --policy bytetrack --out tracks

      kinestream eval tracking TUD-Campus --results test.txt
    """
    policies = {name: policy_of(name) for name in policy or ()}
    if demo:
        _demonstrate(policies or {"simple": Policy.simple()}, json)
        return
    if detections is not None and not policies:
        policies = {"default": Policy.default()}
    if not policies and not results:
        raise BadInputError("nothing to score: give --results PATH, --policy NAME, or --demo")
    if out is not None and not policies:
        raise BadInputError("--out keeps the tracks of our tracker: give --policy NAME as well")
    given = names_of(results or [])
    if twice := given.keys() & policies.keys():
        raise BadInputError(f"two trackers are called {twice.pop()}: rename the results")
    task = Task(find_sequences(folder), detections, _scale(scores), rate, iou)
    scored = [
        *(_score(name, _given(path, task), task) for name, path in given.items()),
        *(_score(name, _tracked(name, chosen, task, out), task) for name, chosen in policies.items()),
    ]
    if json:
        _print_json({"iou": iou, "trackers": report.rows(scored)})
        return
    Console().print(report.table(scored, iou))
    if out is not None:
        Console().print(f"our tracks: {out}", style="dim", soft_wrap=True)


def _demonstrate(policies: Mapping[str, Policy], json: bool) -> None:
    played = {name: demonstration.play(chosen) for name, chosen in policies.items()}
    if json:
        _print_json({"demo": played})
        return
    for name, moments in played.items():
        Console().print(timeline(name, policies[name], moments))


def _scale(text: str | None) -> Scale | None:
    if text is None:
        return None
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        raise BadInputError(f"--scores {text}: write two numbers, as --scores 0,100") from None
    if not -math.inf < low < high < math.inf:
        raise BadInputError(f"--scores {text}: the first number is that of nobody, and smaller")
    return Scale(low, high)


def _given(path: Path, task: Task) -> Source:
    return lambda film: read_results(results_of(film, path, task.alone), film.frames)


def _tracked(name: str, policy: Policy, task: Task, out: Path | None) -> Source:
    def run(film: Film) -> Rows:
        path = (
            detections_of(film) if task.detections is None else results_of(film, task.detections, task.alone)
        )
        boxes = read_detections(path, film.frames, task.scale)
        rows = track(boxes, policy, task.rate_hz or film.rate_hz or RATE_HZ, film.frames)
        if out is not None:
            write_results(out / name / f"{film.name}.txt", rows)
        return rows

    return run


def _score(name: str, source: Source, task: Task) -> Scored:
    """One tracker on every sequence."""
    measured: dict[str, tuple[Measured, Noted]] = {}
    with progress_bar(name, len(task.films)) as advance:
        for film in task.films:
            pairing = pair(read_truth(film.truth, film.frames), source(film), film.name, film.frames)
            measured[film.name] = measure(pairing, task.iou), note(pairing, task.iou)
            advance()
    sequences = {film: _judged([counts]) for film, counts in measured.items()}
    return Scored(name, sequences, _judged(list(measured.values())))


def _judged(counts: Sequence[tuple[Measured, Noted]]) -> Judged:
    return Judged(score([each for each, _ in counts]), opinion([each for _, each in counts]))


def _print_json(facts: object) -> None:
    sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
